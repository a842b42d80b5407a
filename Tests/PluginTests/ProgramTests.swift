import NhanCore
import NhanPlugins
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
    let scratch = try Scratch()
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
    let scratch = try Scratch()
    var output = TextBatch()
    try shell(scratch, batch: 64).normalize(batch(["a", "once", "b"]), into: &output)
    #expect(texts(of: output) == ["a", "once", "b"])
    #expect(output.failures.isEmpty)
  }

  @Test func aLineTooManyIsNeverTakenForTheNextAnswer() throws {
    let scratch = try Scratch()
    var output = TextBatch()
    try shell(scratch).normalize(batch(["a", "extra", "b", "c"]), into: &output)
    let found = texts(of: output)
    #expect(found[0] == "a" && found[2] == "b" && found[3] == "c")
    #expect(found[1] == "extra" || output.failures.keys.sorted() == [1])
  }

  @Test func theTimeIsLimited() throws {
    let scratch = try Scratch()
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
    let scratch = try Scratch()
    let file = try scratch.write(
      #"""
      while read -r line; do
        case "$line" in
          "") ;;
          *one*) printf '{"features": {"x": 1, "rare": 5}, %s\n' "${line#?}" ;;
          *two*) printf '{"features": {"y": 2.5, "x": -1}, %s\n' "${line#?}" ;;
          *bad*) printf '%s\n' "$line" ;;
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
    try worker.extract(batch(["one", "bad", "two"]), into: &rows)
    #expect(rows.rowStarts == [0, 1, 1, 3])
    #expect(rows.columns == [0, 0, 1] && rows.values == [1, -1, 2.5])
    #expect(worker.failures.keys.sorted() == [1])
  }
}
