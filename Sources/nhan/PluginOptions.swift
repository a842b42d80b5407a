import ArgumentParser
import Nhan

/// `--plugins`, `--no-plugins`, `--allow-plugin-mismatch`.
struct PluginOptions: ParsableArguments {
  @Option(
    name: .customLong("plugins"),
    help: ArgumentHelp(
      "Also search this folder for plugins; may be given several times.", valueName: "folder"))
  var folders: [String] = []
  @Flag(name: .customLong("no-plugins"), help: "Use built-in stages only: no plugins, no programs.")
  var none = false
  @Flag(
    name: .customLong("allow-plugin-mismatch"),
    help: "Use a model with other plugins or programs than it was trained with.")
  var allowMismatch = false

  /// Where stages come from. Each plugin that cannot be used is reported once.
  var source: StageSource {
    HostTable.setLog { Terminal.write("plugin: \($0)") }
    var source = StageSource()
    source.folders = folders
    source.usesPlugins = !none
    source.allowsMismatch = allowMismatch
    source.probe = Self.probe
    source.report = { Terminal.warn("\($0)") }
    return source
  }

  /// This program, which looks at a plugin in a process of its own.
  static var probe: PluginProbe { PluginProbe(command: [PluginSearch.program, "plugin", "probe"]) }
}
