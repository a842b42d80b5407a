import NhanCore
import NhanPlugins
import PluginTestSupport
import TestSupport
import Testing

/// Articles out of pages. Where libxml2 is not installed, the stage must say so.
@Suite struct HTMLTextTests {
  private func normalized(_ page: [UInt8], title: String = "") throws -> (title: String, body: String)? {
    let factory = try #require(try PluginLibrary(Paths.plugin("HTMLText")).normalizers.first)
    let normalizer: any Normalizer
    do { normalizer = try factory.make(try factory.options.values("{}")) } catch let error as NhanError {
      #expect(error.message.contains("libxml2.so.2 is not installed"))
      return nil
    }
    var input = TextBatch()
    input.append(title: Array(title.utf8), body: page)
    var output = TextBatch()
    try normalizer.normalize(input, into: &output)
    let extent = output.extents[0]
    return (
      String(decoding: output.bytes[extent.title], as: UTF8.self),
      String(decoding: output.bytes[extent.body], as: UTF8.self)
    )
  }

  /// The text with the places that its bytes came from; `nil` where libxml2 is not installed.
  private func traced(_ page: [UInt8], title: String = "") throws -> (text: [UInt8], origins: [SourceSpan])? {
    let factory = try #require(try PluginLibrary(Paths.plugin("HTMLText")).normalizers.first)
    guard let normalizer = try? factory.make(try factory.options.values("{}")) else { return nil }
    var input = TextBatch(tracksOrigins: true)
    input.append(title: Array(title.utf8), body: page)
    var output = TextBatch(tracksOrigins: true)
    try normalizer.normalize(input, into: &output)
    return (output.bytes, try #require(output.origins))
  }

  private static let page = """
    <!DOCTYPE html><html><head><title>Tàu cá - Báo</title><style>p{}</style></head><body>
    <nav><a href=/>Trang chủ</a></nav><header>Đăng nhập</header>
    <article><h1>Tàu cá <em>gặp nạn</em></h1><p>Sáng 5/3, tàu &amp; 12 <b>ngư dân</b>&nbsp;gặp nạn.<p>Dòng<br>sau
       đó. <div><a href=x>Xem thêm: tin khác</a></div><script>var x = "<p>";</script>
    <p>Đọc <a href=y>tin</a> về biển đảo quê hương.</article>
    <footer>Bản quyền</footer></body></html>
    """

  @Test func theArticleAndItsTitleStay() throws {
    guard let found = try normalized(Array(Self.page.utf8)) else { return }
    #expect(found.title == "Tàu cá gặp nạn")
    #expect(
      found.body
        == "Sáng 5/3, tàu & 12 ngư dân\u{a0}gặp nạn.\nDòng\nsau đó.\nĐọc tin về biển đảo quê hương.\n")
  }

  @Test func aTitleOfTheRecordIsKept() throws {
    guard let found = try normalized(Array(Self.page.utf8), title: "Tiêu đề") else { return }
    #expect(found.title == "Tiêu đề" && found.body.hasPrefix("Tàu cá gặp nạn\n"))
  }

