import Foundation
import TestSupport
import Testing

@Suite struct TrainTests {
  private let folder = TemporaryFolder()

  private func train(
    _ lines: String, configuration: String = Fixture.configuration, _ more: String...
  ) throws -> Output {
    folder.write("config.yaml", configuration)
    folder.write("data.jsonl", lines)
    return try Command.run(
      [Command.binary, "train", "--config", "config.yaml", "--data", "data.jsonl", "--output", "m"] + more,
      in: folder)
  }

  /// The training data of the fixture as JSONL.
  private static let lines = Fixture.articles(48, seed: 1).enumerated().map { index, article in
    let labels = article.firstMatch(of: /labels: \[(.*)\]/)!.output.1
    let body = article.components(separatedBy: "---\n")[2].dropLast()
    let quoted = labels.split(separator: ", ").map { "\"\($0)\"" }.joined(separator: ",")
    return #"{"id":"\#(index)","title":"Bài số \#(index)","text":"\#(body)","labels":[\#(quoted)]}"#
  }.joined(separator: "\n")

  @Test func reportsAndWritesAModel() throws {
    let output = try Fixture.shared.get().training
    #expect(output.status == 0 && output.bytes.isEmpty)
    // How many steps the solver takes is another matter in another BLAS.
    let steps = /after \d+ iterations \(converged, gradient norm [-.e\d]+/
    #expect(output.messages.contains(steps))
    try Golden.expect("train.txt", output.messages.replacing(steps, with: "after N iterations (converged"))
    #expect(!output.messages.contains("\u{1b}") && !output.messages.contains("\r"))
    #expect(try fixture().names() == ["articles", "config.yaml", "model.safetensors", "test", "train"])
  }

  @Test func theSameModelAtAnyNumberOfThreads() throws {
    let data = try fixture().read("model.safetensors")
    for threads in ["1", "2", "5"] {
      let output = try Command.nhan(
        "train", "--config", "config.yaml", "--data", "train", "--output", folder.path("m\(threads)"),
        "--threads", threads, "--seed", "0", in: try fixture())
      #expect(output.status == 0, "\(output.messages)")
      #expect(try folder.read("m\(threads)") == data)
    }
  }

  @Test func layoutsFormatsAndStandardInput() throws {
    for (index, text) in ["tàu cá", "ngư dân tàu cá", "tàu cá hải quân"].enumerated() {
      folder.write("folders/seas/\(index).txt", text)
      folder.write("folders/orders/\(index).txt", text.replacing("tàu cá", with: "công văn"))
    }
    folder.write("config.yaml", Fixture.configuration.replacing(/labels:.*/, with: ""))
    let folders = try Command.nhan(
      "train", "--config", "config.yaml", "--layout", "folders", "--data", "folders", "--output", "f",
      in: folder)
    #expect(folders.status == 0, "\(folders.messages)")
    #expect(folders.messages.contains("6 documents (0 without any label)"))
    folder.write(
      "data.csv", "id,text,labels\n1,tàu cá,seas\n2,công văn,orders\n3,tàu cá về,seas\n4,công văn đi,orders\n"
    )
    folder.write("data.ft", "__label__seas tàu cá xa\n__label__orders công văn gần\n")
    let input = Data(#"{"text": "tàu cá và công văn", "labels": ["seas", "orders"]}"#.utf8)
    let mixed = try Command.nhan(
      "train", "--config", "config.yaml", "--output", "m", "--data", "data.csv", "data.ft", "-", in: folder,
      input: input)
    #expect(mixed.status == 0, "\(mixed.messages)")
    #expect(mixed.messages.contains("7 documents"))
  }

  @Test func recordsThatCannotBeUsedAreNamedAndTheOthersUsed() throws {
    let bad = """

      {"id":"a","text":"nhãn lạ","labels":["sea"]}
      {"id":"b","text":"không nhãn"}
      {"id":"3","text":"lại là 3","labels":[]}
      {"id":"c","labels":[]}
      {"id":"d","text":"nửa dòng","lab
      """
    let output = try train(Self.lines + bad)
    #expect(output.status == 1)
    for words in [
      "data.jsonl:49: unknown label 'sea' (did you mean 'seas'?", "data.jsonl:50: the document has no labels",
      "data.jsonl:51: the id '3' was given before, at data.jsonl:4", "data.jsonl:52: there is no 'text'",
      "data.jsonl:53:36: ", "5 records could not be used; the others were processed", "48 documents",
    ] { #expect(output.messages.contains(words), "\(words) is not in \(output.messages)") }
    #expect(folder.exists("m"))
  }

  @Test func aLabelThatNeverOccursIsWarnedOf() throws {
    let output = try train(
      Self.lines, configuration: Fixture.configuration.replacing("{seas:", with: "{nothing: Không, seas:"))
    #expect(output.status == 0)
    #expect(output.messages.contains("the label 'nothing' never occurs in the training data"))
    let tagged = try Command.nhan("classify", "--model", "m", in: folder, input: Fixture.lines)
    #expect(tagged.status == 0 && !tagged.text.contains(#""labels":["nothing"#))
    #expect(tagged.text.contains(#""nothing":0.0,"#))
  }

  @Test func oneGroupIsNotCrossValidated() throws {
    let lines = Self.lines.replacing(#","labels""#, with: #","source":"one","labels""#)
    let output = try train(lines, configuration: Fixture.configuration + "validation: {group: source}\n")
    #expect(output.status == 0)
    #expect(output.messages.contains("cannot be cut into parts"), "\(output.messages)")
    #expect(output.messages.contains("micro-F1 –"))
  }

  @Test func wrongConfigurationsAndDataAreUsage() throws {
    let wrong = try train(Self.lines, configuration: "featurs: []\n")
    #expect(wrong.status == 2)
    #expect(wrong.messages.contains("config.yaml:1:1: unknown key 'featurs' (did you mean 'features'?"))
    let empty = try train("")
    #expect(empty.status == 2 && empty.messages.contains("no document to train on"))
    let unlabelled = try train(#"{"text": "một", "labels": []}"#)
    #expect(unlabelled.status == 2 && unlabelled.messages.contains("none of the 1 documents has a label"))
    #expect(!folder.exists("m"))
  }

  @Test func inputAndOutputFailures() throws {
    let missing = try Command.nhan(
      "train", "--config", "nowhere.yaml", "--data", ".", "--output", "m", in: folder)
    #expect(missing.status == 3 && missing.messages.contains("nowhere.yaml"))
    folder.write("config.yaml", Fixture.configuration)
    let data = try Command.nhan(
      "train", "--config", "config.yaml", "--data", "nowhere", "--output", "m", in: folder)
    #expect(data.status == 3 && data.messages.contains("nowhere: cannot be opened: No such file"))
    let kind = try Command.nhan(
      "train", "--config", "config.yaml", "--data", "config.yaml", "--output", "m", in: folder)
    #expect(kind.status == 3 && kind.messages.contains("expected one of .txt, .jsonl"))
    folder.write("data.jsonl", Self.lines)
    let output = try Command.nhan(
      "train", "--config", "config.yaml", "--data", "data.jsonl", "--output", "no/where/m", in: folder)
    #expect(output.status == 3 && output.messages.contains("no/where/m: cannot write: No such file"))
    #expect(try folder.names() == ["config.yaml", "data.jsonl"])
  }
}
