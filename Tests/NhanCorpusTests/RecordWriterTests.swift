import NhanCore
import NhanCorpus
import TestSupport
import Testing

@Suite struct RecordWriterTests {
  static let names = ["seas-islands": "Biển, đảo", "borders": "Biên giới"]

  static let labels = ScoredLabels(["seas-islands", "borders"])

  static let records: [TaggedRecord] = [
    TaggedRecord(
      Document(
        id: "1", title: Array("Tin \"biển\"\nđảo".utf8), text: [0x78],
        metadata: [("source", .string("báo")), ("scores", .integer(1)), ("n", .double(0.5))],
        place: Place(file: "a.jsonl", line: 1)),
      labels: ["seas-islands", "borders"],
      scores: LabelScores(labels, [0.987_654_3, 0.5])),
    TaggedRecord(
      Document(id: "=2+3", text: Array(" \n@Dòng đầu\r\nthân".utf8), place: Place(file: "a.jsonl", line: 2)),
      labels: [],
      scores: LabelScores(labels, [0.000_000_1, 1])),
    TaggedRecord(
      id: "3",
      failure: NhanError(
        .record, code: "missing-text", "no 'text'", at: Place(file: "a.jsonl", line: 3), hint: "do")),
    TaggedRecord(
      id: nil,
      failure: NhanError(
        .record, code: "bad-json", "found \"x\"", at: Place(file: "a.jsonl", line: 4, column: 2))),
    TaggedRecord(id: nil, failure: NhanError(.record, code: "cannot-open", "gone", at: Place(file: "b/c"))),
  ]

  private func write(_ writer: some RecordWriter, _ records: [TaggedRecord] = records) -> String {
    var writer = writer
    var output: [UInt8] = []
    writer.begin(to: &output)
    for record in records { writer.append(record, to: &output) }
    writer.end(to: &output)
    return String(decoding: output, as: UTF8.self)
  }