  @Test(
    arguments: [
      // Declared or not, a byte a letter; a broken UTF-8; marks behind their letters.
      ("<meta charset=iso-8859-1>", [0x63, 0xe9], "cé"), ("", [0x63, 0xe9, 0x93], "cé“"),
      (
        #"<meta http-equiv=content-type content="text/html; charset='UTF-8'">"#, [0xe1, 0xba, 0xbf, 0xff],
        "ế\u{fffd}"
      ),
      ("<meta charset = \"windows-1258\">", [0x65, 0xec, 0xea, 0xf2, 0x74], "e\u{301}ê\u{323}t"),
      ("<meta charset=nonsense>", [0xe0], "à"),
    ] as [(String, [UInt8], String)])
  func otherCharacterSetsAreRead(declaration: String, bytes: [UInt8], expected: String) throws {
    let head = Array("<html><head>\(declaration)<title>Tin</title><body><p>".utf8)
    let page = head + bytes + Array("</p></body></html>".utf8)
    guard let found = try normalized(page), let traced = try traced(page) else { return }
    #expect(found.title == "Tin")
    #expect(Array(found.body.unicodeScalars) == Array((expected + "\n").unicodeScalars))
    // Each character comes from its own bytes.
    let text = Array(expected.utf8)
    #expect(
      traced.origins[3].start == head.count
        && Int(traced.origins[2 + text.count].end) == head.count + bytes.count)
    #expect(traced.origins.allSatisfy { $0.end <= UInt32(page.count) })
  }

  @Test(arguments: ["", "Văn bản thường <b>không</b> phải trang", "<p>một đoạn</p>", "a < b > c"])
  func textsThatAreNoPagesPass(text: String) throws {
    guard let found = try normalized(Array(text.utf8)) else { return }
    #expect(found.body == text)
  }

  /// Damaged pages: every prefix of one, and one with random bytes in it.
  @Test func damagedPagesDoNoHarm() throws {
    let page = Array(Self.page.utf8)
    for end in stride(from: 0, to: page.count, by: 13) { try check(Array(page[..<end])) }
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<50 {
      var damaged = page
      for _ in 0..<20 {
        damaged[Int.random(in: 20..<page.count, using: &generator)] = .random(in: 0...255, using: &generator)
      }
      try check(damaged)
    }
  }

  /// Tracking places changes no text, and every place lies in the page.
  private func check(_ page: [UInt8]) throws {
    guard let plain = try normalized(page), let traced = try traced(page) else { return }
    #expect(plain.title + plain.body == String(decoding: traced.text, as: UTF8.self))
    #expect(traced.origins.count == traced.text.count)
    #expect(traced.origins.allSatisfy { $0.start <= $0.end && Int($0.end) <= page.count })
  }

  /// A piece of a page: how it is written, and what it says.
  private static let pieces: [(source: String, text: String)] = [
    ("biển", "biển"), ("đảo", "đảo"), ("a", "a"), ("&amp;", "&"), ("&acirc;", "â"), ("&#7871;", "ế"),
    ("&#x1EBF;", "ế"),
    ("&lt;b&gt;", "<b>"), ("&quot;", "\""), ("&nbsp;", "\u{a0}"), ("&hellip;", "…"), ("<b>", ""),
    ("</b>", ""),
    ("<i class='x &amp; y'>", ""), ("</i>", ""), ("<!-- a & b -->", ""), ("x&amp;y", "x&y"),
    ("1 < 2", "1 < 2"),
    ("R&D", "R&D"), ("&#128512;", "😀"), ("\r\n", " "), ("  \t ", " "), ("tàu&#32;cá", "tàu cá"),
    ("<script>if (a && b) x = '&amp;';</script>", ""), ("\u{1f600}", "😀"), ("&unknown;", "&unknown;"),
  ]

  /// Pages put together of pieces: each character comes from the bytes that its piece has for it.
  @Test func everyByteComesFromItsPlace() throws {
    var generator = SeededGenerator(seed: 11)
    for round in 0..<300 {
      var page = Array("<!DOCTYPE html>\n<html><body><article><h1>Tin &amp; bài</h1>\n<p>".utf8)
      var spans: [(text: String, span: Range<Int>)] = []
      for _ in 0..<Int.random(in: 1...60, using: &generator) {
        let piece = Self.pieces.randomElement(using: &generator)!
        // Longer than the parser's buffer now and then.
        let count = round % 10 == 0 && piece.text == "biển" ? 200 : 1
        for _ in 0..<count {
          if !piece.text.isEmpty {
            spans.append((piece.text, page.count..<page.count + piece.source.utf8.count))
          }
          page += Array(piece.source.utf8)
          if Bool.random(using: &generator) {
            spans.append((" ", page.count..<page.count + 1))
            page.append(0x20)
          }
        }
      }
      page += Array("</p></article></body></html>".utf8)
      guard let (text, origins) = try traced(page) else { return }
      let heading = Array("Tin & bài".utf8)
      #expect(Array(text.prefix(heading.count)) == heading)
      let expected = spans.flatMap { span in span.text.utf8.map { ($0, span.span) } }.filter {
        !Self.isSpace($0.0)
      }
      let found = zip(text, origins).dropFirst(heading.count).filter { !Self.isSpace($0.0) }
      #expect(found.map(\.0) == expected.map(\.0), "round \(round)")
      guard found.count == expected.count else { continue }
      for (found, expected) in zip(found, expected) {
        let place = Int(found.1.start)..<Int(found.1.end)
        #expect(
          !place.isEmpty && expected.1.lowerBound <= place.lowerBound
            && place.upperBound <= expected.1.upperBound,
          "round \(round): \(place) of \(expected.1)")
        // Where it stands as it is, it is that byte.
        if place.count == 1 { #expect(page[place.lowerBound] == found.0) }
      }
    }
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte <= 0x20 }

  /// Evidence of a model stands at bytes of the page's file, character references included.
  @Test func itsConfigurationWorksAndExplainsPages() throws {
    let scratch = Scratch()
    func page(_ text: String) -> String {
      "<!DOCTYPE html><html><head><title>Tin</title></head><body><nav>Trang chủ | Hoàng Sa</nav><article><p>"
        + text.replacing("á", with: "&aacute;").replacing(" Hoàng", with: " <b>Ho&#224;ng</b>")
        + "</p></article></body></html>"
    }
    guard try normalized(Array(page("x").utf8)) != nil else { return }
    let tagged = try scratch.useConfiguration(of: "HTMLText", articles: Articles.lines(page))
    let lines = tagged.output.split(separator: "\n")
    #expect(tagged.status == 0 && lines.count == 24)
    #expect(lines.indices.allSatisfy { lines[$0].contains(Articles.labels[$0]) })

    let file = try scratch.write(page("Tàu cá ra khơi ở vùng biển Hoàng Sa"), to: "page.txt")
    let explained = try run([
      Paths.command, "explain", "--model", scratch.file("model"), "--format", "json", file,
    ])
    #expect(explained.status == 0, "\(explained.errors)")
    let phrases = try Self.evidence(explained.output)
    let bytes = try MappedFile.map(file).withUnsafeBytes { Array($0) }
    #expect(
      phrases.contains { $0.phrase == "c&aacute;" } && phrases.contains { $0.phrase == "Ho&#224;ng</b> Sa" })
    for (phrase, place) in phrases { #expect(String(decoding: bytes[place], as: UTF8.self) == phrase) }
  }

  /// The phrases of an explanation with their places in the file.
  private static func evidence(_ json: String) throws -> [(phrase: String, place: Range<Int>)] {
    let explanation = try JSONValue(parsing: Array(json.utf8))
    #expect(explanation["untraced-normalizer"] == .null)
    return (explanation["labels"]?.arrayValue ?? []).flatMap { label in
      (label["evidence"]?.arrayValue ?? []).flatMap { evidence in
        (evidence["places"]?.arrayValue ?? []).prefix(1).compactMap { place in
          guard let bytes = place["file-bytes"]?.arrayValue?.compactMap(\.intValue), bytes.count == 2 else {
            return nil
          }
          return (evidence["phrase"]?.stringValue ?? "", bytes[0]..<bytes[1])
        }
      }
    }
  }
}
