import Glibc
import NhanCore
import TestSupport
import Testing

@testable import NhanStages

/// Terms found the naive way, over Swift's own characters and strings.
enum TermOracle {
  /// Words of a line: runs of letters, digits, marks and `_`.
  static func words(_ line: Substring) -> [String] {
    line.unicodeScalars.split {
      !($0.properties.isAlphabetic || $0.properties.numericType == .decimal || $0 == "_")
    }
    .map { String(String.UnicodeScalarView($0)) }
  }

  /// The n-grams of a text as words joined by a space.
  static func grams(_ text: String, sizes: [Int]) -> [String] {
    text.split(separator: "\n").flatMap { line in
      let words = words(line)
      return sizes.flatMap { n in
        words.count < n ? [] : (0...words.count - n).map { words[$0..<$0 + n].joined(separator: " ") }
      }
    }
  }

  static func hash(_ gram: String) -> UInt64 {
    let words = gram.split(separator: " ").map { TermHash.name(String($0)) }
    return words.dropFirst().reduce(words[0]) { TermHash.extend($0, with: $1) }
  }
}

/// Collects terms with the text they stand on.
struct CollectingSink: TermSink {
  var terms: [(hash: UInt64, range: Range<Int>)] = []
  mutating func take(_ hash: UInt64, _ start: Int, _ end: Int) { terms.append((hash, start..<end)) }
}

func collect(_ source: some TermSource, _ text: String) -> [(hash: UInt64, text: String)] {
  let bytes = Array(text.utf8)
  return bytes.withUnsafeBufferPointer { buffer in
    var sink = CollectingSink()
    source.forEachTerm(buffer, in: 0..<bytes.count, into: &sink)
    return sink.terms.map { ($0.hash, String(decoding: bytes[$0.range], as: UTF8.self)) }
  }
}

private let sentences = [
  "chủ quyền biển đảo, hoàng sa và trường sa.", "giải thưởng báo chí toàn quốc lần thứ xv",
  "quyết định 837/qđ-ttg\nphê duyệt đề án", "  ", "", "a", "…«đồn biên phòng» – cửa khẩu hữu nghị!",
  "tàu cá qng_90123 ts",
  "中文 text и русский", "một\n\n\nhai ba\nbốn", "x² ½ 3,5% 1.200 km²", "nghiêng nghiêng nghiêngnghiêngnghiêng",
]

@Suite struct TermHashTests {
  @Test func doesNotDependOnWhatStandsBehindTheWord() {
    // The tail is loaded eight bytes at a time where that many follow, and byte by byte at the end of the buffer.
    for length in 1...20 {
      let word = (0..<length).map { UInt8(97 + $0 % 26) }
      let alone = word.withUnsafeBufferPointer { TermHash.word($0, 0, length) }
      let followed = (word + [UInt8](repeating: 0xff, count: 16)).withUnsafeBufferPointer {
        TermHash.word($0, 0, length)
      }
      #expect(alone == followed)
    }
  }

  @Test func differentWordsAndOrdersHaveDifferentHashes() {
    var seen: Set<UInt64> = []
    for i in 0..<20_000 { #expect(seen.insert(TermHash.name("t\(i)")).inserted) }
    let (a, b) = (TermHash.name("a"), TermHash.name("b"))
    #expect(TermHash.extend(a, with: b) != TermHash.extend(b, with: a))
    #expect(TermHash.extend(a, with: b) != TermHash.name("a b"))
  }

  /// Vocabularies in model files are keyed by these.
  @Test func hashesNeverChange() {
    #expect(TermHash.name("biển") == 1_995_090_063_227_374_894)
    #expect(TermHash.extend(TermHash.name("biển"), with: TermHash.name("đảo")) == 16_304_829_797_537_125_816)
  }
}

@Suite struct NgramTests {
  @Test(arguments: [[1], [2], [1, 2], [1, 3], [2, 5], [1, 2, 3, 4, 5]])
  func wordNgramsAreThoseOfTheOracle(sizes: [Int]) {
    for text in sentences + [sentences.joined(separator: "\n")] {
      let found = collect(WordNgrams(sizes: sizes), text)
      let expected = TermOracle.grams(text, sizes: sizes).map(TermOracle.hash)
      #expect(found.map(\.hash).sorted() == expected.sorted(), "\(text)")
    }
  }

  @Test func rangesCoverFirstToLastWord() {
    let found = collect(WordNgrams(sizes: [2]), "đồn, biên phòng")
    #expect(found.map(\.text) == ["đồn, biên", "biên phòng"])
  }

