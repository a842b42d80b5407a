import ArgumentParser
import Nhan

struct PluginCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plugin", abstract: "Lists, checks and begins plugins: stages in shared libraries.",
    subcommands: [List.self, Probe.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists the stages of all plugins found.",
      discussion: """
        Example:
          nhan plugin list --plugins Plugins/NaiveBayes

        Plugins are searched in the folders of --plugins, of NHAN_PLUGIN_PATH (parted by colons), in lib/nhan/plugins of \
        the installation and beside the program.
        """)

    @OptionGroup var plugins: PluginOptions

    func run() throws {
      let found = plugins.source.plugins()
      var table = TextTable(columns: [
        .init("id"), .init("version"), .init("stage"), .init("kind"), .init("concurrency"),
        .init("options", isFlexible: true), .init("file", isFlexible: true),
      ])
      for library in found.libraries {
        for stage in library.description.stages {
          let options = (stage.schema["properties"]?.objectValue ?? []).map(\.key)
          table.rows.append([
            library.identity.id, library.identity.version, stage.name, stage.kind.rawValue,
            stage.concurrency.rawValue + (stage.isDeterministic ? "" : ", not deterministic"),
            options.joined(separator: ", "), library.identity.file,
          ])
        }
      }
      print(table.rendered(width: Terminal.columns), terminator: "")
      found.problems.forEach(Terminal.report)
      if !found.problems.isEmpty { throw Status.failure }
    }
  }

  /// Run by this program itself, in a child: says on descriptor 3 what a plugin offers.
  struct Probe: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "", shouldDisplay: false)

    @Argument var file: String

    func run() throws { PluginProbe.serve(file) }
  }
}
