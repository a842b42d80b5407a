import Foundation
import TestSupport
import Testing

@Suite struct ClassifyTests {
  private let folder = TemporaryFolder()

  @Test(arguments: ["jsonl", "csv", "table"]) func formats(format: String) throws {
    let output = try Command.nhan(
      "classify", "--model", "model.safetensors", "--format", format, "articles", in: try fixture())
    #expect(output.status == 0 && output.messages.isEmpty, "\(output.messages)")
    try Golden.expect("classify.\(format)", output.text)
    // The same, into a file.
    let file = folder.path("out")
    let written = try Command.nhan(
      "classify", "--model", "model.safetensors", "--format", format, "--output", file, "articles",
      in: try fixture())
    #expect(written.status == 0 && written.bytes.isEmpty)
    #expect(try folder.read("out") == output.bytes)
    #expect(try folder.names() == ["out"])
  }

  @Test func evidence() throws {
    let lines = try Command.nhan(
      "classify", "--model", "model.safetensors", "--evidence", "2", "articles", in: try fixture())
    #expect(lines.status == 0)
    try Golden.expect("classify-evidence.jsonl", lines.text)
    let table = try Command.nhan(
      "classify", "--model", "model.safetensors", "--evidence", "2", "--format", "table", "articles",
      in: try fixture())
    try Golden.expect("classify-evidence.table", table.text)
    for arguments in [["--evidence", "2", "--format", "csv"], ["--evidence=-1"]] {
      let wrong = try Command.run(
        [Command.binary, "classify", "--model", "model.safetensors"] + arguments + ["articles"],
        in: try fixture())
      #expect(wrong.status == 2 && wrong.messages.contains("--evidence"))
    }
  }

  @Test func theSameBytesFromFolderFilesAndStandardInputAtAnyNumberOfThreads() throws {
    let expected = try Command.nhan("classify", "--model", "model.safetensors", "articles", in: try fixture())
    let file = folder.write("lines.jsonl", Fixture.lines)
    for threads in ["1", "2", "5"] {
      for path in ["articles", "articles/", "-", file] {
        let output = try Command.nhan(
          "classify", "--model", "model.safetensors", "--threads", threads, path, in: try fixture(),
          input: Fixture.lines)
        let text = path == "articles/" ? output.text.replacing("articles//", with: "articles/") : output.text
        #expect(output.status == 0 && text == expected.text, "\(path) on \(threads)")
      }
    }
    let byDefault = try Command.nhan(
      "classify", "--model", "model.safetensors", in: try fixture(), input: Fixture.lines)
    #expect(byDefault.text == expected.text)
    let paths = Fixture.unlabelled.map { "articles/\($0.name).txt" }
    let named = try Command.run(
      [Command.binary, "classify", "--model", "model.safetensors"] + paths, in: try fixture())
    #expect(named.text == expected.text)
  }

  @Test func otherKeysAreCarriedThrough() throws {
    let line = #"{"id": 7, "url": "https://a.vn/?x=1", "n": [1, 2.50, null], "text": "tàu cá"}"#
    let output = try Command.nhan(
      "classify", "--model", "model.safetensors", in: try fixture(), input: Data(line.utf8))
    let record = try json(output.text)
    #expect(record["id"] as? String == "7" && record["url"] as? String == "https://a.vn/?x=1")
    #expect((record["n"] as? [Any])?.count == 3 && record["text"] == nil)
    #expect((record["scores"] as? [String: Double])?.keys.sorted() == ["awards", "orders", "seas"])
  }

  @Test func singleLabelGivesExactlyOne() throws {
    let configuration = Fixture.configuration + "task: single-label\n"
    folder.write("config.yaml", configuration)
    folder.write(
      "train.csv",
      "id,text,labels\n"
        + (0..<12).map {
          "\($0),\(["tàu cá", "bằng khen", "công văn"][$0 % 3]) \($0),\(Fixture.labels[$0 % 3])\n"
        }.joined())
    let training = try Command.nhan(
      "train", "--config", "config.yaml", "--data", "train.csv", "--output", "m", in: folder)
    #expect(training.status == 0, "\(training.messages)")
    let output = try Command.nhan("classify", "--model", "m", in: folder, input: Fixture.lines)
    #expect(output.status == 0 && output.lines.count == Fixture.unlabelled.count)
    for line in output.lines {
      let record = try json(line)
      #expect((record["labels"] as? [String])?.count == 1)
      let scores = try #require(record["scores"] as? [String: Double])
      #expect(abs(scores.values.reduce(0, +) - 1) < 1e-5)
    }
  }

