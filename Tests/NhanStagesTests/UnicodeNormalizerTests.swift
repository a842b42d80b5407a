import Foundation
import NhanCore
import NhanStages
// The standard library's own NFC; Foundation's leaves some Hangul and Tibetan uncomposed.
@_spi(_Unicode) import Swift
import TestSupport
import Testing

private func makeNormalizer(_ options: (String, JSONValue)...) throws -> UnicodeNormalizer {
  let entries = options.map { ConfigNode.Entry(key: $0.0, place: nil, value: ConfigNode(json: $0.1)) }
  return UnicodeNormalizer(
    options: try UnicodeNormalizer.options.validate(entries, of: "normalizer 'unicode'", at: nil))
}

private func run(
  _ normalizer: UnicodeNormalizer, _ body: [UInt8], title: [UInt8] = [], tracking: Bool = false
) -> TextBatch {
  var input = TextBatch()
  input.append(title: title, body: body)
  var output = TextBatch(tracksOrigins: tracking)
  normalizer.normalize(input, into: &output)
  return output
}

/// The same by `String` and scalars, phase after phase over the whole text.
private struct NaiveFolding {
  var composes = true
  var foldsCase = true
  var style = "new"

  func fold(_ bytes: [UInt8]) -> [UInt8] {
    var scalars = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)
    scalars = foldLineEnds(scalars).filter { !Self.invisible.contains($0.value) }.flatMap(Self.foldTypography)
    if foldsCase { scalars = scalars.flatMap { Array($0.properties.lowercaseMapping.unicodeScalars) } }
    var text = String(String.UnicodeScalarView(scalars))
    if composes { text = String(String.UnicodeScalarView(text._nfc)) }
    return Array(String(String.UnicodeScalarView(moveTones(Array(text.unicodeScalars)))).utf8)
  }

  private func foldLineEnds(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    for (index, scalar) in scalars.enumerated() {
      let isSecondHalf = scalar == "\n" && index > 0 && scalars[index - 1] == "\r"
      if isSecondHalf { continue }
      result.append("\r\u{B}\u{C}\u{85}\u{2028}\u{2029}".unicodeScalars.contains(scalar) ? "\n" : scalar)
    }
    return result
  }

  private static let invisible: Set<UInt32> = {
    var set = Set<UInt32>()
    for value in UInt32(0)...0x10FFFF {
      guard let scalar = Unicode.Scalar(value), scalar != "\n", scalar != "\t" else { continue }
      let isControl = scalar.properties.generalCategory == .control
      if isControl || scalar.properties.isDefaultIgnorableCodePoint { set.insert(value) }
    }
    // Letters that happen to show nothing stay; interlinear annotation goes.
    set.subtract([0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0] + Array(0xFFF0...0xFFF8))
    set.subtract(Array(0x1BCA0...0x1BCA3) + Array(0x1D173...0x1D17A))
    return set.union([0xFFF9, 0xFFFA, 0xFFFB])
  }()

  private static func foldTypography(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
    if scalar.properties.generalCategory == .spaceSeparator { return [" "] }
    if "‘’‚‛′‵‹›ʼ".unicodeScalars.contains(scalar) { return ["'"] }
    if "“”„‟″‶«»〝〞〟".unicodeScalars.contains(scalar) { return ["\""] }
    if "‐‑‒–—―−⸺⸻﹘﹣".unicodeScalars.contains(scalar) { return ["-"] }
    if let dots = Array("․‥…".unicodeScalars).firstIndex(of: scalar) {
      return Array(repeating: ".", count: dots + 1)
    }
    if scalar >= "！", scalar <= "～" { return [Unicode.Scalar(scalar.value - 0xFEE0)!] }
    return [scalar]
  }

  private func moveTones(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result = scalars
    for at in scalars.indices.dropLast() where at + 2 == scalars.count || !Self.continuesWord(scalars[at + 2])
    {
      let afterQ = at > 0 && (scalars[at - 1] == "q" || scalars[at - 1] == "Q")
      for (old, new) in Self.pairs {
        let target = style == "new" || (afterQ && "uU".unicodeScalars.contains(new[0])) ? new : old
        if style != "keep", [scalars[at], scalars[at + 1]] == old || [scalars[at], scalars[at + 1]] == new {
          result.replaceSubrange(at...at + 1, with: target)
        }
      }
    }
    return result
  }

  private static func continuesWord(_ scalar: Unicode.Scalar) -> Bool {
    let isMark = [.nonspacingMark, .spacingMark, .enclosingMark].contains(scalar.properties.generalCategory)
    return scalar.properties.isAlphabetic || isMark
  }

  /// Each pair of vowels with the mark on the first and on the second.
  private static let pairs: [([Unicode.Scalar], [Unicode.Scalar])] = ["oa", "oe", "uy"].flatMap { pair in
    ["\u{300}", "\u{301}", "\u{309}", "\u{303}", "\u{323}"].flatMap { tone in
      [
        pair, pair.uppercased(), pair.prefix(1).uppercased() + pair.suffix(1),
        pair.prefix(1) + pair.suffix(1).uppercased(),
      ]
      .map { cased in
        let (first, second) = (cased.prefix(1), cased.suffix(1))
        let old = (first + tone + second).precomposedStringWithCanonicalMapping
        let new = (first + second + tone).precomposedStringWithCanonicalMapping
        return (Array(old.unicodeScalars), Array(new.unicodeScalars))
      }
    }
  }
}

