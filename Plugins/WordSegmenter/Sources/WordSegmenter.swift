import NhanPluginKit

/// Vietnamese words of several syllables, found in the training texts themselves, as tf-idf features.
struct WordSegmenter: FeatureExtractor {
  static let options = OptionSchema([
    OptionDescription(
      "minimum-count", .integer(2...1_000_000), default: .integer(5), "leave out words that occur less often"),
    OptionDescription(
      "minimum-association", .number(0...1), default: .double(0.4),
      "normalized pointwise mutual information from which on neighbours are a word"),
    OptionDescription(
      "maximum-syllables", .integer(2...6), default: .integer(4), "syllables of the longest word"),
    OptionDescription(
      "weight", .number(0.001...1000), default: .double(1), "multiply every value: this extractor's share"),
  ])

  private let minimumCount: Int
  private let minimumAssociation: Double
  private let longest: Int
  fileprivate let weight: Float
  fileprivate var lexicon = Lexicon(words: [], idf: [], longest: 2)

  init(_ options: OptionValues) {
    minimumCount = options.int("minimum-count")
    minimumAssociation = options.double("minimum-association")
    longest = options.int("maximum-syllables")
    weight = Float(options.double("weight"))
  }

  var columnCount: Int { lexicon.words.count }

  func makeObserver() -> any FeatureObserver { Collocations(longest: longest) }

  func fit(_ observers: [any FeatureObserver]) throws -> any FeatureExtractor {
    let total = Collocations(longest: longest)
    for case let observer as Collocations in observers { total.merge(observer) }
    var result = self
    result.lexicon = total.lexicon(minimumCount: minimumCount, minimumAssociation: minimumAssociation)
    return result
  }

  func makeWorker() -> any FeatureWorker { SegmentingWorker(self) }

  func occurrences(inDocument index: Int, of batch: TextBatch) -> [FeatureOccurrence] {
    var found: [FeatureOccurrence] = []
    let extent = batch.extents[index]
    batch.bytes.withUnsafeBufferPointer { bytes in
      for range in [extent.title, extent.body] {
        var syllables: [Syllable] = []
        Syllable.scan(bytes, in: range, into: &syllables)
        lexicon.forEachWord(in: syllables) { column, first, last in
          found.append(
            FeatureOccurrence(column: Int(column), range: syllables[first].start..<syllables[last].end))
        }
      }
    }
    return found
  }

  func save(to archive: inout TensorArchive) {
    archive.put("words", lexicon.words)
    archive.put("idf", lexicon.idf)
  }

  func load(from archive: TensorArchive) throws -> any FeatureExtractor {
    let words = Array(try archive.elements("words", of: UInt64.self, shape: [nil]))
    let idf = Array(try archive.elements("idf", of: Float.self, shape: [words.count]))
    var result = self
    result.lexicon = Lexicon(words: words, idf: idf, longest: longest)
    return result
  }
}

/// Finds words on one thread, in memory that is used again.
private final class SegmentingWorker: FeatureWorker {
  private let segmenter: WordSegmenter
  private var syllables: [Syllable] = []
  private var counts: [Float]
  private var touched: [UInt32] = []

  init(_ segmenter: WordSegmenter) {
    self.segmenter = segmenter
    counts = [Float](repeating: 0, count: segmenter.columnCount)
  }

  func extract(_ batch: TextBatch, into rows: inout CSRMatrix) throws {
    batch.bytes.withUnsafeBufferPointer { bytes in
      for extent in batch.extents {
        for range in [extent.title, extent.body] {
          syllables.removeAll(keepingCapacity: true)
          Syllable.scan(bytes, in: range, into: &syllables)
          segmenter.lexicon.forEachWord(in: syllables) { column, _, _ in
            if counts[Int(column)] == 0 { touched.append(column) }
            counts[Int(column)] += 1
          }
        }
        closeRow(of: &rows)
      }
    }
  }

  /// (1 + ln count) · idf, scaled to length 1: as the built-in extractors do.
  private func closeRow(of rows: inout CSRMatrix) {
    let first = rows.values.count
    var squares: Float = 0
    for column in touched {
      let value = Logarithm.frequency(counts[Int(column)]) * segmenter.lexicon.idf[Int(column)]
      counts[Int(column)] = 0
      squares += value * value
      rows.columns.append(column)
      rows.values.append(value)
    }
    touched.removeAll(keepingCapacity: true)
    let scale = segmenter.weight / max(squares.squareRoot(), .leastNormalMagnitude)
    for index in first..<rows.values.count { rows.values[index] *= scale }
    rows.closeRow()
  }
}
