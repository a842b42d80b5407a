import Foundation
import TestSupport
import Testing

@Suite struct EvaluateTests {
  private let folder = TemporaryFolder()

  private func evaluate(_ arguments: String...) throws -> Output {
    try Command.run(
      [Command.binary, "evaluate", "--model", "model.safetensors", "--data", "test", "--resamples", "50"]
        + arguments, in: try fixture())
  }

  @Test(arguments: ["table", "json", "markdown", "junit", "github"]) func formats(format: String) throws {
    let output = try evaluate(
      "--format", format, "--by", "form", "--fail-under", "micro-f1=0.5", "--fail-under", "seas.recall=0.25")
    #expect(output.status == 0 && output.messages.isEmpty, "\(output.messages)")
    try Golden.expect("evaluate.\(format)", output.text)
    if format == "json" { _ = try json(output.text) }
  }

  @Test func theSameReportAtAnyNumberOfThreads() throws {
    let one = try evaluate("--format", "json", "--threads", "1")
    #expect(one.status == 0)
    for threads in ["2", "5"] {
      #expect(try evaluate("--format", "json", "--threads", threads).bytes == one.bytes)
    }
    #expect(try evaluate("--format", "json", "--seed", "2").bytes != one.bytes)
  }

  @Test func gates() throws {
    let passed = try evaluate("--fail-under", "micro-f1=0.01")
    #expect(passed.status == 0)
    let failed = try evaluate(
      "--fail-under", "micro-f1=0.01", "--fail-under", "micro-f1=1.0", "--fail-under", "hamming-loss=0.0")
    #expect(failed.status == 1 && failed.messages.contains("nhan: gate failed: "), "\(failed.messages)")
    for gate in ["nonsense=0.5", "micro-f1", "micro-f1=high", "micro-f1=2", "sea.f1=0.5", "micro-f2=0.5"] {
      let wrong = try evaluate("--fail-under", gate)
      #expect(wrong.status == 2 && wrong.bytes.isEmpty, "\(gate)")
      #expect(
        wrong.messages.hasPrefix("nhan: error: ") && wrong.messages.contains(gate.prefix(3)),
        "\(wrong.messages)")
    }
  }

  @Test func baselines() throws {
    let report = try evaluate("--format", "json")
    let file = folder.write("old.json", report.bytes)
    let same = try evaluate(
      "--baseline", file, "--fail-on", "regression", "--level", "0.9", "--tolerance", "0.01")
    #expect(same.status == 0, "\(same.messages)")
    let without = try evaluate("--fail-on", "regression")
    #expect(without.status == 2 && without.messages.contains("needs a baseline"))
    let missing = try evaluate("--baseline", "nowhere.json")
    #expect(missing.status == 3 && missing.messages.contains("nowhere.json"))
    // One that measured nothing is no baseline that could be kept.
    for report in [
      #"{"schema": "nhan-evaluation/1", "labels": [], "decisions": [], "figures": {}}"#,
      #"{"schema": "nhan-evaluation/1", "labels": [{"key": "seas", "name": "s"}], "decisions": [], "figures": {}}"#,
    ] {
      let empty = try evaluate(
        "--baseline", folder.write("empty.json", report), "--fail-on", "regression")
      #expect(empty.status >= 2 && empty.bytes.isEmpty, "\(empty.messages)")
      #expect(empty.messages.contains("empty.json"), "\(empty.messages)")
    }
    let broken = try evaluate("--baseline", "config.yaml")
    #expect(broken.status == 3 && broken.messages.contains("config.yaml:1:1"))
    #expect(try evaluate("--baseline", file, "--fail-on", "regression", "--level", "2").status == 2)

    // A model that knows nothing is worse than the old one.
    folder.write(
      "config.yaml", Fixture.configuration + "thresholds: {maximize: none}\nvalidation: {folds: 0}\n")
    folder.write(
      "train.jsonl",
      (0..<6).map {
        #"{"id":"\#($0)","text":"không nói gì cả","labels":[\#($0 == 0 ? #""seas","awards","orders""# : "")]}"#
      }.joined(separator: "\n"))
    let training = try Command.nhan(
      "train", "--config", "config.yaml", "--data", "train.jsonl", "--output", "bad", in: folder)
    #expect(training.status == 0, "\(training.messages)")
    let worse = try Command.nhan(
      "evaluate", "--model", "bad", "--data", "\(try fixture().path("test"))", "--resamples", "200",
      "--baseline",
      "old.json", "--fail-on", "regression", in: folder)
    // Ids of the two runs differ by the folder's name, so the articles are given to both in the same way.
    let both = try Command.nhan(
      "evaluate", "--model", folder.path("bad"), "--data", "test", "--resamples", "200", "--baseline", file,
      "--fail-on", "regression", in: try fixture())
    #expect(worse.status != 0)
    #expect(both.status == 1 && both.messages.contains("gate failed"), "\(both.messages)")
  }

  @Test func articlesThatCannotBeJudgedAreNamedAndTheOthersJudged() throws {
    folder.write("in/a.txt", "---\nlabels: [seas]\n---\nTàu cá ở Hoàng Sa\n")
    folder.write("in/b.txt", "không nhãn\n")
    folder.write("in/c.txt", "---\nlabels: [sea]\n---\nnhãn lạ\n")
    folder.write("in/d.txt", "")
    let output = try Command.nhan(
      "evaluate", "--model", try fixture().path("model.safetensors"), "--data", "in", "--format", "json",
      in: folder)
    #expect(output.status == 1)
    #expect(output.messages.contains("in/b.txt: the document has no labels"))
    #expect(output.messages.contains("in/c.txt: unknown label 'sea' (did you mean 'seas'?"))
    #expect(output.messages.contains("3 records could not be used"))
    _ = try json(output.text)
    let none = try Command.nhan(
      "evaluate", "--model", try fixture().path("model.safetensors"), "--data", "in/b.txt", in: folder)
    #expect(none.status == 2 && none.messages.contains("no documents to evaluate"))
    let slice = try evaluate("--by", "from")
    #expect(slice.status == 2 && slice.messages.contains("form"))
  }

  @Test func foldersAsLabelsAndStandardInput() throws {
    folder.write("in/seas/1.txt", "Tàu cá ở Hoàng Sa")
    folder.write("in/orders/2.txt", "Thủ tướng ban hành chỉ thị")
    let model = try fixture().path("model.safetensors")
    let folders = try Command.nhan(
      "evaluate", "--model", model, "--layout", "folders", "--data", "in", "--format", "json", in: folder)
    #expect(folders.status == 0, "\(folders.messages)")
    let lines = """
      {"id":"in/orders/2.txt","text":"Thủ tướng ban hành chỉ thị","labels":["orders"]}
      {"id":"in/seas/1.txt","text":"Tàu cá ở Hoàng Sa","labels":["seas"]}
      """
    let piped = try Command.nhan(
      "evaluate", "--model", model, "--data", "-", "--format", "markdown", in: folder, input: Data(lines.utf8)
    )
    #expect(piped.status == 0 && piped.text.contains("2 documents"), "\(piped.text)")
  }
}