  @Test func charNgramsMarkTheEdgesOfWords() {
    let found = collect(CharNgrams(sizes: [3]), "đảo ra")
    #expect(found.map(\.text) == ["đả", "đảo", "ảo", "ra", "ra"])
    // ^đả đảo ảo$ ^ra ra$: all different terms.
    #expect(Set(found.map(\.hash)).count == 5)
  }

  @Test func charNgramsAreTheSameInEveryWord() {
    let one = collect(CharNgrams(sizes: [2, 3]), "biển")
    let other = collect(CharNgrams(sizes: [2, 3]), "xx biển, yy")
    #expect(Set(one.map(\.hash)).isSubset(of: Set(other.map(\.hash))))
  }
}

@Suite struct DocumentNumberTests {
  private func citations(_ text: String) -> [String] {
    let names = [
      "document-number", "instrument:qđ", "instrument:nq", "instrument:kl", "instrument:tt", "instrument:ct",
      "issuer:ttg", "issuer:tw", "issuer:bgdđt", "instrument:nđ", "issuer:cp",
    ]
    let byHash = Dictionary(uniqueKeysWithValues: names.map { (TermHash.name($0), $0) })
    return collect(DocumentNumbers(), text).map { "\(byHash[$0.hash] ?? "?") ← \($0.text)" }
  }

  @Test func symbolsTellInstrumentAndIssuer() {
    #expect(
      citations("ký quyết định số 837/qđ-ttg phê duyệt") == [
        "document-number ← quyết định số 837", "instrument:qđ ← quyết định số 837",
        "document-number ← quyết định số 837/qđ", "instrument:qđ ← quyết định số 837/qđ",
        "issuer:ttg ← quyết định số 837/qđ-ttg",
      ])
    #expect(
      citations("kết luận 16-kl/tw").suffix(3) == [
        "document-number ← kết luận 16-kl", "instrument:kl ← kết luận 16-kl", "issuer:tw ← kết luận 16-kl/tw",
      ])
    #expect(
      citations("theo 29/2024/tt-bgdđt") == [
        "document-number ← 29/2024/tt", "instrument:tt ← 29/2024/tt", "issuer:bgdđt ← 29/2024/tt-bgdđt",
      ])
  }

  @Test func namesWithNumbersAreCitations() {
    #expect(
      citations("nghị quyết 57 và chỉ thị số 16").map { $0.prefix(14) }.filter { $0 == "instrument:nq " }
        .count == 1)
    #expect(citations("chỉ thị số 16").contains("instrument:ct ← chỉ thị số 16"))
  }

  @Test(arguments: [
    "biển số 29c-123.45", "tỷ số 3-2", "ngày 14/2/2012", "quyết định nghỉ hưu", "24/7", "1.200 km/h",
    "cao 1,70 m / 65 kg",
    "quyết định\n16 người", "số 5 lê duẩn",
  ])
  func otherNumbersAreNone(text: String) {
    #expect(citations(text) == [])
  }
}

@Suite struct TermVectorizerTests {
  static func options(_ given: [(String, JSONValue)]) throws -> OptionValues {
    try OptionSchema(
      TermSettings.options + [
        OptionDescription(
          "sizes", .list(.integer(1...5), minimum: 1), default: .array([.integer(1), .integer(2)]), ""),
        OptionDescription("marks", .boolean, default: .bool(false), ""),
      ]
    ).validate(
      given.map { ConfigNode.Entry(key: $0.0, place: nil, value: ConfigNode(json: $0.1)) }, of: "test",
      at: nil)
  }

  static func batch(_ texts: [(title: String, body: String)]) -> TextBatch {
    var batch = TextBatch()
    for text in texts { batch.append(title: text.title.utf8, body: text.body.utf8) }
    return batch
  }

  static func fit(_ given: [(String, JSONValue)], _ batches: [TextBatch]) throws -> any FeatureExtractor {
    let extractor = WordNgramVectorizer(try options(given))
    let observers = try batches.map { batch in
      let observer = extractor.makeObserver()
      try observer.observe(batch)
      return observer
    }
    return try extractor.fit(observers)
  }

  static func rows(_ extractor: any FeatureExtractor, _ batch: TextBatch) throws -> CSRMatrix {
    var rows = CSRMatrix(columnCount: extractor.columnCount)
    try extractor.makeWorker().extract(batch, into: &rows)
    return rows
  }

