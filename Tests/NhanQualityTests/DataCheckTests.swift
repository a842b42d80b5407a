import NhanCore
import NhanPipeline
import TestSupport
import Testing

@testable import NhanQuality

/// The whole check, on data that are fine but for one thing.
@Suite struct DataCheckTests {
  /// Articles that are fine: `count` of each of two labels, some with both and some with none.
  static func healthy(_ prefix: String, seed: UInt64, count: Int = 12) -> [(
    id: String, labels: [String], text: String
  )] {
    var prose = Prose(seed: seed)
    let kinds = [["seas"], ["borders"], ["borders", "seas"], []]
    return (0..<count * 2).map { ("\(prefix)-\($0)", kinds[$0 % 4], prose.text()) }
  }

  static func lines(_ articles: [(id: String, labels: [String], text: String)]) -> String {
    articles.map { article in
      String(
        decoding: JSONValue.object([
          ("id", .string(article.id)), ("text", .string(article.text)),
          ("labels", .array(article.labels.map { .string($0) })),
        ]).serialized(), as: UTF8.self)
    }.joined(separator: "\n")
  }

  private func report(
    _ train: String, _ test: String? = nil, _ change: (inout DataCheckOptions) throws -> Void = { _ in }
  ) throws -> DataReport {
    let folder = TemporaryFolder()
    var paths = [folder.write("train.jsonl", train)]
    if let test { paths.append(folder.write("test.jsonl", test)) }
    var options = DataCheckOptions()
    try change(&options)
    return try DataCheck(options).run(paths: paths)
  }

