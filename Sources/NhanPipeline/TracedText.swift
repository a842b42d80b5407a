import NhanCore

/// A document's normalized text together with where each byte of it came from.
struct TracedText {
  let document: Document
  /// The normalized text, one document; its origins point into the document's title and text, end to end.
  let texts: TextBatch
  /// The first normalizer that could not tell where its output came from; places are then those of its output.
  let untraced: String?

  /// The original bytes that a range of the normalized text came from. The range is not empty.
  func place(of range: Range<Int>) -> Explanation.TextRange {
    let origins = texts.origins ?? []
    let start = Int(origins[range.lowerBound].start)
    let end = max(start, Int(origins[range.upperBound - 1].end))
    let title = document.title.count
    if start < title { return Explanation.TextRange(inTitle: true, bytes: start..<min(end, title)) }
    return Explanation.TextRange(inTitle: false, bytes: start - title..<end - title)
  }

  /// The original text at a place.
  func original(at place: Explanation.TextRange) -> String {
    let bytes = place.inTitle ? document.title : document.text
    return String(decoding: bytes[place.bytes.clamped(to: 0..<bytes.count)], as: UTF8.self)
  }

  /// The lines of the document's text that are not blank and that nothing came from. O(bytes).
  var unreadLines: [Range<Int>] {
    guard untraced == nil else { return [] }
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
    var untraced: String?
    for normalizer in normalizers {
      var output = TextBatch(tracksOrigins: true)
      try normalizer.stage.normalize(texts, into: &output)
      try PipelineWorker.check(output, against: texts, of: normalizer.name)
      if output.origins == nil {
        untraced = untraced ?? normalizer.name
        output.origins = output.bytes.indices.map { SourceSpan($0..<$0 + 1) }
      } else {
        output.composeOrigins(through: texts)
      }
      texts = output
    }
    return TracedText(document: document, texts: texts, untraced: untraced)
  }
}
