/// A text whose words are coloured by how much they speak for or against something.
package struct HighlightedText: Sendable {
  /// A place and what it adds; negative for what speaks against.
  package struct Span: Sendable, Hashable {
    /// Bytes of the text.
    package var bytes: Range<Int>
    /// What it adds; kept to millionths.
    package var weight: Double

    /// Makes a span.
    package init(bytes: Range<Int>, weight: Double) {
      self.bytes = bytes
      self.weight = weight
    }
  }

  /// A stretch of text of one weight.
  package struct Segment: Sendable, Hashable {
    /// Bytes of the text, whole characters.
    package var bytes: Range<Int>
    /// The sum of the spans that cover it.
    package var weight: Double
    /// Whether the model did not read it.
    package var isUnread: Bool
  }

  /// The stretches from the first byte to the last.
  package let segments: [Segment]
  private let text: [UInt8]

  /// What changes at a byte.
  private struct Step {
    var at: Int
    /// In millionths: whole numbers cancel out where a span ends.
    var weight = 0
    var depth = 0
  }

  /// Cuts a text at the ends of spans. Spans may overlap: where they do, they add up.
  /// O(bytes + spans · log spans).
  package init(_ text: [UInt8], spans: [Span], unread: [Range<Int>] = []) {
    var steps: [Step] = []
    for span in spans {
      let bytes = Self.wholeCharacters(span.bytes, of: text)
      let weight = Int((span.weight * 1e6).rounded())
      steps.append(Step(at: bytes.lowerBound, weight: weight))
      steps.append(Step(at: bytes.upperBound, weight: -weight))
    }
    for range in unread {
      let bytes = Self.wholeCharacters(range, of: text)
      steps.append(Step(at: bytes.lowerBound, depth: 1))
      steps.append(Step(at: bytes.upperBound, depth: -1))
    }
    steps.sort { $0.at < $1.at }
    var segments: [Segment] = []
    var state = Step(at: 0)
    for step in steps + [Step(at: text.count)] {
      if step.at > state.at {
        segments.append(
          Segment(bytes: state.at..<step.at, weight: Double(state.weight) / 1e6, isUnread: state.depth > 0))
      }
      state = Step(at: step.at, weight: state.weight + step.weight, depth: state.depth + step.depth)
    }
    self.segments = segments
    self.text = text
  }

  /// The part of the range inside the text, with the rest of the characters that it cuts.
  private static func wholeCharacters(_ range: Range<Int>, of text: [UInt8]) -> Range<Int> {
    let inside = range.clamped(to: 0..<text.count)
    var (start, end) = (inside.lowerBound, inside.upperBound)
    while start > 0, start < text.count, text[start] & 0xC0 == 0x80 { start -= 1 }
    while end > start, end < text.count, text[end] & 0xC0 == 0x80 { end += 1 }
    return start..<end
  }

  /// The greatest weight of a stretch, without its sign.
  package var strongest: Double { segments.reduce(0) { max($0, abs($1.weight)) } }

  /// The text with its stretches marked, in shades up to `strongest`. O(bytes).
  package func html(strongest: Double) -> HTML {
    let levels = levels(strongest: strongest)
    return HTML(
      zip(segments, levels).map { segment, level in
        let words = HTML(text: String(decoding: text[segment.bytes], as: UTF8.self))
        if segment.isUnread { return "<span class=\"unread\">\(words)</span>" }
        if level == 0 { return words }
        let kind = level > 0 ? "for" : "against"
        return
          "<mark class=\"\(kind) l\(abs(level))\" title=\"\(Wording.signed(segment.weight))\">\(words)</mark>"
      })
  }

  /// The shade of each stretch. White space is shaded only as a bridge between words that are shaded alike.
  private func levels(strongest: Double) -> [Int] {
    let levels = segments.map { Self.level($0.weight, strongest: strongest) }
    return segments.indices.map { index in
      let isBlank = text[segments[index].bytes].allSatisfy { $0 <= 0x20 }
      guard isBlank, levels[index] != 0 else { return levels[index] }
      let sign = levels[index].signum()
      let isBridge =
        index > 0 && index + 1 < levels.count && levels[index - 1].signum() == sign
        && levels[index + 1].signum() == sign
      return isBridge ? levels[index] : 0
    }
  }

  /// The shade of a weight, from `-Palette.levels` to `Palette.levels`; 0 for what hardly counts.
  static func level(_ weight: Double, strongest: Double) -> Int {
    guard strongest > 0 else { return 0 }
    let share = min(abs(weight) / strongest, 1)
    guard share >= 0.05 else { return 0 }
    let level = Int((share * Double(Palette.levels)).rounded(.up))
    return weight > 0 ? level : -level
  }
}

extension Wording {
  /// `+0.42`, `-0.10`.
  static func signed(_ value: Double) -> String { (value > 0 ? "+" : "") + number(value, decimals: 2) }
}
