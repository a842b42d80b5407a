import ArgumentParser
import Nhan

struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model", abstract: "Shows and verifies model files.",
    discussion: """
      Example:
        nhan model verify Models/themes.safetensors
      """,
    subcommands: [Show.self, Verify.self, Compare.self])

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: "Prints what a model file says of itself, as JSON.",
      discussion: """
        Example:
          nhan model show Models/themes.safetensors
        """)

    @Argument(help: "The model file.")
    var model: String
    @OptionGroup var plugins: PluginOptions

    func run() throws {
      let model = try Model(file: model, stages: plugins.source)
      try DataOutput(nil).write(model.description.prettySerialized() + "\n")
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify",
      abstract: "Checks every length, offset, shape, type and digest of a model file.",
      discussion: """
        Example:
          nhan model verify Models/themes.safetensors
        """)

    @Argument(help: "The model file.")
    var model: String
    @OptionGroup var plugins: PluginOptions

    func run() throws {
      let checked = try Model(file: model, stages: plugins.source)
      try DataOutput(nil).write("\(model): valid, content SHA-256 \(checked.contentDigest)\n")
    }
  }
}
