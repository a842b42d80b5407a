import ArgumentParser
import Nhan

struct PluginCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plugin", abstract: "Lists, checks and begins plugins: stages in shared libraries.",
    subcommands: [List.self, Check.self, New.self, Probe.self, Examine.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
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

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check",
      abstract: "Tries a plugin, in a process of its own, with what a run may meet.",
      discussion: """
        Example:
          nhan plugin check shout/.build/release/libShout.so

        Tried are an empty batch, empty text, 10 MB of text, invalid UTF-8, many threads, the same input twice, saving \
        and loading of state, damaged state, an unknown option, and a host without its optional functions.
        """)

    @Argument(help: "The library.")
    var file: String
    @Option(name: .long, help: "Options of its stages, as JSON.")
    var options: String = "{}"
    @Option(name: .long, help: ArgumentHelp("How long all of it may take.", valueName: "seconds"))
    var timeout: Double = 120

    func validate() throws {
      guard timeout > 0, timeout <= 86_400 else {
        throw ValidationError("--timeout is \(timeout), expected seconds above 0, at most 86400")
      }
    }

    func run() throws {
      let description = try PluginOptions.probe.describe(file)
      let outcomes = try PluginTrial.run(
        file, options: options, command: [PluginSearch.program, "plugin", "examine"], seconds: timeout)
      print("\(description.id) \(description.version), interface version \(description.abi)")
      for outcome in outcomes {
        print(outcome.problem.map { "FAILED  \(outcome.name): \($0)" } ?? "ok      \(outcome.name)")
      }
      let failures = outcomes.count { $0.problem != nil }
      if failures > 0 {
        Terminal.write("nhan: \(failures) of \(outcomes.count) trials failed")
        throw Status.failure
      }
    }
  }

  struct New: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "new",
      abstract: "Writes a folder with a plugin that builds and passes its test as it stands.",
      discussion: """
        Example:
          nhan plugin new shout --kind normalizer --language swift
          cd shout && make test
        """)

    enum Language: String, ExpressibleByArgument, CaseIterable {
      case swift, c
    }

    @Argument(
      help:
        "The plugin's name: lower-case letters, digits, hyphens; also the new folder's, unless --output says another."
    )
    var name: String
    @Option(name: .long, help: "normalizer, features or classifier.")
    var kind: String
    @Option(name: .long, help: "swift or c.")
    var language: Language
    @Option(name: .long, help: "The folder to make.")
    var output: String?
    @Option(
      name: .long,
      help:
        "The kit, which has the header and the Swift package: Kit in a checkout of this project, share/nhan/Kit of an installation. Default: this program's own."
    )
    var kit: String?

    func run() throws {
      guard let stageKind = StageKind(rawValue: kind) else {
        let known = StageKind.allCases.map(\.rawValue)
        throw ValidationError("--kind is '\(kind)': \(Suggestion.hint(for: kind, among: known))")
      }
      let folder = output ?? name
      let template = try PluginTemplate(
        name: name, kind: stageKind, language: language == .c ? .c : .swift, program: PluginSearch.program,
        kit: kit)
      try template.write(to: folder)
      Terminal.write("wrote \(folder): build and test it with 'make -C \(folder) test'")
    }
  }

  /// Run by this program itself, in a child: tries a plugin and says on descriptor 3 what came of it.
  struct Examine: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "examine", abstract: "", shouldDisplay: false)

    @Argument var file: String
    @Argument var options: String

    func run() throws { PluginTrial.serve(file, options: options) }
  }

  /// Run by this program itself, in a child: says on descriptor 3 what a plugin offers.
  struct Probe: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "probe", abstract: "", shouldDisplay: false)

    @Argument var file: String

    func run() throws { PluginProbe.serve(file) }
  }
}