/// Random texts.
private enum RandomText {
  static let syllables = [
    "hòa", "Hoà", "thủy", "THUỶ", "khỏe", "KHOẺ", "quý", "qúy", "Qùy", "hoàn", "ngoài", "huỳnh", "đường",
    "ĐẶNG",
    "ậ", "Ế", "ưỡn", "người", "tòa.", "lóe,", "úy", "oà", "ọe", "Việt", "Nam", "abc", "nghiêng", "X", "khuỷu",
    "hoá2",
  ]
  static let separators = [
    " ", "  ", "\n", "\r\n", "\r", "\u{A0}", "\u{200B}", "\u{AD}", "–", "…", "”", ", ", "", "\t", "\u{FEFF}",
    "\u{2028}",
    "\u{302}", "\u{323}", "\u{301}", "12", "\u{7F}", "•", "Ａ", "\u{1F600}", "漢", "각", "Ω", "Й",
  ]

  static func vietnamese(_ random: inout SeededGenerator) -> [UInt8] {
    var text = ""
    for _ in 0..<Int.random(in: 0...30, using: &random) {
      let syllable = syllables.randomElement(using: &random)!
      switch Int.random(in: 0..<4, using: &random) {
      case 0: text += syllable.decomposedStringWithCanonicalMapping
      case 1: text += reordered(syllable, &random)
      default: text += syllable
      }
      text += separators.randomElement(using: &random)!
    }
    return Array(text.utf8)
  }

  /// Marks behind each letter in random order where they differ in combining class.
  private static func reordered(_ text: String, _ random: inout SeededGenerator) -> String {
    text.reduce(into: "") { result, character in
      let scalars = Array(String(character).decomposedStringWithCanonicalMapping.unicodeScalars)
      let shuffled = String(
        String.UnicodeScalarView(scalars.prefix(1) + scalars.dropFirst().shuffled(using: &random)))
      result += shuffled == String(character) ? shuffled : String(character)
    }
  }

  static func anyScalars(_ random: inout SeededGenerator) -> [UInt8] {
    var text = String.UnicodeScalarView()
    let planes: [ClosedRange<UInt32>] = [
      0...0x7F, 0x80...0x24F, 0x300...0x36F, 0x370...0x7FF, 0x800...0x1FFF, 0x2000...0x2FFF, 0x1100...0x11FF,
      0xAC00...0xAD00, 0x3000...0xFFFF, 0x1_0000...0x1_FFFF, 0x2_F800...0x2_FA1D, 0x1_0000...0x10_FFFF,
      0x900...0xDFF,
    ]
    while text.count < 24 {
      let value = UInt32.random(in: planes.randomElement(using: &random)!, using: &random)
      if let scalar = Unicode.Scalar(value), scalar != "&" { text.append(scalar) }
    }
    return Array(String(text).utf8)
  }