  /// Row `row` as values by column.
  static func dense(_ rows: CSRMatrix, _ row: Int) -> [Int: Float] {
    Dictionary(
      uniqueKeysWithValues: rows.entries(ofRow: row).map { (Int(rows.columns[$0]), rows.values[$0]) })
  }

  static let texts: [(title: String, body: String)] = {
    var generator = SeededGenerator(seed: 7)
    let words = [
      "biển", "đảo", "biên", "giới", "giải", "thưởng", "chỉ", "thị", "tàu", "cá", "đồn", "trao", "ký",
    ]
    return (0..<40).map { _ in
      let count = Int.random(in: 0...60, using: &generator)
      let body = (0..<count).map { _ in words.randomElement(using: &generator)! }.joined(separator: " ")
      return ("trao giải \(words.randomElement(using: &generator)!)", body)
    }
  }()

  /// tf-idf by the definition in the documentation, over dictionaries of strings.
  @Test func valuesAreTheTfIdfOfTheDefinition() throws {
    let batch = Self.batch(Self.texts)
    let fields: JSONValue = .object([("title", .double(3)), ("opening", .double(1.5)), ("body", .double(1))])
    let given: [(String, JSONValue)] = [
      ("minimum-documents", .integer(1)), ("fields", fields), ("opening", .integer(40)),
    ]
    let rows = try Self.rows(try Self.fit(given, [batch]), batch)
    var documents: [String: Int] = [:]
    let counts = Self.texts.map { text -> [String: Double] in
      var opening = Array(text.body.utf8).prefix(40)
      while opening.count < text.body.utf8.count, Array(text.body.utf8)[opening.count] > 0x20 {
        opening = Array(text.body.utf8).prefix(opening.count + 1)
      }
      let rest = String(decoding: Array(text.body.utf8).dropFirst(opening.count), as: UTF8.self)
      var counts: [String: Double] = [:]
      for gram in TermOracle.grams(text.title, sizes: [1, 2]) { counts[gram, default: 0] += 3 }
      for gram in TermOracle.grams(String(decoding: opening, as: UTF8.self), sizes: [1, 2]) {
        counts[gram, default: 0] += 1.5
      }
      for gram in TermOracle.grams(rest, sizes: [1, 2]) { counts[gram, default: 0] += 1 }
      for gram in counts.keys { documents[gram, default: 0] += 1 }
      return counts
    }
    for (row, counts) in counts.enumerated() {
      let raw = counts.mapValues { $0 > 1 ? 1 + log($0) : $0 }
      let weighted = raw.map {
        (
          $0,
          $1 * (1 + log((1 + Double(counts.isEmpty ? 0 : Self.texts.count)) / (1 + Double(documents[$0]!))))
        )
      }
      let norm = weighted.reduce(0) { $0 + $1.1 * $1.1 }.squareRoot()
      let expected = weighted.map { Float($0.1 / norm) }.sorted()
      let found = rows.entries(ofRow: row).map { rows.values[$0] }.sorted()
      #expect(found.count == expected.count)
      for (a, b) in zip(found, expected) { #expect(abs(a - b) < 1e-5) }
    }
  }

  @Test func learnsTheSameHoweverTheTextsAreCut() throws {
    let whole = try Self.fit([], [Self.batch(Self.texts)])
    let parts = try Self.fit(
      [], [Self.batch(Array(Self.texts[25...])), Self.batch([]), Self.batch(Array(Self.texts[..<25]))])
    var (a, b) = (TensorArchive(), TensorArchive())
    whole.save(to: &a)
    parts.save(to: &b)
    for name in ["terms", "idf"] {
      #expect(
        a.tensors[name]!.bytes.withUnsafeBytes { Array($0) }
          == b.tensors[name]!.bytes.withUnsafeBytes { Array($0) })
    }
  }

  @Test(arguments: [
    [], [("columns", JSONValue.string("hashed")), ("bits", .integer(10))], [("idf", .bool(false))],
  ])
  func savedAndLoadedGivesTheSameRows(given: [(String, JSONValue)]) throws {
    let batch = Self.batch(Self.texts)
    let fitted = try Self.fit(given, [batch])
    var archive = TensorArchive()
    fitted.save(to: &archive)
    let loaded = try WordNgramVectorizer(try Self.options(given)).load(from: archive)
    #expect(loaded.columnCount == fitted.columnCount)
    #expect(try Self.rows(loaded, batch) == Self.rows(fitted, batch))
  }