  @Test func jsonLines() {
    let expected = #"""
      {"id":"1","labels":["seas-islands","borders"],"scores":{"seas-islands":0.987654,"borders":0.5},"source":"báo","n":0.5}
      {"id":"=2+3","labels":[],"scores":{"seas-islands":0.0,"borders":1.0}}
      {"id":"3","error":{"code":"missing-text","message":"no 'text' (do)"}}
      {"line":4,"file":"a.jsonl","error":{"code":"bad-json","message":"found \"x\""}}
      {"file":"b/c","error":{"code":"cannot-open","message":"gone"}}

      """#
    #expect(write(JSONLinesRecordWriter()) == expected)
    #expect(write(JSONLinesRecordWriter(), []) == "")
  }

  @Test func csv() {
    let expected = [
      "\u{FEFF}id,title,labels,\"Biển, đảo\",Biên giới,error",
      "1,\"Tin \"\"biển\"\"\nđảo\",\"Biển, đảo; Biên giới\",0.987654,0.5,", "'=2+3,'@Dòng đầu,,0.0,1.0,",
      "3,,,,,a.jsonl:3: no 'text' (do)", ",,,,,\"a.jsonl:4:2: found \"\"x\"\"\"", ",,,,,b/c: gone", "",
    ].joined(separator: "\r\n")
    #expect(
      write(CSVRecordWriter(labels: ["seas-islands", "borders"], displayNames: Self.names)) == expected)
  }

  @Test(arguments: [
    ("=1", "'=1"), ("+1", "'+1"), ("-1", "'-1"), ("@a", "'@a"), ("\ta", "'\ta"), ("\ra", "\"'\ra\""),
    ("=\"a\"", "\"'=\"\"a\"\"\""), ("a=1", "a=1"), ("", ""), ("a,b", "\"a,b\""), ("a\nb", "\"a\nb\""),
    ("'x", "'x"),
  ])
  func cellsAreGuarded(id: String, cell: String) {
    let record = TaggedRecord(
      Document(id: id, text: [], place: Place(file: "f")), labels: [],
      scores: LabelScores(ScoredLabels([]), []))
    #expect(write(CSVRecordWriter(labels: []), [record]) == "\u{FEFF}id,title,labels,error\r\n\(cell),,,\r\n")
  }

  @Test func whatIsWrittenCanBeRead() throws {
    var random = SeededGenerator(seed: 12)
    let folder = TemporaryFolder()
    let alphabet = ["a", "đ", "\"", ",", "\n", "\r\n", "\r", ";", "'", "=", " "]
    for _ in 0..<100 {
      let titles = (0..<8).map { _ in
        "x" + (0..<random.below(9)).map { _ in alphabet[random.below(11)] }.joined()
      }
      let records = titles.enumerated().map { index, title in
        TaggedRecord(
          Document(id: "\(index)", title: Array(title.utf8), text: [], place: Place(file: "f")), labels: [],
          scores: LabelScores(ScoredLabels([]), []))
      }
      let written = write(CSVRecordWriter(labels: []), records)
      // The reader wants a text: let the title be it.
      let table =
        "id,text"
        + written.unicodeScalars.dropFirst("\u{FEFF}id,title".unicodeScalars.count).map(String.init).joined()
      #expect(try read(folder.write("w.csv", table)).map(\.text.utf8Bytes) == titles.map(\.utf8Bytes))
    }
  }

  @Test func table() {
    let expected = """
      ┌─────────────┬────────────────┬─────────────────────────────────┐
      │ id          │ title          │ labels                          │
      ├─────────────┼────────────────┼─────────────────────────────────┤
      │ 1           │ Tin "biển" đảo │ Biển, đảo 0.99 · Biên giới 0.50 │
      │ =2+3        │ @Dòng đầu      │ –                               │
      │ 3           │                │ ✗ missing-text: no 'text' (do)  │
      │ a.jsonl:4:2 │                │ ✗ bad-json: found "x"           │
      │ b/c         │                │ ✗ cannot-open: gone             │
      └─────────────┴────────────────┴─────────────────────────────────┘

      """
    #expect(write(TableRecordWriter(width: nil, displayNames: Self.names)) == expected)
  }

  @Test func tableFitsTheTerminal() {
    for width in [24, 30, 40, 60, 200] {
      let lines = write(TableRecordWriter(width: width, displayNames: Self.names)).split(separator: "\n")
      #expect(lines.count == 3 + Self.records.count + 1)
      #expect(Set(lines.map { DisplayWidth.of($0) }).count == 1)
      #expect(DisplayWidth.of(lines[0]) <= width)
    }
  }

  @Test func longTablesKeepTheirWidths() {
    let records = (0..<600).map { index in
      TaggedRecord(
        Document(
          id: "\(index)", title: Array(String(repeating: "x", count: index).utf8), text: [],
          place: Place(file: "f")),
        labels: [], scores: LabelScores(ScoredLabels([]), []))
    }
    let lines = write(TableRecordWriter(width: 80), records).split(separator: "\n")
    #expect(lines.count == 604)
    #expect(Set(lines.map { DisplayWidth.of($0) }) == [80])
    #expect(lines[3 + 599].hasPrefix("│ 599 │ xxx"))
  }

  @Test func labelsInDoubtAreShownWhereTheyAreAskedFor() {
    var records = Self.records
    let document = Document(
      id: "1", text: [0x78], metadata: [("review", .string("carried"))],
      place: Place(file: "a.jsonl", line: 1))
    records[0] = TaggedRecord(
      document, labels: records[0].labels, scores: records[0].scores, review: ["borders"])
    records[1].review = []
    let lines = write(JSONLinesRecordWriter(), records).split(separator: "\n")
    #expect(
      lines[0].hasPrefix(#"{"id":"1","labels":["seas-islands","borders"],"review":["borders"],"scores""#))
    #expect(!lines[0].contains("carried"))
    #expect(lines[1].contains(#""review":[]"#))
    let csv = write(
      CSVRecordWriter(labels: ["seas-islands", "borders"], displayNames: Self.names, showsReview: true),
      records)
    #expect(csv.hasPrefix("\u{FEFF}id,title,labels,review,\"Biển, đảo\",Biên giới,error\r\n"))
    #expect(csv.contains("\"Biển, đảo; Biên giới\",Biên giới,0.987654"))
    #expect(csv.contains("@Dòng đầu,,,0.0"))
    let table = write(TableRecordWriter(width: nil, displayNames: Self.names), records)
    #expect(table.contains("│ Biển, đảo 0.99 · Biên giới 0.50 ? Biên giới 0.50 │"))
    // A carried member keeps its name where nothing of ours has it.
    records[0].review = nil
    #expect(write(JSONLinesRecordWriter(), records).contains(#""review":"carried""#))
  }

  @Test func emptyTable() {
    #expect(write(TableRecordWriter(width: 80), []).split(separator: "\n").count == 4)
  }
}
