import Foundation
import TestSupport
import Testing

@Suite struct ConfigAndModelTests {
  private let folder = TemporaryFolder()

  @Test func check() throws {
    let output = try Command.nhan("config", "check", "config.yaml", in: try fixture())
    #expect(output.status == 0 && output.messages == "config.yaml: valid\n")
    try Golden.expect("config-check.json", output.text)
    // What it prints is a configuration that says the same.
    folder.write("again.yaml", output.bytes)
    #expect(try Command.nhan("config", "check", "again.yaml", in: folder).bytes == output.bytes)
    folder.write(
      "wrong.yaml", "task: multi-label\nfeatures:\n  - {use: word-ngram}\nclassifier: {use: logistic}\n")
    let wrong = try Command.nhan("config", "check", "wrong.yaml", in: folder)
    #expect(wrong.status == 2 && wrong.bytes.isEmpty)
    #expect(
      wrong.messages.contains(
        "wrong.yaml:3:11: unknown feature extractor 'word-ngram' (did you mean 'word-ngrams'?"),
      "\(wrong.messages)")
    #expect(try Command.nhan("config", "check", "nowhere.yaml", in: folder).status == 3)
  }

  @Test func schema() throws {
    let output = try Command.nhan("config", "schema", "--no-plugins", in: folder)
    #expect(output.status == 0)
    try Golden.expect("config-schema.json", output.text)
    _ = try json(output.text)
  }

  @Test func show() throws {
    let output = try Command.nhan("model", "show", "model.safetensors", in: try fixture())
    #expect(output.status == 0)
    #expect(try json(output.text)["format"] as? String == "nhan-model")
    // How the solver came to the weights is another matter in another BLAS.
    let steps = /("(?:iterations|gradient-norm)": )[^,\n]*/
    try Golden.expect("model-show.json", output.text.replacing(steps) { "\($0.output.1)0" })
  }

  @Test func verify() throws {
    let output = try Command.nhan("model", "verify", "model.safetensors", in: try fixture())
    #expect(output.status == 0)
    #expect(output.text.contains(/^model\.safetensors: valid, content SHA-256 [0-9a-f]{64}\n$/))
    var bytes = try fixture().read("model.safetensors")
    bytes[bytes.count - 5] ^= 1
    folder.write("changed", bytes)
    let changed = try Command.nhan("model", "verify", "changed", in: folder)
    #expect(changed.status == 3 && changed.messages.contains("changed: the content's SHA-256 is "))
    folder.write("short", bytes.prefix(100))
    let short = try Command.nhan("model", "verify", "short", in: folder)
    #expect(short.status == 3 && short.messages.contains("short, byte 0: not a valid model"))
    #expect(try Command.nhan("model", "verify", "nowhere", in: folder).status == 3)
  }
}