  @Test func nothingInNothingOut() throws {
    let output = try Command.nhan("classify", "--model", "model.safetensors", in: try fixture())
    #expect(output.status == 0 && output.bytes.isEmpty && output.messages.isEmpty)
  }

  @Test func modelsThatAreNone() throws {
    for model in ["nowhere", "config.yaml", "articles"] {
      let output = try Command.nhan("classify", "--model", model, "articles", in: try fixture())
      #expect(output.status == 3 && output.bytes.isEmpty)
      #expect(output.messages.hasPrefix("nhan: error: \(model)"), "\(output.messages)")
    }
  }

  @Test func colourOnlyOnATerminal() throws {
    for environment in [["NO_COLOR": "1"], [:]] {
      let output = try Command.nhan(
        "explain", "--model", "model.safetensors", "articles", in: try fixture(), environment: environment)
      #expect(output.status == 0 && !output.text.contains("\u{1b}"))
    }
    // script(1) gives the command a terminal.
    func onTerminal(_ setting: String) throws -> String {
      try Command.shell(
        "TERM=xterm script -qec \"\(setting) $NHAN explain --model model.safetensors 'articles/1 biển.txt'\" /dev/null",
        in: try fixture()
      ).text
    }
    #expect(try onTerminal("NO_COLOR=").contains("\u{1b}[1m"))
    let plain = try onTerminal("NO_COLOR=1")
    #expect(plain.contains("Biển, đảo") && !plain.contains("\u{1b}"))
  }

  @Test func aReaderThatGoesAwayEndsItQuietly() throws {
    let lines = (0..<20_000).map { #"{"id":"\#($0)","text":"tàu cá"}"# }.joined(separator: "\n")
    let file = folder.write("many.jsonl", lines)
    for prefix in ["", "trap '' PIPE; "] {
      let output = try Command.shell(
        "\(prefix)$NHAN classify --model model.safetensors \(file) | head -1", in: try fixture())
      #expect(output.lines.count == 1 && output.text.hasPrefix(#"{"id":"0""#))
      #expect(output.status == 0 && output.messages.isEmpty, "\(output.messages)")
    }
  }

  @Test func outputThatCannotBeWrittenIsAFailure() throws {
    for arguments in [
      "classify --model model.safetensors articles", "explain --model model.safetensors articles",
      "evaluate --model model.safetensors --data test", "model show model.safetensors",
      "model verify model.safetensors", "config schema", "config check config.yaml",
    ] {
      let output = try Command.shell("$NHAN \(arguments) > /dev/full", in: try fixture())
      #expect(output.status == 3, "\(arguments)")
      #expect(output.messages.contains("cannot write: No space left"), "\(arguments): \(output.messages)")
    }
    let file = try Command.shell(
      "$NHAN classify --model model.safetensors --output /dev/full articles", in: try fixture())
    #expect(file.status == 3 && file.messages.contains("/dev/full"))
  }

  /// Whoever is stopped while writing leaves nothing behind, and what was there stays.
  @Test(arguments: ["INT", "TERM", "HUP", "KILL"]) func aStoppedRunLeavesNothing(signal: String) throws {
    folder.write("old", "as it was")
    let output = try Command.shell(
      """
      cd \(folder.path)
      for name in new old; do
        env --default-signal $NHAN classify --model "\(try fixture().path("model.safetensors"))" \
          --output $name - < <(exec sleep 20) &
        pid=$!
        for i in $(seq 200); do
          ls -l /proc/$pid/fd | grep -qF "$PWD/" && break
          sleep 0.05
        done
        ls -l /proc/$pid/fd | grep -cF "$PWD/"
        kill -\(signal) $pid
        wait $pid
        echo $((($? - 128)))
      done
      """, in: folder)
    let number = try #require(["INT": 2, "TERM": 15, "HUP": 1, "KILL": 9][signal])
    #expect(output.lines == ["1", "\(number)", "1", "\(number)"], "\(output.messages)")
    #expect(try folder.names() == ["old"])
    #expect(try folder.read("old") == Data("as it was".utf8))
  }
}
