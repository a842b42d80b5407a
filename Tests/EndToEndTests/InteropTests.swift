import Foundation
import TestSupport
import Testing

/// Opens a model with the reference implementation of its format.
@Suite struct InteropTests {
  private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Interop/check_safetensors.py").path

  /// The Python of `NHAN_PYTHON`, which must work, else `python3` if it has what is needed.
  private func python() throws -> String? {
    if let given = ProcessInfo.processInfo.environment["NHAN_PYTHON"], !given.isEmpty { return given }
    let probe = try Command.run(
      ["/usr/bin/env", "python3", "-c", "import numpy, safetensors"], in: try fixture())
    if probe.status == 0 { return "python3" }
    Issue.record(
      """
      python3 has no safetensors. Make an environment and name its Python: python3 -m venv .venv && \
      .venv/bin/pip install safetensors numpy && NHAN_PYTHON=$PWD/.venv/bin/python swift test
      """)
    return nil
  }

  @Test func pythonReadsTheModelAndComputesTheSameScores() throws {
    guard let python = try python() else { return }
    let output = try Command.run(
      ["/usr/bin/env", python, Self.script, "model.safetensors", Command.binary], in: try fixture())
    #expect(output.status == 0, "\(output.messages)")
    #expect(output.text == "model.safetensors: 9 tensors, 3 labels; scores agree\n")
    // The same with isotonic calibration, whose knots are tensors of their own.
    let folder = TemporaryFolder()
    folder.write("config.yaml", Fixture.configuration + "calibration: {method: isotonic}\n")
    let training = try Command.nhan(
      "train", "--config", folder.path("config.yaml"), "--data", "train", "--output", folder.path("m"),
      in: try fixture())
    #expect(training.status == 0, "\(training.messages)")
    let isotonic = try Command.run(
      ["/usr/bin/env", python, Self.script, "m", Command.binary], in: folder)
    #expect(isotonic.status == 0, "\(isotonic.messages)")
    #expect(isotonic.text == "m: 12 tensors, 3 labels; scores agree\n")
  }

  @Test func theCheckFailsForAModelThatSaysSomethingElse() throws {
    guard let python = try python() else { return }
    let folder = TemporaryFolder()
    var bytes = try fixture().read("model.safetensors")
    // Tensors lie in the order of their alignment and names: the thresholds, of 32 bits, come last.
    bytes.replaceSubrange(bytes.count - 4..<bytes.count, with: [0, 0, 0x80, 0x40])
    folder.write("m", bytes)
    let output = try Command.run(["/usr/bin/env", python, Self.script, "m", Command.binary], in: folder)
    #expect(
      output.status != 0 && output.messages.contains("a threshold is outside 0...1"), "\(output.messages)")
  }
}
