import NhanCore
import NhanCorpus
import TestSupport
import Testing

@Suite struct TextFileTests {
  let folder = TemporaryFolder()

  @Test func unlabelled() throws {
    let file = folder.write("a.txt", "Tiêu đề\nThân bài\r\n")
    let record = try read(file)[0]
    #expect(record.id == file)
    #expect(record.title == "")
    #expect(record.text == "Tiêu đề\nThân bài\r\n")
    #expect(record.labels == nil)
    #expect(record.textOffset == FileOffset(bytes: 0, characters: 0))
    #expect(record.place == Place(file: file))
    #expect(try read(folder.write("B.TXT", "\u{FEFF}x"))[0].textOffset == FileOffset(bytes: 3, characters: 1))
  }

  /// A title is only said to stand somewhere when its very bytes do.
  @Test(
    arguments: [
      ("title: title: title", nil), ("title: title # title", 11), (#"title: "a\u0062""#, nil),
      ("title:\n  ở dưới", 13), ("title: >\n  gấp\n  lại", nil), ("title: 'it''s'", nil), ("tags: [x]", nil),
      ("{labels: [], title: x}", 24),
    ] as [(String, Int?)])
  func titlesOfTheFile(yaml: String, bytes: Int?) throws {
    let file = folder.write("a.txt", "---\n\(yaml)\n---\nThân bài\n")
    #expect(try read(file)[0].titleOffset?.bytes == bytes)
  }

  @Test(arguments: ["\n", "\r\n"], ["", "\u{FEFF}"])
  func frontMatter(newline: String, mark: String) throws {
    let head =
      [
        "---", "date: 2024-05-01", "labels: [seas-islands, 2024, 'borders', seas-islands]",
        "title: 'Biển: đảo'",
        "views: 12", "ratio: 0.5", "code: 012", "time: 12:30", "ok: true", "no: no", "quoted: \"7\"",
        "none: ~",
        "list: [a, {b: 1}]", "id: 0012", "---", "",
      ].joined(separator: newline)
    let file = folder.write("a.txt", mark + head + "Thân bài --- x" + newline)
    let record = try read(file)[0]
    #expect(record.failure == nil)
    #expect(record.id == "0012")
    #expect(record.title == "Biển: đảo")
    #expect(record.labels == ["seas-islands", "2024", "borders"])
    #expect(record.text == "Thân bài --- x" + newline)
    let before = (mark + head).unicodeScalars
    #expect(record.textOffset == FileOffset(bytes: (mark + head).utf8.count, characters: before.count))
    let title = (mark + head.prefix(upTo: try #require(head.firstRange(of: "Biển")).lowerBound))
    #expect(
      record.titleOffset
        == FileOffset(bytes: title.utf8.count, characters: title.unicodeScalars.count))
    #expect(
      record.metadata
        == .object([
          ("date", .string("2024-05-01")), ("views", .integer(12)), ("ratio", .double(0.5)),
          ("code", .string("012")), ("time", .string("12:30")), ("ok", .bool(true)), ("no", .string("no")),
          ("quoted", .string("7")), ("none", .null),
          ("list", .array([.string("a"), .object([("b", .integer(1))])])),
        ]))
  }

  @Test func sparseFrontMatter() throws {
    let none = try read(folder.write("n.txt", "--- \n---\nbody"))[0]
    #expect(none.labels == nil)
    #expect(none.text == "body")
    let empty = try read(folder.write("e.txt", "---\nlabels: []\n---\nbody"))[0]
    #expect(empty.labels == [])
    let titleOnly = try read(folder.write("t.txt", "---\ntitle: x\nlabels:\n---"))[0]
    #expect(titleOnly.title == "x")
    #expect(titleOnly.labels == nil)
    #expect(titleOnly.failure == nil)
    // Three dashes further down, or more than three, are text.
    #expect(try read(folder.write("d.txt", "----\n---\n"))[0].text == "----\n---\n")
  }

  @Test(
    arguments: [
      (
        "---\nlabels: [a]\nbody\n", "unterminated-front-matter", 1, nil,
        "the front matter begins with '---' but no other line is '---'"
      ),
      (
        "---", "unterminated-front-matter", 1, nil,
        "the front matter begins with '---' but no other line is '---'"
      ),
      (
        "---\ntitle: x\nlabels: borders\n---\nb", "bad-labels", 3, 9,
        "'labels' is the string 'borders', expected a list of names"
      ),
      ("---\nlabels: {a: b}\n---\nb", "bad-labels", 2, 9, "'labels' is a mapping, expected a list of names"),
      (
        "---\nlabels: [a, [b]]\n---\nb", "bad-labels", 2, 13,
        "'labels' is a list with a list in it, expected a list of names"
      ),
      (
        "---\nlabels:\n- a\n-\n---\nb", "bad-labels", nil, nil,
        "'labels' is a list with nothing in it, expected a list of names"
      ),
      ("---\ntitle: [x]\n---\nb", "bad-front-matter", 2, 8, "'title' is a list, expected a string"),
      ("---\nid: {a: 1}\n---\nb", "bad-front-matter", 2, 5, "'id' is a mapping, expected a string"),
      ("---\n- a\n---\nb", "bad-front-matter", 2, 1, "the front matter is a list, expected a mapping"),
      (
        "---\njust words\n---\nb", "bad-front-matter", 2, 1,
        "the front matter is the string 'just words', expected a mapping"
      ),
      ("---\n[a]: b\n---\nb", "bad-front-matter", 2, 1, "a key is a list"),
      ("---\na: 1\na: 2\n---\nb", "bad-front-matter", 2, nil, "the key 'a' is given twice"),
      (
        "---\nlabels: [a]\n---\n \n", "empty-document", nil, nil,
        "found nothing but white space, expected a title or a text"
      ),
      ("", "empty-document", nil, nil, "found nothing but white space, expected a title or a text"),
      ("a\0b", "not-text", nil, nil, "found NUL bytes, expected UTF-8 text"),
    ] as [(String, String, Int?, Int?, String)])
  func failures(text: String, code: String, line: Int?, column: Int?, message: String) throws {
    let file = folder.write("f.txt", text)
    let records = try read(file)
    #expect(records.count == 1)
    let failure = try #require(records[0].failure)
    #expect(failure.code == code)
    #expect(failure.kind == .record)
    #expect(failure.message == message)
    #expect(failure.place?.file == file)
    if let line { #expect(failure.place?.line == line) }
    if let column { #expect(failure.place?.column == column) }
    #expect(records[0].id == file)
  }

  @Test func brokenYAMLNamesTheLine() throws {
    let file = folder.write("f.txt", "---\ntitle: x\nlabels: [a\n---\nbody")
    let failure = try #require(try read(file)[0].failure)
    #expect(failure.code == "bad-front-matter")
    #expect(failure.message.hasPrefix("the front matter is not YAML: "))
    #expect(failure.place?.file == file)
    #expect((3...4).contains(failure.place?.line ?? 0))
    #expect(failure.hint == "check indentation, colons and quotes; put text with a colon in quotes")
    #expect(
      try read(folder.write("l.txt", "---\nlabels: biển\n---\nx"))[0].failure?.hint
        == "write labels: [biển], or labels: [] for none")
  }

  @Test func hostileYAMLIsRefused() throws {
    var bomb = "---\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...12 {
      bomb +=
        "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
        + "]\n"
    }
    let records = try read(folder.write("bomb.txt", bomb + "---\nbody"))
    #expect(records[0].failure?.code == "bad-front-matter")
    for depth in [100, 900, 100_000] {
      let nested =
        "---\na: " + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "\n---\nx"
      #expect(try read(folder.write("deep.txt", nested))[0].failure?.code == "bad-front-matter")
      let dashes = "---\na:\n " + String(repeating: "- ", count: depth) + "x\n---\nx"
      #expect(try read(folder.write("deep.txt", dashes))[0].failure?.code == "bad-front-matter")
    }
  }

  @Test func encodings() throws {
    let utf16 = try read(folder.write("u.txt", [0xFF, 0xFE, 0x61, 0, 0x62, 0]))
    #expect(utf16[0].failure?.code == "not-text")
    #expect(utf16[0].failure?.message == "found a UTF-16 or UTF-32 byte order mark, expected UTF-8 text")
    // TCVN3, with front matter that is spoilt too.
    let tcvn3 = Array("---\ntitle: Bi".utf8) + [0xD3] + Array("n\n---\n".utf8) + [0xAE, 0xB6, 0x6F]
    let legacy = try #require(try read(folder.write("t.txt", tcvn3))[0].failure)
    #expect(legacy.code == "not-utf8")
    #expect(legacy.message == "100 % of the non-ASCII bytes are not UTF-8")
    let truncated = Array("đảo Trường Sa".utf8) + [0xE1, 0xBA]
    var reader = try CorpusReader(paths: [folder.write("c.txt", truncated)])
    guard case .document(let document) = reader.readAll()[0] else {
      Issue.record("not a document")
      return
    }
    #expect(document.text == truncated)
  }

  /// Counts invalid bytes with the standard library, which replaces maximal parts of sequences.
  @Test func invalidShareAgreesWithTheStandardLibrary() throws {
    var random = SeededGenerator(seed: 7)
    let pieces: [[UInt8]] = [
      Array("đ".utf8), Array("ả".utf8), Array("😀".utf8), [0xFF], [0xC0], [0xED, 0xA0, 0x80], [0xF4, 0x90],
      [0xE0, 0x80],
      [0xF0, 0x80, 0x80], [0xE1, 0xBA], [0x80], Array("a".utf8), [0xC3], [0xF1, 0x80, 0x80],
    ]
    var codes: Set<String> = []
    for _ in 0..<400 {
      let bytes =
        Array("x".utf8)
        + (0..<1 + random.below(12)).flatMap { _ in
          pieces[random.below(random.below(2) == 0 ? 3 : pieces.count)]
        }
      // A byte is valid when it belongs to a scalar that decoding gave and that is no replacement.
      let valid = String(decoding: bytes, as: UTF8.self).unicodeScalars
        .filter { $0.value >= 0x80 && $0 != "\u{FFFD}" }.reduce(0) { $0 + String($1).utf8.count }
      let nonASCII = bytes.count { $0 >= 0x80 }
      let isLegacy = (nonASCII - valid) * 100 > nonASCII * 30
      let failure = try read(folder.write("r.txt", bytes))[0].failure
      codes.insert(failure?.code ?? "none")
      #expect(failure?.code == (isLegacy ? "not-utf8" : nil), "\(bytes)")
      if isLegacy {
        #expect(
          failure?.message == "\((nonASCII - valid) * 100 / nonASCII) % of the non-ASCII bytes are not UTF-8")
      }
    }
    #expect(codes == ["none", "not-utf8"])
  }
}
