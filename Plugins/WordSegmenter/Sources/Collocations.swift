import NhanPluginKit

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Counts of syllables and of sequences of neighbouring ones: what the lexicon is learned from.
final class Collocations: FeatureObserver {
  private let longest: Int
  /// By length minus one: by hash of the sequence how often it stands in the texts.
  private var counts: [[UInt64: Count]]
  private var documents: UInt32 = 0
  private var syllables: [Syllable] = []

  private struct Count {
    var occurrences: UInt32 = 0
    var documents: UInt32 = 0
    var last: UInt32 = 0
    /// Hashes of the beginning without the last syllable, and of the last; the same for every occurrence.
    var beginning: UInt64 = 0
    var next: UInt64 = 0
  }

  init(longest: Int) {
    self.longest = longest
    counts = [[UInt64: Count]](repeating: [:], count: longest)
  }

  func observe(_ batch: TextBatch) throws {
    batch.bytes.withUnsafeBufferPointer { bytes in
      for extent in batch.extents {
        documents += 1
        for range in [extent.title, extent.body] {
          syllables.removeAll(keepingCapacity: true)
          Syllable.scan(bytes, in: range, into: &syllables)
          for first in syllables.indices { count(from: first) }
        }
      }
    }
  }

  private func count(from first: Int) {
    var hash = syllables[first].hash
    add(hash, length: 1, beginning: 0, next: 0)
    var length = 1
    while length < longest, first + length < syllables.count, !syllables[first + length].startsPhrase {
      let next = syllables[first + length].hash
      let whole = Syllable.joined(hash, next)
      length += 1
      add(whole, length: length, beginning: hash, next: next)
      hash = whole
    }
  }

  private func add(_ hash: UInt64, length: Int, beginning: UInt64, next: UInt64) {
    let current = documents
    withUnsafeMutablePointer(to: &counts[length - 1][hash, default: Count()]) { count in
      count.pointee.occurrences += 1
      count.pointee.beginning = beginning
      count.pointee.next = next
      if count.pointee.last != current {
        count.pointee.last = current
        count.pointee.documents += 1
      }
    }
  }

  /// Takes over what another has counted. Counts add up, so the order does not matter.
  func merge(_ other: Collocations) {
    for length in counts.indices {
      counts[length].merge(other.counts[length]) { mine, theirs in
        var sum = mine
        sum.occurrences += theirs.occurrences
        sum.documents += theirs.documents
        return sum
      }
    }
    documents += other.documents
  }

  /// The sequences that hang together: those of at least `minimumCount` occurrences whose normalized pointwise mutual
  /// information of beginning and last syllable reaches the threshold,
  ///
  ///     npmi(b, s) = ln(p(b s) / (p(b) p(s))) / −ln p(b s),
  ///
  /// 1 for parts that only occur together, 0 for independent ones. (Bouma 2009.) A longer sequence counts only if its
  /// beginning is one of them, or a pair.
  func lexicon(minimumCount: Int, minimumAssociation: Double) -> Lexicon {
    let total = Double(counts[0].values.reduce(0) { $0 + Int($1.occurrences) })
    var frequencies: [(word: UInt64, documents: UInt32)] = []
    var words: Set<UInt64> = []
    for length in counts.indices.dropFirst() {
      var found: Set<UInt64> = []
      for (hash, count) in counts[length] where Int(count.occurrences) >= minimumCount {
        if length > 1, !words.contains(count.beginning) { continue }
        let beginning = Double(counts[length - 1][count.beginning]?.occurrences ?? 0) / total
        let next = Double(counts[0][count.next]?.occurrences ?? 0) / total
        let whole = Double(count.occurrences) / total
        guard whole < 1, log(whole / (beginning * next)) / -log(whole) >= minimumAssociation else { continue }
        found.insert(hash)
        frequencies.append((hash, count.documents))
      }
      words = found
    }
    frequencies.sort { $0.word < $1.word }
    return Lexicon(
      words: frequencies.map(\.word),
      idf: frequencies.map { Float(1 + log((1 + Double(documents)) / (1 + Double($0.documents)))) },
      longest: longest)
  }
}
