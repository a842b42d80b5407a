import Glibc
import NhanCore
import NhanEvaluation
import Testing

/// The web page as text; `BrowserTests` opens it.
@Suite struct HTMLTests {
  @Test func textIsEscapedAndHTMLIsNot() {
    let bold: HTML = "<b>\("a & b")</b>"
    let piece: HTML = "<p title=\"\("\"<'>")\">\(bold)\(3)\("\u{0}\u{1B}")</p>"
    #expect(
      piece.source
        == "<p title=\"&quot;&lt;&#39;&gt;\"><b>a &amp; b</b>3\u{FFFD}\u{FFFD}</p>")
  }

  @Test(arguments: 1...20) func highlightsAddUpByteByByte(seed: Int) {
    var generator = SplitMix64(seed: UInt64(seed))
    // Each character has another length, so that spans of random bytes cut some of them.
    let text = Array("aé€𝕏 biển đảo\nHoàng Sa".utf8)
    let spans = (0..<generator.next(below: 8)).map { _ -> HighlightedText.Span in
      let (a, b) = (generator.next(below: text.count + 3), generator.next(below: text.count + 3))
      return .init(bytes: min(a, b)..<max(a, b), weight: Double(generator.next(below: 9) - 4) / 8)
    }
    let unread = generator.next(below: 2) == 0 ? [] : [5..<9]
    var weights = [Double](repeating: 0, count: text.count)
    for span in spans {
      var bytes = Array(span.bytes.clamped(to: 0..<text.count))
      while let first = bytes.first, text[first] & 0xC0 == 0x80 { bytes.insert(first - 1, at: 0) }
      while let last = bytes.last, last + 1 < text.count, text[last + 1] & 0xC0 == 0x80 {
        bytes.append(last + 1)
      }
      for byte in bytes { weights[byte] += span.weight }
    }
    let segments = HighlightedText(text, spans: spans, unread: unread).segments
    #expect(segments.flatMap { Array($0.bytes) } == Array(text.indices))
    for segment in segments {
      #expect(String(validating: text[segment.bytes], as: UTF8.self) != nil)
      for byte in segment.bytes { #expect(abs(weights[byte] - segment.weight) < 1e-9) }
    }
  }

  @Test func highlightedTextKeepsEveryCharacter() {
    let text = "Tàu <cá> & 'đảo'"
    let html = HighlightedText(Array(text.utf8), spans: [.init(bytes: 0..<6, weight: 0.5)]).html(
      strongest: 0.5)
    #expect(html.source == "<mark class=\"for l4\" title=\"+0.50\">Tàu &lt;</mark>cá&gt; &amp; &#39;đảo&#39;")
  }

  @Test func whiteSpaceIsMarkedOnlyBetweenWordsMarkedAlike() {
    func html(_ weights: [(Range<Int>, Double)]) -> String {
      let spans = weights.map { HighlightedText.Span(bytes: $0, weight: $1) }
      let html = HighlightedText(Array("ab cd".utf8), spans: spans).html(strongest: 1)
      return html.source.replacing(#/ title="[^"]*"/#, with: "")
    }
    // The words' own weights cancel the pair's, and only the space between them keeps it.
    #expect(html([(0..<5, 1), (0..<2, -1), (3..<5, -1)]) == "ab cd")
    #expect(
      html([(0..<5, 0.5), (0..<2, 0.5)])
        == "<mark class=\"for l4\">ab</mark><mark class=\"for l2\"> cd</mark>")
    #expect(
      html([(0..<2, 1), (2..<3, 0.5), (3..<5, 1)])
        == "<mark class=\"for l4\">ab</mark><mark class=\"for l2\"> </mark><mark class=\"for l4\">cd</mark>")
  }

  @Test func coloursCanBeReadInBothSchemes() throws {
    typealias Colours = [Palette.Colour]
    func check(_ inks: Colours, on grounds: Colours, atLeast limit: Double) throws {
      for ink in inks {
        for ground in grounds {
          for (a, b) in [(ink.light, ground.light), (ink.dark, ground.dark)] {
            let contrast = try Contrast.ratio(a, b)
            #expect(contrast >= limit, "\(ink.name) \(a) on \(ground.name) \(b): \(contrast)")
          }
        }
      }
    }
    try check(Palette.inks, on: Palette.grounds, atLeast: 4.5)
    try check(Palette.strokes, on: Palette.grounds, atLeast: 3)
    try check(Palette.inks.filter { $0.name == "ink" }, on: Palette.pro + Palette.contra, atLeast: 4.5)
    #expect(Palette.pro.count == Palette.levels && Palette.contra.count == Palette.levels)
  }

  @Test func thePageShowsEverySectionAndFetchesNothing() throws {
    let data = try Sample.random(seed: 3, documents: 40, labels: 3)
    let other = try Sample.flipping(data) { row, label in row == 4 && label == 1 }
    let report = try Sample.report(data, baseline: other, gates: ["micro-f1=0.99"], slices: ["source"])
    let page = report.html(try Sample.articles(of: report))
    for id in ["gates", "labels", "curves", "confusion", "slices", "baseline", "errors"] {
      #expect(page.contains("<section id=\"\(id)\""), "no section \(id)")
    }
    for word in ["<script", "http://", "https://", "url(", "@import", "src=", "onclick"] {
      #expect(!page.contains(word), "the page contains \(word)")
    }
    #expect(page.contains("✗ failed"))
    #expect(page.split(separator: "<svg").count - 1 >= 2 * data.labels.count)
  }

  @Test func hostileTextStaysText() throws {
    let name = "</title></style><script>alert(1)</script>"
    var data = try EvaluationData(labels: [EvaluationLabel(key: "a", name: name, threshold: 0.5)])
    try data.append(
      EvaluationDocument(id: name, title: name), actual: [true], predicted: [false], probabilities: [0.1])
    let report = try Sample.report(data)
    let page = report.html(try Sample.articles(of: report))
    #expect(!page.contains("<script"))
    #expect(page.contains("&lt;script&gt;"))
  }

  @Test func aPerfectRunSaysSo() throws {
    let report = try Sample.report(try Sample.oneLabel([(true, true), (false, false)]))
    #expect(report.html().contains("Every label of every document is right."))
  }
}

/// Contrast of colours as WCAG 2.2 defines it.
enum Contrast {
  /// From 1 to 21.
  static func ratio(_ a: String, _ b: String) throws -> Double {
    let (first, second) = (try luminance(a), try luminance(b))
    return (max(first, second) + 0.05) / (min(first, second) + 0.05)
  }

  private static func luminance(_ hex: String) throws -> Double {
    let number = try #require(Int(hex.dropFirst(), radix: 16))
    let parts = [16, 8, 0].map { shift -> Double in
      let value = Double((number >> shift) & 255) / 255
      return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
  }
}