  @Test func rowsDoNotDependOnTheBatch() throws {
    let batch = Self.batch(Self.texts)
    let fitted = try Self.fit([], [batch])
    let together = try Self.rows(fitted, batch)
    for (row, text) in Self.texts.enumerated() {
      let alone = try Self.rows(fitted, Self.batch([text]))
      #expect(Self.dense(alone, 0) == Self.dense(together, row))
    }
  }

  @Test func vocabularyKeepsToItsLimits() throws {
    let batch = Self.batch([("", "a b c\nx"), ("", "a b\nx"), ("", "a\nx"), ("", "a z\nx")])
    #expect(
      try Self.fit([("sizes", .array([.integer(1)])), ("minimum-documents", .integer(1))], [batch])
        .columnCount == 5)
    #expect(
      try Self.fit([("sizes", .array([.integer(1)])), ("minimum-documents", .integer(2))], [batch])
        .columnCount == 3)
    #expect(
      try Self.fit(
        [
          ("sizes", .array([.integer(1)])), ("minimum-documents", .integer(2)),
          ("maximum-share", .double(0.5)),
        ], [batch]
      ).columnCount == 1)
    #expect(
      try Self.fit(
        [
          ("sizes", .array([.integer(1)])), ("minimum-documents", .integer(1)),
          ("maximum-features", .integer(2)),
        ], [batch]
      ).columnCount == 2)
  }

  @Test func separateFieldsHaveColumnsOfTheirOwn() throws {
    let batch = Self.batch([("giải", "thưởng"), ("thưởng", "giải")])
    let sizes = ("sizes", JSONValue.array([.integer(1)]))
    let common = try Self.fit([sizes], [batch])
    let apart = try Self.fit(
      [sizes, ("separate", .array([.string("title")])), ("minimum-documents", .integer(1))], [batch])
    #expect(common.columnCount == 2)
    #expect(apart.columnCount == 4)
    let rows = try Self.rows(apart, batch)
    #expect(Set(Self.dense(rows, 0).keys) != Set(Self.dense(rows, 1).keys))
  }

  @Test func theFirstLineIsTheTitleWhereThereIsNone() throws {
    let given: [(String, JSONValue)] = [
      ("minimum-documents", .integer(1)), ("fields", .object([("title", .double(4))])),
    ]
    let batch = Self.batch([("biển đảo", "tàu cá\nvề bến"), ("", "\n biển đảo\ntàu cá\nvề bến")])
    let rows = try Self.rows(try Self.fit(given, [batch]), batch)
    #expect(Self.dense(rows, 0) == Self.dense(rows, 1))
    // A single line is a body without a title.
    let single = Self.batch([("", "biển đảo"), ("biển đảo", "")])
    let plain = try Self.fit(given + [("norm", .string("none"))], [single])
    let singleRows = try Self.rows(plain, single)
    #expect(singleRows.values[0] < singleRows.values[singleRows.entries(ofRow: 1).lowerBound])
  }

  @Test func occurrencesAreTheEntriesOfTheRow() throws {
    let batch = Self.batch(Self.texts)
    for given in [
      [],
      [
        ("columns", JSONValue.string("hashed")), ("bits", .integer(9)),
        ("separate", .array([.string("title")])),
      ],
    ] {
      let fitted = try Self.fit(given, [batch])
      let rows = try Self.rows(fitted, batch)
      for row in 0..<batch.count {
        let columns = Set(fitted.occurrences(inDocument: row, of: batch).map(\.column))
        #expect(columns == Set(Self.dense(rows, row).keys))
      }
    }
  }

  @Test func hashedColumnsAreBelowTheLimit() throws {
    let batch = Self.batch(Self.texts)
    let fitted = try Self.fit([("columns", .string("hashed")), ("bits", .integer(8))], [batch])
    #expect(fitted.columnCount == 256)
    #expect(try Self.rows(fitted, batch).columns.allSatisfy { $0 < 256 })
  }

  @Test func loadingRefusesTensorsOfAnotherShape() throws {
    var archive = TensorArchive()
    archive.put("terms", [UInt64](repeating: 1, count: 3))
    archive.put("markers", [] as [UInt64])
    archive.put("idf", [Float](repeating: 1, count: 2))
    let error = #expect(throws: NhanError.self) {
      try WordNgramVectorizer(try Self.options([])).load(from: archive)
    }
    #expect(error?.code == "bad-tensor")
  }
}