  static func anyBytes(_ random: inout SeededGenerator) -> [UInt8] {
    let leads: [UInt8] = [
      0xC3, 0xE1, 0xBA, 0xBB, 0xE2, 0x80, 0xF0, 0x9F, 0xED, 0xA0, 0xF4, 0xC0, 0x41, 0x20, 0xFF, 0xCC,
    ]
    return (0..<Int.random(in: 0...40, using: &random)).compactMap { _ in
      let byte =
        Bool.random(using: &random)
        ? leads.randomElement(using: &random)! : .random(in: 0...255, using: &random)
      return byte == UInt8(ascii: "&") ? nil : byte
    }
  }
}

extension RandomText {
  /// Tokens of all kinds, some often repeated, with delimiters of all kinds between them.
  static func tokens(_ count: Int, _ random: inout SeededGenerator) -> [UInt8] {
    let delimiters = [
      " ", " ", " ", " ", ", ", "\n", "\r\n", ". ", "-", "'", "\"", "(", "/", "&", "\t", "\r", "  ",
    ]
    let odd = [
      "&amp;", "&#39;s", "&nbsp;", "a&b c", "x=\u{338}", "\u{301}", "\u{200B}\u{323}", "TP.HCM", "10:30", "”",
      "hà…rồi", "nghiêng-nghiêng", "khuyếnkhíchkhuyến", "\u{85}", "đ\u{2028}e", "ﬁ", "İ", "12", "\u{FEFF}",
    ]
    var result: [UInt8] = []
    for _ in 0..<count {
      switch Int.random(in: 0..<12, using: &random) {
      case 0: result += vietnamese(&random)
      case 1: result += anyBytes(&random)
      case 2: result += Array(odd.randomElement(using: &random)!.utf8)
      case 3:
        result += Array(syllables.randomElement(using: &random)!.decomposedStringWithCanonicalMapping.utf8)
      default: result += Array(syllables.randomElement(using: &random)!.utf8)
      }
      result += Array(delimiters.randomElement(using: &random)!.utf8)
    }
    return result
  }
}

extension RandomText {
  /// Long stretches that hold nothing but composed syllables, delimiters, also many in a row, and a long token now and then.
  static func prose(_ count: Int, _ random: inout SeededGenerator) -> [UInt8] {
    let delimiters = [" ", " ", " ", " ", " ", ", ", ". ", "\n", "-", "  ", "...", "\n\n"]
    var result: [UInt8] = []
    for _ in 0..<count {
      switch Int.random(in: 0..<60, using: &random) {
      case 0: result += repeatElement(UInt8(ascii: "."), count: Int.random(in: 1...90, using: &random))
      case 1: result += repeatElement(UInt8(ascii: "x"), count: Int.random(in: 14...90, using: &random))
      default:
        result += Array(syllables.randomElement(using: &random)!.precomposedStringWithCanonicalMapping.utf8)
      }
      result += Array(delimiters.randomElement(using: &random)!.utf8)
    }
    return result
  }
}

/// Words and breaks the naive way, scalar by scalar.
private enum NaiveWords {
  static func hashes(_ bytes: [UInt8], _ kind: WordKind) -> [UInt64] {
    switch kind {
    case .plain: plain(bytes)
    case .withMarks: withMarks(bytes)
    }
  }

  private static func withMarks(_ bytes: [UInt8]) -> [UInt64] {
    var words: [String] = []
    var last: Unicode.Scalar?
    for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
      if scalar == " " {
        if last == " ", words.last == " " {
          words[words.count - 1] = "  "
        } else if last != " " {
          words.append(" ")
        }
      } else if isPartOfWord(scalar), let last, isPartOfWord(last) {
        words[words.count - 1].unicodeScalars.append(scalar)
      } else {
        words.append(String(scalar))
      }
      last = scalar
    }
    words.removeAll { $0 == " " }
    return words.map { TermHash.name($0) }
  }

  private static func plain(_ bytes: [UInt8]) -> [UInt64] {
    var result: [UInt64] = []
    var word = ""
    var isAfterBreak = true
    for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars + [" "] {
      if isPartOfWord(scalar) {
        word.unicodeScalars.append(scalar)
        continue
      }
      if !word.isEmpty { result += (isAfterBreak ? [0] : []) + [TermHash.name(word)] }
      isAfterBreak = scalar == "\n" || (isAfterBreak && word.isEmpty)
      word = ""
    }
    return result
  }

  private static func isPartOfWord(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x80: scalar == "_" || Character(scalar).isLetter || Character(scalar).isNumber
    case 0xAA, 0xB5, 0xBA: true
    case 0xA0...0xBF, 0x2000...0x2BFF, 0x3000...0x303F: false
    default: true
    }
  }
}

