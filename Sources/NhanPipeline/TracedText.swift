import NhanCore

/// A document's normalized text together with where each byte of it came from.
struct TracedText {
  let document: Document
  /// The normalized text, one document; its origins point into `title` and `text`, end to end.
  let texts: TextBatch
  /// Where the origins end, if that is not the document: the output of the last normalizer that cannot tell where it came
  /// from.
  let normalized: Explanation.NormalizedText?
  private let titleIndex: CharacterIndex
  private let textIndex: CharacterIndex

  init(document: Document, texts: TextBatch, normalized: Explanation.NormalizedText?) {
    self.document = document
    self.texts = texts
    self.normalized = normalized
    titleIndex = CharacterIndex(normalized?.title ?? document.title)
    textIndex = CharacterIndex(normalized?.text ?? document.text)
  }

  private var title: [UInt8] { normalized?.title ?? document.title }
  private var text: [UInt8] { normalized?.text ?? document.text }

  /// The original bytes that a range of the normalized text came from. The range is not empty.
  func place(of range: Range<Int>) -> Explanation.TextRange {
    let origins = texts.origins ?? []
    let start = Int(origins[range.lowerBound].start)
    let end = max(start, Int(origins[range.upperBound - 1].end))
    let inTitle = start < title.count
    let bytes =
      inTitle ? start..<min(end, title.count) : start - title.count..<min(end - title.count, text.count)
    return Explanation.TextRange(
      inTitle: inTitle, bytes: bytes,
      characters: (inTitle ? titleIndex : textIndex).characters(in: bytes))
  }

  /// The original text at a place.
  func original(at place: Explanation.TextRange) -> String {
    String(decoding: (place.inTitle ? title : text)[place.bytes], as: UTF8.self)
  }

  /// The lines of the document's text that are not blank and that nothing came from. O(bytes).
  var unreadLines: [Range<Int>] {
    guard normalized == nil else { return [] }
    let title = document.title.count
    var isRead = [Bool](repeating: false, count: document.text.count)
    for span in texts.origins ?? [] where Int(span.start) >= title {
      for byte in Int(span.start) - title..<max(Int(span.start), Int(span.end)) - title {
        isRead[byte] = true
      }
    }
    var lines: [Range<Int>] = []
    var start = 0
    while start < isRead.count {
      let end = document.text[start...].firstIndex(of: 0x0a) ?? isRead.count
      let isBlank = document.text[start..<end].allSatisfy { $0 <= 0x20 }
      if !isBlank, !isRead[start..<end].contains(true) { lines.append(start..<end) }
      start = end + 1
    }
    return lines
  }

  /// The original of the first line that is not blank; `nil` if there is none.
  var firstLine: [UInt8]? {
    guard let start = texts.bytes.firstIndex(where: { $0 > 0x20 }) else { return nil }
    let rest = texts.bytes[start...]
    let line = start..<(rest.firstIndex(of: 0x0a) ?? rest.endIndex)
    return Array(original(at: place(of: line)).utf8)
  }
}

extension Pipeline {
  /// Normalizes a document while keeping track of where each byte came from. Costs several times `normalize`.
  func trace(_ document: Document) throws -> TracedText {
    var texts = TextBatch(tracksOrigins: true)
    texts.append(title: document.title, body: document.text)
    var normalized: Explanation.NormalizedText?
    for normalizer in normalizers {
      var output = TextBatch(tracksOrigins: true)
      try normalizer.stage.normalize(texts, into: &output)
      try PipelineWorker.check(output, against: texts, of: normalizer.name)
      if output.origins == nil {
        let extent = output.extents[0]
        normalized = Explanation.NormalizedText(
          normalizer: normalizer.name, title: Array(output.bytes[extent.title]),
          text: Array(output.bytes[extent.body]))
        output.origins = output.bytes.indices.map { SourceSpan($0..<$0 + 1) }
      } else {
        output.composeOrigins(through: texts)
      }
      texts = output
    }
    return TracedText(document: document, texts: texts, normalized: normalized)
  }
}
