import NhanPlugins
import PluginTestSupport
import Testing

/// `nhan plugin check`: what it finds, and that it finds nothing where nothing is.
@Suite struct CheckTests {
  private func check(
    _ fixture: String, _ macros: [String], _ arguments: [String] = []
  ) throws -> (status: Int, lines: [String], errors: String) {
    let scratch = Scratch()
    let file = try scratch.library("x", from: fixture, defining: macros)
    let result = try run([Paths.command, "plugin", "check", file] + arguments)
    return (result.status, result.output.split(separator: "\n").map(String.init), result.errors)
  }

  @Test(arguments: ["NaiveBayes", "WordSegmenter", "LegacyEncodings", "HTMLText"])
  func ourPluginsPass(_ plugin: String) throws {
    let result = try run([Paths.command, "plugin", "check", Paths.plugin(plugin)])
    if result.errors.contains("libxml2.so.2 is not installed") { return }
    #expect(result.status == 0, "\(result.output)\(result.errors)")
  }

  @Test func everythingIsTried() throws {
    let texts = [
      "unknown option is refused", "host without optional functions", "empty batch", "empty text",
      "text of 10 MB",
      "invalid UTF-8", "same input twice", "many threads",
    ]
    let normalizer = try check("normalizer.c", ["STRICT"])
    #expect(
      normalizer.status == 0
        && normalizer.lines.dropFirst() == ArraySlice(texts.map { "ok      copy: \($0)" }))
    let learner = try check("learner.c", ["STRICT"])
    #expect(learner.status == 0, "\(learner)")
    let states = ["save and load of state", "damaged state"]
    #expect(
      learner.lines.filter { $0.contains("lengths: ") } == (texts + states).map { "ok      lengths: \($0)" })
    #expect(
      learner.lines.filter { $0.contains("shares: ") }
        == (texts.prefix(2) + ["rows without entries"] + texts.suffix(2) + states).map {
          "ok      shares: \($0)"
        })
  }

  @Test(arguments: [
    ("", "unknown option is refused: init took the unknown option 'no-such-option'"),
    ("LOGS", "host without optional functions: the process ended with signal 11"),
    ("ABORT_IF=b->count==0", "empty batch: the process ended with signal 6"),
    ("CRASH_ON_CALL", "host without optional functions: the process ended with signal 6"),
    ("ABORT_IF=b->count==1&&b->starts[1]==0", "empty text: the process ended with signal 6"),
    ("ABORT_IF=b->starts[b->count]>1000000", "text of 10 MB: the process ended with signal 6"),
    ("ABORT_IF=b->count>1&&b->bytes[0]==0xff", "invalid UTF-8: the process ended with signal 6"),
    ("COUNTS", "same input twice: the second run gave something else; it says that it is deterministic"),
    ("RACES", "many threads: 8 threads gave something else than one; it says 'parallel'"),
    ("FORGET", "host without optional functions: normalizer 'copy' gave 23 documents for 24"),
  ])
  func whatIsWrongIsFound(macro: String, expected: String) throws {
    let found = try check("normalizer.c", macro.isEmpty ? [] : ["STRICT", macro])
    #expect(found.status == 3)
    #expect(found.lines.contains { $0.hasPrefix("FAILED  copy: \(expected)") }, "\(found)")
  }

  @Test(arguments: [
    ("FORGETS", "save and load of state: the loaded state gives something else than the saved one"),
    ("TRUSTS", "damaged state: the process ended with signal 6"),
  ])
  func whatIsWrongWithStatesIsFound(macro: String, expected: String) throws {
    let found = try check("learner.c", ["STRICT", macro])
    #expect(found.status == 3)
    #expect(found.lines.contains { $0.hasPrefix("FAILED  lengths: \(expected)") }, "\(found)")
  }

  @Test func oneThatNeverReturnsIsStopped() throws {
    let found = try check("normalizer.c", ["STRICT", "ABORT_IF=pause()"], ["--timeout", "1"])
    #expect(
      found.status == 3 && found.lines.last?.hasSuffix("not done within 1.0 seconds") == true, "\(found)")
    for timeout in ["nan", "0", "-1", "inf"] {
      #expect(try check("normalizer.c", [], ["--timeout", timeout]).status == 2)
    }
  }
}
