import ArgumentParser
import Nhan

struct ConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "Checks configurations and describes what they may say.",
    discussion: """
      Example:
        nhan config check Models/themes.yaml
      """,
    subcommands: [Check.self, Schema.self])

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check",
      abstract: "Checks a configuration and prints it with every default filled in.",
      discussion: """
        Example:
          nhan config check Models/themes.yaml
        """)

    @Argument(help: "The configuration (YAML).")
    var file: String
    @OptionGroup var plugins: PluginOptions

    func run() throws {
      let configuration = try Configuration(file: file, stages: plugins.source)
      try DataOutput(nil).write(configuration.json.prettySerialized() + "\n")
      Terminal.write("\(file): valid")
    }
  }

  struct Schema: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "schema",
      abstract: "Prints the JSON Schema of configurations, for editors and checks.",
      discussion: """
        Example:
          nhan config schema > nhan.schema.json
        """)

    @OptionGroup var plugins: PluginOptions

    func run() throws {
      let schema = ConfigurationSchema.schema(plugins.source.registry())
      try DataOutput(nil).write(schema.prettySerialized() + "\n")
    }
  }
}
