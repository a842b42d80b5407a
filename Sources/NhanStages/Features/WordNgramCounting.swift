import NhanCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Counts documents by n-gram over the streams of all threads, each stream on a thread of its own.
struct WordNgramCounting {
  /// How many distinct n-grams of known words to expect of so many words, a little too many: Heaps' law with what was found
  /// in Vietnamese news of 0.2 to 9 million words. A guess that saves counters from growing.
  /// - Parameter parts: counters that the words are spread over, not quite evenly; their shares of the n-grams overlap.
  private static func expectedTerms(of words: Int, parts: Int) -> Int {
    Int(24 * exp(0.65 * log(Double(words) + 1) - 0.4 * log(Double(max(1, parts)))))
  }

  private let streams: [WordStream]
  private let source: WordNgrams
  private let settings: TermSettings

  init(_ streams: [WordStream], _ source: WordNgrams, _ settings: TermSettings) {
    self.streams = streams
    self.source = source
    self.settings = settings
  }

  var documents: Int { streams.reduce(0) { $0 + $1.documentCount } }

  /// By size, from one word on: the n-grams in at least `minimumDocuments` documents, wanted or not.
  func known() throws -> [[CountedTerm]] {
    var known = [try words()]
    for size in 1..<source.longest {
      let shorter = Vocabulary(TensorElements([]), markers: TensorElements(known.joined().map(\.term)))
      let counters = try count(.vocabulary(shorter), longest: size + 1, longestKnown: size) {
        counter, _, foundSize, found in
        if foundSize == size + 1 { counter.count(found.terms, count: found.count) }
      }
      known.append(try TermCounter.terms(of: counters, minimum: settings.minimumDocuments))
    }
    return known
  }

  /// The words in at least `minimumDocuments` documents: each thread adds up its part of them, told by the lower halves of
  /// the hashes. The upper ones tell their slots, and are to be spread over all of a counter.
  private func words() throws -> [CountedTerm] {
    // Only read here.
    nonisolated(unsafe) let streams = streams
    let (parts, minimum) = (UInt64(streams.count), settings.minimumDocuments)
    return try Parallel.map(count: streams.count, threads: streams.count) { part, _ in
      let most = streams.reduce(0) { $0 + $1.distinctWordCount } / Int(parts)
      let total = TermCounter(expected: most + most / 8)
      for stream in streams {
        stream.forEachWord { word in
          if UInt64(UInt32(truncatingIfNeeded: word.term)) * parts >> 32 == part { total.add(word) }
        }
      }
      return try TermCounter.terms(of: [total], minimum: minimum)
    }.flatMap { $0 }
  }

  /// The terms of fields that have columns of their own, in at least `minimumDocuments` documents.
  func salted(among known: [UInt64]) throws -> [CountedTerm] {
    guard Field.allCases.contains(where: { settings.salt(of: $0) != nil }) else { return [] }
    let map = ColumnMap.vocabulary(Vocabulary(TensorElements([]), markers: TensorElements(known)))
    let counters = try count(map) { [settings, source] counter, field, size, found in
      guard let salt = settings.salt(of: field), source.contains(size: size) else { return }
      for i in 0..<found.count where found.places[i] != 0 { counter.count(found.terms[i] ^ salt) }
    }
    return try TermCounter.terms(of: counters, minimum: settings.minimumDocuments)
  }

  /// By bucket of hashed columns: the documents with a term in it.
  func buckets() throws -> [UInt32] {
    let map = ColumnMap.hashed(bits: settings.bits)
    let mask = settings.bucketMask
    let counters = try count(map) { [settings, source] counter, field, size, found in
      guard source.contains(size: size) else { return }
      let salt = settings.salt(of: field)
      for i in 0..<found.count where found.places[i] != 0 {
        counter.count(found.terms[i] & mask)
        if let salt { counter.count((found.terms[i] ^ salt) & mask) }
      }
    }
    return try TermCounter.buckets(of: counters, bits: settings.bits)
  }

  /// Counts what `body` gives to the counter of each n-gram found in the streams; a counter a thread.
  private func count(
    _ map: ColumnMap, longest: Int? = nil, longestKnown: Int? = nil,
    _ body: @Sendable (TermCounter, Field, Int, NgramWindow.Found) -> Void
  ) throws -> [TermCounter] {
    // Only read here.
    nonisolated(unsafe) let streams = streams
    let places = try Parallel.map(count: streams.count, threads: streams.count) { item, _ in
      streams[item].lookUp(in: map)
    }
    let batches = streams.indices.flatMap { stream in
      streams[stream].batchStarts.indices.dropLast().map { (stream: stream, batch: $0) }
    }
    let expected = Self.expectedTerms(of: streams.reduce(0) { $0 + $1.wordCount }, parts: streams.count)
    let workers = streams.map { _ in
      Worker(map, longest: longest ?? source.longest, longestKnown, expected: expected)
    }
    try Parallel.forEach(count: batches.count, threads: streams.count) { item, worker in
      let (stream, batch) = batches[item]
      let (counter, window) = (workers[worker].counter, workers[worker].window)
      counter.beginDocument()
      streams[stream].forEach(inBatch: batch, places[stream], window) { field, size, found in
        body(counter, field, size, found)
      } documentEnd: {
        counter.beginDocument()
      }
    }
    return workers.map(\.counter)
  }

  /// What a thread counts with, made when it begins. Sendable because one thread at a time is at it.
  private final class Worker: @unchecked Sendable {
    private let map: ColumnMap
    private let longest: Int
    private let longestKnown: Int?
    private let expected: Int
    private(set) lazy var counter = TermCounter(expected: expected)
    private(set) lazy var window = NgramWindow(map, longest: longest, longestKnown: longestKnown)

    init(_ map: ColumnMap, longest: Int, _ longestKnown: Int?, expected: Int) {
      (self.map, self.longest, self.longestKnown, self.expected) = (map, longest, longestKnown, expected)
    }
  }
}
