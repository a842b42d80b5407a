import TestSupport
import Testing

@Suite struct HelpTests {
  private let folder = TemporaryFolder()

  private static let commands = [
    [], ["train"], ["classify"], ["evaluate"], ["explain"], ["config"], ["config", "check"],
    ["config", "schema"], ["model"], ["model", "show"], ["model", "verify"],
    ["tune"], ["data", "check"],
  ]

  @Test(arguments: commands) func everyCommandHasHelpWithAnExample(command: [String]) throws {
    let output = try Command.run([Command.binary] + command + ["--help"], in: folder)
    #expect(output.status == 0 && output.messages.isEmpty)
    #expect(output.text.contains(#/Examples?:\n  .*nhan /#), "\(output.text)")
    let again = try Command.run([Command.binary, "help"] + command, in: folder)
    #expect(again.status == 0 && again.text == output.text)
  }

  /// Whatever the README or the design names must exist.
  @Test(arguments: [
    ("train", ["--config", "--data", "--output", "--layout", "--threads", "--seed"]),
    ("classify", ["--model", "--format", "--output", "--evidence", "--threads", "jsonl, csv, table"]),
    (
      "evaluate",
      [
        "--model", "--data", "--layout", "--format", "--by", "--fail-under", "--baseline", "--fail-on",
        "--level",
        "--tolerance", "--resamples", "--seed", "--threads", "(values: table, json,",
      ]
    ),
    ("explain", ["--model", "--format", "--phrases"]),
  ])
  func everyOptionIsDescribed(command: String, options: [String]) throws {
    let text = try Command.nhan(command, "--help", in: folder).text
    for option in options { #expect(text.contains(option), "\(option)") }
  }

  @Test(arguments: [
    ["clasify"], ["train"], ["classify"], ["classify", "--model"],
    ["classify", "--model", "m", "--formt", "csv"], ["classify", "--model", "m", "--format", "xml"],
    ["classify", "--model", "m", "--threads", "0"], ["classify", "--model", "m", "--threads", "many"],
    ["evaluate", "--model", "m"], ["evaluate", "--model", "m", "--data", "d", "--fail-on", "anything"],
    ["config", "check"], ["config", "chek"], ["model", "show", "a", "b"], ["--unknown"],
  ])
  func wrongUseIsStatus2AndSaysHow(arguments: [String]) throws {
    let output = try Command.run([Command.binary] + arguments, in: folder)
    #expect(output.status == 2 && output.bytes.isEmpty)
    #expect(output.messages.hasPrefix("Error: ") && output.messages.contains("Usage: nhan"))
  }

  @Test func version() throws {
    let output = try Command.nhan("--version", in: folder)
    #expect(output.status == 0 && output.text.contains(/^\d+\.\d+\.\d+\n$/))
  }

  @Test func nearestOptionIsNamed() throws {
    let output = try Command.nhan("classify", "--model", "m", "--formt", "csv", in: folder)
    #expect(output.messages.contains("--format"))
  }
}