private func text(_ batch: TextBatch) -> String { String(decoding: batch.bytes, as: UTF8.self) }

@Suite struct UnicodeNormalizerTests {
  @Test(arguments: [
    ("HÒA BÌNH, Thủy; khỏe", "hoà bình, thuỷ; khoẻ"), ("hoàn ngoài khoét toàn", "hoàn ngoài khoét toàn"),
    ("qúy quý QUỲ", "quý quý quỳ"), ("ùy ũy", "uỳ uỹ"), ("ho\u{300}a.", "hoà."), ("hòa\u{200B}n", "hòan"),
    ("a\u{323}\u{302} a\u{302}\u{323} â\u{323}", "ậ ậ ậ"), ("u\u{323}\u{31B}", "ự"), ("Đà ĐẴNG", "đà đẵng"),
    ("a&nbsp;b&#160;c&#xA0;d", "a b c d"), ("&Agrave;&eacute;&AMP;&unknown;&", "àé&&unknown;&"),
    ("&amp;lt; &lt;", "&lt; <"), ("a&#769;&#150;&hellip;", "á-..."), ("h&ograve;a", "hoà"),
    ("&#0;&#xD800;&#;", "&#0;&#xd800;&#;"),
    ("“a” ‘b’ – — … • Ａｂ", "\"a\" 'b' - - ... • ab"), ("a\u{AD}b\u{FEFF}c\u{200D}d\u{0}e", "abcde"),
    ("a\r\nb\rc\u{2028}d\n\ne\tf", "a\nb\nc\nd\n\ne\tf"), ("ΑΣ ЙЖ İ", "ασ йж i\u{307}"),
    ("\u{212B}\u{1100}\u{1161}\u{11A8}", "å각"), ("\u{0958}", "\u{0915}\u{093C}"),
  ])
  func examples(input: String, expected: String) throws {
    let output = run(try makeNormalizer(), Array(input.utf8))
    #expect(text(output).unicodeScalars.elementsEqual(expected.unicodeScalars), "\(text(output))")
  }

  @Test(arguments: [
    ("hoà khoẻ thuỷ quý", "hòa khỏe thủy quý"), ("hoàn loè. qúy", "hoàn lòe. quý"),
    ("UỲ hoa\u{300}", "ùy hòa"),
  ])
  func oldToneMarks(input: String, expected: String) throws {
    let output = run(try makeNormalizer(("tone-marks", .string("old"))), Array(input.utf8))
    #expect(text(output).unicodeScalars.elementsEqual(expected.unicodeScalars), "\(text(output))")
  }

  @Test(arguments: [
    ("Đường ẬẾỢ hòa", "duong aeo hoa"), ("d\u{111}a\u{302}\u{323}\u{307}", "dd\u{227}"),
    ("ç ö ά й", "ç ö ά й"),
    ("ç\u{301} z\u{301} \u{3B1}\u{301}", "ç z \u{3AC}"),
  ])
  func strippedAccents(input: String, expected: String) throws {
    let output = run(try makeNormalizer(("accents", .string("strip"))), Array(input.utf8))
    #expect(text(output).unicodeScalars.elementsEqual(expected.unicodeScalars), "\(text(output))")
  }

  @Test func optionsSwitchEachFoldingOff() throws {
    let input = "A\u{300}Òa &lt; “x”\u{200B}\u{A0}–\u{FEFF}"
    let keepAll = try makeNormalizer(
      ("form", .string("keep")), ("case", .string("keep")), ("tone-marks", .string("keep")),
      ("entities", .bool(false)), ("typography", .bool(false)), ("invisible", .bool(false)))
    #expect(run(keepAll, Array(input.utf8)).bytes == Array(input.utf8))
    let upper = run(try makeNormalizer(("case", .string("keep"))), Array(input.utf8))
    #expect(text(upper).unicodeScalars.elementsEqual("ÀOà < \"x\" -".unicodeScalars))
  }

