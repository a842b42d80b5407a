import NhanCore
import NhanEvaluation
import Testing

@Suite struct ReportJSONTests {
  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  @Test func readingBackGivesTheSameDataAndReport() throws {
    let data = try Sample.random(seed: 1, documents: 25, labels: 3)
    let json = try Sample.report(data).json()
    let read = try EvaluationData(report: json, file: "report.json")
    #expect(read == data)
    #expect(text(try Sample.report(read).json()) == text(json))
  }

  @Test func probabilitiesHaveSixDecimals() throws {
    var data = try EvaluationData(labels: [
      EvaluationLabel(key: "Biển \"đảo\"", name: "n\n", threshold: 1.5)
    ])
    try data.append(
      EvaluationDocument(id: "\u{1}<ơ>"), actual: [true], predicted: [false], probabilities: [1.0 / 3])
    #expect(data.probability(0, 0) == 0.333333)
    let json = try Sample.report(data).json()
    let decision = try JSONValue(parsing: json)["decisions"]?.arrayValue?.first
    #expect(decision?["probabilities"]?["Biển \"đảo\""]?.doubleValue == 0.333333)
    #expect(decision?["file"] == nil)
    #expect(try EvaluationData(report: json, file: "r") == data)
  }

  @Test func itHoldsEverything() throws {
    let baseline = try Sample.random(seed: 3, documents: 30, labels: 2)
    let data = try Sample.flipping(baseline) { row, label in row == 4 && label == 1 }
    let report = try Sample.report(
      data, baseline: baseline, gates: ["micro-f1=0.1"], regression: RegressionGate(), slices: ["source"])
    let json = try JSONValue(parsing: report.json())
    #expect(json["schema"]?.stringValue == "nhan-evaluation/1")
    #expect(json["bootstrap"]?["resamples"]?.intValue == 50)
    let overall = json["figures"]?["overall"]
    #expect(overall?["micro-f1"]?["value"]?.doubleValue == report.figures[.microF1].value)
    #expect(overall?["micro-f1"]?["low"]?.doubleValue == report.figures[.microF1].interval?.low)
    #expect(overall?["accuracy"] == .null)
    #expect(overall?["support"]?.intValue == report.figures.total.support)
    let label = json["figures"]?["labels"]?["label1"]
    #expect(label?["f1"]?["value"]?.doubleValue == report.figures[1, .f1].value)
    #expect(label?["false-positives"]?.intValue == report.figures.counts[1].falsePositives)
    #expect(json["slices"]?.arrayValue?.map { $0["value"]?.stringValue } == ["a", "b"])
    #expect(json["gates"]?.arrayValue?.count == 5)
    #expect(json["gates"]?.arrayValue?[0]["passed"]?.boolValue == true)
    let comparison = json["comparison"]
    #expect(comparison?["labels"]?["label1"]?["p"]?.doubleValue == 1)
    #expect(comparison?["flips"]?.arrayValue?.map { $0["id"]?.stringValue } == ["doc4"])
    #expect(
      comparison?["differences"]?["label1.f1"]?["value"]?.doubleValue
        == report.comparison?[.label(1, .f1)].value)
  }

  /// Every report cut short is refused with a place; nothing traps.
  @Test func truncatedReportsAreRefused() throws {
    let json = try Sample.report(Sample.random(seed: 1, documents: 2, labels: 1)).json()
    // Without its last newline it is whole.
    for length in stride(from: 0, to: json.count - 1, by: 7) {
      let error = nhanError { _ = try EvaluationData(report: Array(json[..<length]), file: "b.json") }
      #expect(error?.code == "bad-json")
      #expect(error?.place?.file == "b.json" && error?.place?.line != nil)
    }
  }

  /// Whatever a byte turns into, the report is read or refused; what is read is whole.
  @Test func changedBytesNeverTrap() throws {
    let data = try Sample.random(seed: 1, documents: 3, labels: 2)
    let json = try Sample.report(data).json()
    var generator = SplitMix64(seed: 17)
    var refused = 0
    for _ in 0..<600 {
      var damaged = json
      damaged[generator.next(below: json.count)] = UInt8(generator.next(below: 256))
      do {
        let read = try EvaluationData(report: damaged, file: "b.json")
        #expect(read.documents.count == 3 && read.labels.count == 2)
      } catch {
        refused += 1
      }
    }
    #expect(refused > 60)
  }

  @Test func otherJSONIsRefused() {
    for text in ["[]", "{}", "1", #"{"schema": "nhan-evaluation/2"}"#, #"{"schema": 1}"#] {
      let error = nhanError { _ = try EvaluationData(report: Array(text.utf8), file: "b.json") }
      #expect(error?.code == "not-a-report" && error?.kind == .usage)
    }
  }

  @Test(arguments: [
    ("\"decisions\"", "\"d\"", "the report has no 'decisions', expected one"),
    ("\"decisions\": [", "\"decisions\": [3,", "decisions[0] is an integer, expected a mapping"),
    ("\"id\":\"0\"", "\"id\":0", "decisions[0].id is an integer, expected a string"),
    ("\"actual\":[\"awards\"]", "\"actual\":[\"award\"]", "decisions[0].actual[0] is 'award'"),
    (
      "\"predicted\":[\"awards\"]", "\"predicted\":{}", "decisions[0].predicted is a mapping, expected a list"
    ),
    ("{\"awards\":0.9}", "{}", "decisions[0].probabilities has 0 of 1 labels, expected all"),
    ("{\"awards\":0.9}", "{\"a\":0.9}", "decisions[0].probabilities has 'a', expected a key from labels"),
    ("{\"awards\":0.9}", "{\"awards\":9}", "decisions[0].probabilities.awards is 9.0, expected a number"),
    ("{\"awards\":0.9}", "{\"awards\":0.8}", "figures.overall.brier.value is"),
    ("\"predicted\":[\"awards\"]", "\"predicted\":[]", "figures.overall.predicted is 2.0"),
    ("\"threshold\": 0.5", "\"threshold\": \"x\"", "labels[0].threshold is a string"),
    ("\"id\":\"1\"", "\"id\":\"0\"", "the id '0' occurs twice"),
    ("\"figures\"", "\"f\"", "the report has no 'figures'"),
  ])
  func damagedReportsAreRefused(from: String, to: String, message: String) throws {
    let data = try Sample.oneLabel([(true, true), (false, true), (true, false)])
    let whole = text(try Sample.report(data).json())
    let damaged = try #require(replacingFirst(from, with: to, in: whole))
    let error = nhanError { _ = try EvaluationData(report: Array(damaged.utf8), file: "b.json") }
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "no error")")
  }

  private func replacingFirst(_ part: String, with other: String, in text: String) -> String? {
    let text = Array(text.utf8), part = Array(part.utf8)
    guard let start = text.indices.first(where: { text[$0...].starts(with: part) }) else { return nil }
    return String(
      decoding: text[..<start] + Array(other.utf8) + text[(start + part.count)...], as: UTF8.self)
  }
}
