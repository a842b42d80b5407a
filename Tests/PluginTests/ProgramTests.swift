import NhanCore
import NhanPlugins
import PluginTestSupport
import Testing

/// Programs as stages.
@Suite struct ProgramTests {
  /// Echoes lines; dies, lies or sleeps when a text says so.
  private static let script = #"""
    while read -r line; do
      case "$line" in
        *once*) if [ -e "$1" ]; then printf '%s\n' "$line"; else : > "$1"; exit 3; fi ;;
        *crash*) kill -9 $$ ;;
        *garbage*) echo nonsense ;;
        *sleep*) sleep 100 ;;
        *refuse*) printf '{"error": "not mine", %s\n' "${line#?}" ;;
        *extra*) printf '%s\n%s\n' "$line" "$line" ;;
        *) printf '%s\n' "$line" ;;
      esac
    done
    """#

  private func settings(_ command: [String], batch: Int = 1, timeout: Double = 20) throws -> ProgramSettings {
    ProgramSettings(
      try OptionSchema(ProgramSettings.options).values(
        String(
          decoding: JSONValue.object([
            ("command", .array(command.map { .string($0) })), ("batch", .integer(batch)),
            ("timeout", .double(timeout)),
          ]).serialized(), as: UTF8.self)))
  }

  private func shell(_ scratch: Scratch, batch: Int = 1, timeout: Double = 20) throws -> ProgramNormalizer {
    let file = try scratch.write(Self.script, to: "program.sh")
    return ProgramNormalizer(
      try settings(["sh", file, scratch.file("mark")], batch: batch, timeout: timeout))
  }

  @Test func textsPassThroughInOrderOnAnyNumberOfThreads() throws {
    let normalizer = ProgramNormalizer(try settings(["cat"], batch: 7))
    let input = batch((0..<500).map { "bài \($0) \"\n\t" + String(repeating: "ổ", count: $0 * 17) })
    let outputs = try Parallel.map(count: 6, threads: 3) { _, _ in
      var output = TextBatch()
      try normalizer.normalize(input, into: &output)
      return texts(of: output)
    }
    #expect(outputs.allSatisfy { $0 == texts(of: input) })
  }

  @Test func onlyTheDocumentsThatKillItFail() throws {
    let scratch = Scratch()
    var output = TextBatch()
    try shell(scratch).normalize(batch(["a", "crash", "b", "garbage", "c", "refuse", "d"]), into: &output)
    #expect(texts(of: output) == ["a", "", "b", "", "c", "", "d"])
    #expect(output.failures.keys.sorted() == [1, 3, 5])
    #expect(output.failures[1]!.message.contains("signal 9"))
    #expect(output.failures[3]!.message.contains("no JSON object"))
    #expect(output.failures[5]!.message.contains("not mine"))
    #expect(output.failures.values.allSatisfy { $0.kind == .record })
  }

  @Test func itIsStartedAgainOnceForTheRestOfABatch() throws {
    let scratch = Scratch()
    var output = TextBatch()
    try shell(scratch, batch: 64).normalize(batch(["a", "once", "b"]), into: &output)
    #expect(texts(of: output) == ["a", "once", "b"])
    #expect(output.failures.isEmpty)
  }

  /// In a batch of many the ones at fault are found, and the next batch meets a fresh process.
  @Test(arguments: [(1, 64), (7, 64), (3, 5)])
  func onlyTheDocumentsAtFaultFailInABatch(every: Int, size: Int) throws {
    let scratch = Scratch()
    let normalizer = try shell(scratch, batch: size)
    let input = (0..<100).map { $0 < 80 && $0 % every == 0 ? ["crash", "garbage"][$0 % 2] : "bài \($0)" }
    var output = TextBatch()
    try normalizer.normalize(batch(input), into: &output)
    #expect(output.failures.keys.sorted() == Array(stride(from: 0, to: 80, by: every)))
    for (index, text) in texts(of: output).enumerated() where output.failures[index] == nil {
      #expect(text == input[index])
    }
    try normalizer.normalize(batch(["a", "b"]), into: &output)
    #expect(texts(of: output).suffix(2) == ["a", "b"])
  }

  @Test func oneThatHangsInABatchFailsAlone() throws {
    let scratch = Scratch()
    var input = (0..<20).map { "bài \($0)" }
    input[13] = "sleep"
    var output = TextBatch()
    try shell(scratch, batch: 64, timeout: 0.4).normalize(batch(input), into: &output)
    #expect(output.failures.keys.sorted() == [13])
    #expect(texts(of: output).enumerated().allSatisfy { $0 == 13 || $1 == input[$0] })
  }

  /// The search for documents that hang ends: a program that never answers costs a few time-outs a batch, not one a
  /// document.
  @Test func aProgramThatAlwaysHangsFailsTheBatch() throws {
    let scratch = Scratch()
    let file = try scratch.write("echo start >> \"$1\"\nsleep 100\n", to: "hang.sh")
    let normalizer = ProgramNormalizer(
      try settings(["sh", file, scratch.file("starts")], batch: 64, timeout: 0.1))
    var output = TextBatch()
    try normalizer.normalize(batch((0..<64).map { "bài \($0)" }), into: &output)
    #expect(output.failures.count == 64)
    let starts = try MappedFile.map(scratch.file("starts")).withUnsafeBytes { $0.count { $0 == 0x0a } }
    #expect((3...80).contains(starts))
  }

  @Test func aLineWithoutEndIsNoAnswer() throws {
    var output = TextBatch()
    try ProgramNormalizer(try settings(["sh", "-c", "printf x; exec sleep 100"], timeout: 0.2))
      .normalize(batch(["a"]), into: &output)
    #expect(output.failures[0]?.message.contains("within 0.2 seconds") == true)
  }

  @Test func aLineTooManyIsNeverTakenForTheNextAnswer() throws {
    let scratch = Scratch()
    var output = TextBatch()
    try shell(scratch).normalize(batch(["a", "extra", "b", "c"]), into: &output)
    let found = texts(of: output)
    #expect(found[0] == "a" && found[2] == "b" && found[3] == "c")
    #expect(found[1] == "extra" || output.failures.keys.sorted() == [1])
  }

  @Test func theTimeIsLimited() throws {
    let scratch = Scratch()
    var output = TextBatch()
    try shell(scratch, timeout: 0.3).normalize(batch(["a", "sleep", "b"]), into: &output)
    #expect(texts(of: output) == ["a", "", "b"])
    #expect(output.failures[1]!.message.contains("within 0.3 seconds"))
  }

  @Test func aMissingProgramEndsTheRun() throws {
    var output = TextBatch()
    #expect(throws: NhanError.self) {
      try ProgramNormalizer(try settings(["/nonexistent/program"])).normalize(batch(["a"]), into: &output)
    }
  }

  @Test func featuresBecomeColumns() throws {
    let scratch = Scratch()
    let file = try scratch.write(
      #"""
      while read -r line; do
        case "$line" in
          "") ;;
          *one*) printf '{"features": {"x": 1, "rare": 5}, %s\n' "${line#?}" ;;
          *two*) printf '{"features": {"y": 2.5, "x": -1}, %s\n' "${line#?}" ;;
          *bad*) printf '%s\n' "$line" ;;
          *word*) printf '{"features": {"x": "1"}, %s\n' "${line#?}" ;;
          *great*) printf '{"features": {"x": 1, "y": 1e300}, %s\n' "${line#?}" ;;
          *) printf '{"features": {"y": 4}, %s\n' "${line#?}" ;;
        esac
      done
      """#, to: "features.sh")
    let extractor = ProgramExtractor(try settings(["sh", file], batch: 2), minimumDocuments: 2)
    let observer = extractor.makeObserver()
    try observer.observe(batch(["one", "two", "three"]))
    let fitted = try extractor.fit([observer])
    #expect(fitted.columnCount == 2)
    var archive = TensorArchive()
    fitted.save(to: &archive)
    let worker = try extractor.load(from: archive).makeWorker()
    var rows = CSRMatrix(columnCount: 2)
    try worker.extract(batch(["one", "bad", "two", "word", "great"]), into: &rows)
    #expect(rows.rowStarts == [0, 1, 1, 3, 3, 3])
    #expect(rows.columns == [0, 0, 1] && rows.values == [1, -1, 2.5])
    #expect(worker.failures.keys.sorted() == [1, 3, 4])
    #expect(worker.failures[4]?.message == "the program's answer has no finite number as feature 'y'")
  }
}