  @Test func healthyDataPass() throws {
    let report = try report(
      Self.lines(Self.healthy("a", seed: 1)), Self.lines(Self.healthy("b", seed: 2)))
    #expect(report.findings == [])
    #expect(report.isPassed)
    #expect(report.paths.map(\.documents) == [24, 24])
    #expect(
      report.labels.map(\.label) == ["borders", "seas"] && report.labels.allSatisfy { $0.counts == [12, 12] })
    #expect(report.withoutLabel == [6, 6])
    #expect(report.pairs.map { "\($0.first) \($0.second) \($0.count)" } == ["borders seas 12"])
    #expect(!report.verdicts.contains { $0.kind == .doubtfulLabel })
  }

  @Test func theSameTextIsADuplicateOrALeak() throws {
    var train = Self.healthy("a", seed: 1)
    var test = Self.healthy("b", seed: 2)
    // In capitals and with other spaces: the syllables are what counts.
    train.append(("copy", [], train[3].text.uppercased().split(separator: " ").joined(separator: "  ")))
    test.append(("leak", [], train[5].text))
    let report = try report(Self.lines(train), Self.lines(test))
    #expect(report.findings.map(\.kind) == [.duplicate, .leak])
    #expect(report.findings.map { $0.places.map { $0.line } } == [[4, 25], [6, 25]])
    #expect(report.findings.allSatisfy { $0.degree == 1 })
    #expect(!report.isPassed)
  }

  @Test func partsOfATextAreANearDuplicateOrALeak() throws {
    var train = Self.healthy("a", seed: 1)
    var test = Self.healthy("b", seed: 2)
    var prose = Prose(seed: 9)
    // The first six of twelve sentences are the same.
    let half = train[3].text.split(separator: "\n\n").prefix(2).joined(separator: "\n\n") + "\n\n"
    train.append(("near", [], half + prose.text(sentences: 6)))
    test.append(("leak", [], prose.text(sentences: 6) + half))
    let report = try report(Self.lines(train), Self.lines(test)) { $0.sentenceLimit = 5 }
    #expect(report.findings.map(\.kind) == [.nearDuplicate, .leak, .leak])
    #expect(report.findings.allSatisfy { (0.2..<0.9).contains($0.degree ?? 0) })
    #expect(report.findings[0].places.map(\.line) == [4, 25])
    let strict = try self.report(Self.lines(train), Self.lines(test)) {
      ($0.similarity, $0.sentenceLimit) = (0.95, 5)
    }
    #expect(strict.findings == [])
  }

  @Test func aSentenceMayStandInTwoArticlesOnly() throws {
    var train = Self.healthy("a", seed: 1)
    let sentence = "Bạn đọc gửi tin bài về tòa soạn theo địa chỉ sau."
    for row in [1, 4] { train[row].text += "\n\(sentence)\n\(sentence)" }
    // Said twice in one article counts once; and the checks on page furniture are not asked for here.
    #expect(try report(Self.lines(train)).findings.filter { $0.kind == .repeatedSentence } == [])
    train[7].text += "\n\(sentence.uppercased())"
    let found = try report(Self.lines(train)).findings.filter { $0.kind == .repeatedSentence }
    #expect(found.map { $0.places.map(\.line) } == [[2, 5, 8]])
    #expect(found.first?.message.hasPrefix("stands in 3 articles: ‘bạn đọc gửi tin bài") == true)
  }

  @Test func rareAndMisspeltLabelsAreFound() throws {
    var train = Self.healthy("a", seed: 1)
    train[0].labels = ["boders"]
    let found = try report(
      Self.lines(train), Self.lines(Self.healthy("b", seed: 2).map { ($0.id, [], $0.text) })
    )
    .findings.filter { $0.kind == .rareLabel }.map(\.message)
    #expect(found.contains("the label 'boders' has 1 article, fewer than 10; was 'borders' meant?"))
    #expect(
      found.contains { $0.hasPrefix("the label 'borders' does not occur in ") && $0.hasSuffix("test.jsonl") })
  }

  @Test func recordsThatCannotBeUsedAreFound() throws {
    let folder = TemporaryFolder()
    let prose = "Một bài báo đủ dài để đọc.\n"
    folder.write("a.txt", "---\nlabels: borders\n---\n\(prose)")
    folder.write("b.txt", "---\nlable: [borders]\n---\nHai \(prose)")
    folder.write("c.txt", "Ba \(prose)")
    folder.write("d.txt", "---\nlabels: []\n---\n")
    folder.write("e.txt", "---\nlabels: [x]\nid: same\n---\nNăm \(prose)")
    folder.write("f.txt", "---\nlabels: [x]\nid: same\n---\nSáu \(prose)")
    folder.write("g.txt", "---\nlabels: [x\n---\nBảy \(prose)")
    let report = try DataCheck().run(paths: [folder.path])
    func messages(_ name: String) -> [String] {
      report.findings.filter { $0.kind == .record || $0.kind == .duplicateID }
        .filter { $0.places.first?.file.hasSuffix(name) == true }.map(\.message)
    }
    #expect(messages("a.txt").count == 1 && messages("a.txt")[0].contains("[borders]"))
    #expect(messages("b.txt") == ["the key 'lable' is not known: did you mean 'labels'?"])
    #expect(messages("c.txt") == ["has no labels; write labels: [] if none holds"])
    #expect(messages("d.txt").count == 1)
    #expect(messages("e.txt") == [])
    #expect(messages("f.txt").count == 1)
    #expect(messages("g.txt").count == 1)
    #expect(report.findings.contains { $0.kind == .duplicateID })
  }

  @Test func encodingsAndLeftoversAreFound() throws {
    var train = Self.healthy("a", seed: 1)
    train[2].text += "bie\u{302}\u{309}n"
    train[3].text = "Trang chủ | Đăng nhập | Liên hệ\n" + train[3].text
    let found = try report(Self.lines(train)).findings
    #expect(found.filter { $0.kind == .encoding }.map { $0.places[0].line } == [3])
    #expect(
      found.filter { $0.kind == .boilerplate }.map(\.message)
        == ["one line of page furniture, such as ‘Trang chủ | Đăng nhập | Liên hệ’"])
  }

  @Test func allowancesDecide() throws {
    var train = Self.healthy("a", seed: 1)
    train.append(("copy", [], train[3].text))
    train.append(("again", [], train[3].text))
    let text = Self.lines(train)
    func report(_ text: String, _ change: (inout DataCheckOptions) throws -> Void) throws -> DataReport {
      try self.report(text) {
        $0.sentenceLimit = 3
        try change(&$0)
      }
    }
    #expect(try !report(text) { try $0.allow(parsing: "duplicate=1") }.isPassed)
    #expect(try report(text) { try $0.allow(parsing: "duplicate=2") }.isPassed)
    #expect(try report(text) { try $0.allow(parsing: "duplicate=any") }.isPassed)
    #expect(try !report(text) { try $0.allow(parsing: "near-duplicate=any") }.isPassed)
    for (wrong, code) in [
      ("duplicates=1", "unknown-finding"), ("duplicate", "bad-allowance"), ("duplicate=-1", "bad-allowance"),
    ] {
      var options = DataCheckOptions()
      let error = #expect(throws: NhanError.self) { try options.allow(parsing: wrong) }
      #expect(error?.code == code)
    }
  }

  @Test func aWrongLabelIsDoubtedWithEvidence() throws {
    var prose = Prose(seed: 4)
    var articles: [(id: String, labels: [String], text: String)] = []
    for index in 0..<120 {
      let isSeas = index % 2 == 0
      let theme = isSeas ? "ngư dân vùng biển" : "cột mốc cửa khẩu"
      let text = (0..<4).map { _ in "\(theme) \(prose.sentence())" }.joined(separator: " ")
      articles.append(("\(index)", [isSeas ? "seas" : "borders"], text))
    }
    articles[10].labels = ["borders"]
    let folder = TemporaryFolder()
    let config = folder.write(
      "c.yaml",
      """
      labels: {seas: Biển, borders: Biên giới}
      normalizers: [{use: unicode}]
      features: [{use: word-ngrams, sizes: [1], minimum-documents: 1}]
      classifier: {use: logistic, l2: 0.1}
      """)
    let data = folder.write("d.jsonl", Self.lines(articles))
    var options = DataCheckOptions()
    options.configuration = try Configuration(file: config)
    options.doubt = 0.8
    let report = try DataCheck(options).run(paths: [data])
    let doubts = report.findings.filter { $0.kind == .doubtfulLabel }
    #expect(doubts.count == 2 && doubts.allSatisfy { $0.places == [Place(file: data, line: 11)] })
    #expect(Set(doubts.map { $0.message.prefix(24) }).count == 2)
    #expect(
      doubts.contains { $0.message.hasPrefix("lacks the label 'seas'") && $0.message.contains("biển") })
    #expect(report.verdicts.contains { $0.kind == .doubtfulLabel && $0.isPassed && $0.allowance == nil })
    try options.allow(parsing: "doubtful-label=1")
    #expect(try !DataCheck(options).run(paths: [data]).isPassed)
  }

  @Test func theReportIsTheSameAtAnyNumberOfThreads() throws {
    var train = Self.healthy("a", seed: 1, count: 60)
    for row in stride(from: 0, to: 40, by: 4) { train[row].text += train[row + 1].text }
    let text = Self.lines(train)
    let one = try report(text).json
    let four = try report(text) { $0.threads = 4 }.json
    // The paths are temporary folders: everything but them is compared.
    #expect(one["checks"] == four["checks"] && one["labels"] == four["labels"])
    #expect(one["findings"]?.arrayValue?.count == four["findings"]?.arrayValue?.count)
    let messages = { (json: JSONValue) in
      json["findings"]?.arrayValue?.compactMap { $0["message"]?.stringValue }
    }
    #expect(messages(one) == messages(four) && messages(one)?.isEmpty == false)
  }

  @Test func nothingToCheckIsAnError() throws {
    let folder = TemporaryFolder()
    let error = #expect(throws: NhanError.self) { try DataCheck().run(paths: [folder.path]) }
    #expect(error?.code == "no-documents")
  }
}
