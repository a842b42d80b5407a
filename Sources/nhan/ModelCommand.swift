import ArgumentParser
import Nhan

struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model", abstract: "Shows and verifies model files.", subcommands: [Show.self, Verify.self])

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints what a model file says of itself, as JSON.",
      discussion: """
        Example:
          nhan model show Models/themes.safetensors
        """)

    @Argument(help: "The model file.")
    var model: String
    @OptionGroup var plugins: PluginOptions

    func run() throws { print(try Model(file: model, stages: plugins.source).description.prettySerialized()) }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
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
      print("\(model): valid, content SHA-256 \(checked.contentDigest)")
    }
  }
}
