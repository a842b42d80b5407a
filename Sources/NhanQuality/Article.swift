import NhanCore
import NhanCorpus
import NhanStages

/// An article as the checks see it.
struct Article: Sendable {
  let document: Document
  /// The index of the path it was read from.
  let path: Int
  /// The text, stripped of page furniture and normalized.
  let text: [UInt8]
  /// See `SyllableScanner`.
  let sentences: [(syllables: Range<Int>, bytes: Range<Int>)]
  let syllables: [UInt64]
  let shingles: ShingleSet
  /// Invalid UTF-8 sequences.
  let invalid: Int
  /// Lines that were taken for page furniture.
  let leftovers: [String]
}

/// Prepares articles on one thread.
struct ArticleReader: Sendable {
  private static let shingleSize = 5

  private let boilerplate: BoilerplateNormalizer
  private let unicode: UnicodeNormalizer

  init() throws(NhanError) {
    boilerplate = BoilerplateNormalizer(options: try Self.defaults(BoilerplateNormalizer.options))
    unicode = UnicodeNormalizer(options: try Self.defaults(UnicodeNormalizer.options))
  }

  private static func defaults(_ schema: OptionSchema) throws(NhanError) -> OptionValues {
    try schema.validate([], of: "the check", at: nil)
  }

  /// Normalizes and scans. O(bytes + syllables · log syllables).
  func article(_ document: Document, path: Int) -> Article {
    var raw = TextBatch()
    raw.append(title: document.title, body: document.text)
    var stripped = TextBatch()
    boilerplate.normalize(raw, into: &stripped)
    var normal = TextBatch()
    unicode.normalize(stripped, into: &normal)
    let text = Array(normal.bytes[normal.extents[0].body])
    let scanner = text.withUnsafeBufferPointer { SyllableScanner($0) }
    return Article(
      document: document, path: path, text: text, sentences: scanner.sentences, syllables: scanner.syllables,
      shingles: ShingleSet(scanner.syllables, size: Self.shingleSize),
      invalid: normal.extents[0].replacements,
      leftovers: Self.visible(stripped) < Self.visible(raw) ? leftovers(document) : [])
  }

  /// How many bytes of the body are no white space.
  private static func visible(_ batch: TextBatch) -> Int {
    batch.bytes[batch.extents[0].body].lazy.filter { $0 > 0x20 }.count
  }

  /// The lines of the text that nothing is left of. Tracks origins, which costs: only for texts that lose something.
  private func leftovers(_ document: Document) -> [String] {
    var raw = TextBatch(tracksOrigins: true)
    raw.append(title: [], body: document.text)
    var stripped = TextBatch(tracksOrigins: true)
    boilerplate.normalize(raw, into: &stripped)
    let kept = Set(stripped.origins?.map { Int($0.start) } ?? [])
    var lines: [String] = []
    var start = 0
    for line in document.text.split(separator: 0x0a, omittingEmptySubsequences: false) {
      let isBlank = line.allSatisfy { $0 <= 0x20 }
      if !isBlank, !(start..<start + line.count).contains(where: kept.contains) {
        lines.append(String(decoding: line, as: UTF8.self))
      }
      start += line.count + 1
    }
    return lines
  }
}