  @Test func titleAndBodyStayApart() throws {
    let body = Array("\u{302}a\u{FF}".utf8) + [0xE1, 0xBA]
    let output = run(try makeNormalizer(), body, title: Array("HÒ".utf8))
    #expect(output.extents.map(\.title) == [0..<3])
    #expect(output.extents.map(\.replacements) == [1])
    #expect(text(output) == "hò\u{302}aÿ\u{FFFD}")
  }

  @Test func severalDocumentsAndReplacements() throws {
    var input = TextBatch()
    input.append(title: Array("MỘT".utf8), body: Array("a".utf8))
    input.append(title: [], body: [])
    input.append(title: [], body: [0xFF, 0x41, 0xF0, 0x9F, 0x98, 0x41])
    var output = TextBatch()
    try makeNormalizer().normalize(input, into: &output)
    #expect(output.extents.map(\.replacements) == [0, 0, 2])
    #expect(
      output.extents.map { String(decoding: output.bytes[$0.body], as: UTF8.self) } == [
        "a", "", "\u{FFFD}a\u{FFFD}a",
      ])
    #expect(output.origins == nil)
  }

  @Test(arguments: ["new", "old", "keep"], [true, false])
  func equalsTheNaiveImplementation(style: String, foldsCase: Bool) throws {
    let normalizer = try makeNormalizer(
      ("tone-marks", .string(style)), ("case", .string(foldsCase ? "fold" : "keep")))
    let naive = NaiveFolding(foldsCase: foldsCase, style: style)
    var random = SeededGenerator(seed: 1)
    for round in 0..<1000 {
      let bytes =
        switch round % 3 {
        case 0: RandomText.vietnamese(&random)
        case 1: RandomText.anyScalars(&random)
        default: RandomText.anyBytes(&random)
        }
      let output = run(normalizer, bytes)
      let expected = naive.fold(bytes)
      #expect(
        output.bytes == expected,
        "\(String(decoding: bytes, as: UTF8.self).unicodeScalars.map { String($0.value, radix: 16) })")
      if output.bytes != expected { return }
    }
  }

  /// A worker that finds words, and remembers tokens from batch to batch, gives the same texts; and the words are those
  /// of the texts.
  @Test(arguments: ["new", "old", "keep"], [WordKind.plain, .withMarks])
  func workersFindTheWordsOfTheSameTexts(style: String, kind: WordKind) throws {
    for accents in ["keep", "strip"] { try checkWorker(style: style, accents: accents, kind: kind) }
  }

  private func checkWorker(style: String, accents: String, kind: WordKind) throws {
    let normalizer = try makeNormalizer(("tone-marks", .string(style)), ("accents", .string(accents)))
    // So few that the words remembered are numbered anew now and then.
    let worker = normalizer.makeWorker(numberLimit: 2000)
    #expect(worker.findsWords)
    var random = SeededGenerator(seed: 6)
    var generation = 0
    var found = TextBatch()
    for _ in 0..<60 {
      var input = TextBatch()
      for _ in 0..<8 {
        input.append(title: RandomText.tokens(3, &random), body: RandomText.tokens(120, &random))
      }
      input.append(title: [], body: RandomText.prose(400, &random))
      found.removeAll()
      found.asksForWords = kind
      try worker.normalize(input, into: &found)
      var expected = TextBatch()
      normalizer.normalize(input, into: &expected)
      try #require(found.bytes == expected.bytes)
      #expect(found.extents == expected.extents)
      let words = try #require(found.words)
      generation = words.numbering.generation
      for part in expected.extents.flatMap({ [$0.title, $0.body] }) {
        let hashes = Self.hashes(in: words, part)
        try #require(hashes == NaiveWords.hashes(Array(expected.bytes[part]), kind))
        // From any place on: the words that begin there, and their breaks.
        let later = Int.random(in: part.lowerBound...part.upperBound, using: &random)
        let both =
          Self.hashes(in: words, part.lowerBound..<later) + Self.hashes(in: words, later..<part.upperBound)
        #expect(both == hashes)
      }
    }
    #expect(generation > 1)
  }

  private static func hashes(in words: WordList, _ range: Range<Int>) -> [UInt64] {
    var result: [UInt64] = []
    words.withWords(beginningIn: range) { result = $0.map { words.numbering.hashes[Int($0.number)] } }
    return result
  }

  @Test func everyScalarAloneAndBetweenMarks() throws {
    let normalizer = try makeNormalizer()
    let naive = NaiveFolding()
    for value in UInt32(0)...0x10FFFF
    where value < 0x2200 || (0xF900..<0x1_0000).contains(value) || value % 61 == 0 {
      guard let scalar = Unicode.Scalar(value), scalar != "&" else { continue }
      let bytes = Array("a\(scalar)\u{323}\u{302}".utf8)
      let output = run(normalizer, bytes).bytes
      #expect(output == naive.fold(bytes), "U+\(String(value, radix: 16))")
      if output != naive.fold(bytes) { return }
    }
  }

  @Test(arguments: [
    ("\u{105D2}\u{307}", "\u{105C9}"), ("\u{1611E}\u{1611E}", "\u{16121}"),
    ("\u{AD}\u{F73}", "\u{F71}\u{F72}"),
  ])
  func composesRecentScripts(parts: String, composite: String) throws {
    #expect(run(try makeNormalizer(), Array(parts.utf8)).bytes == Array(composite.utf8))
  }

  @Test(arguments: ["new", "old", "keep"], ["keep", "strip"])
  func twiceChangesNothing(style: String, accents: String) throws {
    let normalizer = try makeNormalizer(("tone-marks", .string(style)), ("accents", .string(accents)))
    var random = SeededGenerator(seed: 3)
    for round in 0..<1000 {
      let bytes = round % 2 == 0 ? RandomText.vietnamese(&random) : RandomText.anyScalars(&random)
      let once = run(normalizer, bytes).bytes
      #expect(run(normalizer, once).bytes == once)
    }
  }

  @Test(arguments: ["new", "old"])
  func originsAlign(style: String) throws {
    let normalizer = try makeNormalizer(("tone-marks", .string(style)))
    var random = SeededGenerator(seed: 4)
    for round in 0..<700 {
      let bytes = round % 2 == 0 ? RandomText.vietnamese(&random) : RandomText.anyBytes(&random)
      let output = run(normalizer, bytes, tracking: true)
      #expect(output.bytes == run(normalizer, bytes).bytes)
      let spans = try #require(output.origins)
      try #require(spans.count == output.bytes.count)
      for (before, after) in zip(spans, spans.dropFirst()) {
        #expect(before.start <= after.start && before.end <= after.end)
      }
      // What one span holds, normalized alone, gives just the bytes that name it.
      var at = 0
      while at < spans.count {
        let end = spans[at...].firstIndex { $0 != spans[at] } ?? spans.count
        let piece = Array(bytes[Int(spans[at].start)..<Int(spans[at].end)])
        #expect(!piece.isEmpty)
        #expect(run(normalizer, piece).bytes == Array(output.bytes[at..<end]) || isToneContext(piece))
        at = end
      }
    }
  }

  /// Whether a piece is a vowel pair whose tone mark depends on the letter before it.
  private func isToneContext(_ piece: [UInt8]) -> Bool {
    let scalars = String(decoding: piece, as: UTF8.self).decomposedStringWithCanonicalMapping.lowercased()
      .unicodeScalars
    return scalars.first == "u" && scalars.contains("y")
  }

  @Test func aLongRunOfMarksIsSorted() throws {
    let marks = String(repeating: "\u{301}\u{323}", count: 50_000)
    let expected =
      "ạ" + String(repeating: "\u{323}", count: 49_999) + String(repeating: "\u{301}", count: 50_000)
    let output = run(try makeNormalizer(), Array(("a" + marks).utf8))
    #expect(output.bytes == Array(expected.utf8))
  }
}
