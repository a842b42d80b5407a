import NhanCore
import NhanPlugins

/// Where the stages of a configuration or model come from: those built in, and plugins when one is named.
public struct StageSource: Sendable {
  /// Folders searched for plugins before the installation's own; `NHAN_PLUGIN_PATH` and those of the configuration are
  /// searched besides.
  public var folders: [String] = []
  /// Whether plugins and programs may be used at all.
  public var usesPlugins = true
  /// Whether a model may be used with other plugins than it was trained with.
  public var allowsMismatch = false
  /// Looks at plugins before they are opened.
  public var probe: PluginProbe?
  /// Is told of plugins that were found and cannot be used.
  public var report: @Sendable (NhanError) -> Void = { _ in }

  /// Only stages that are built in, and plugins of `NHAN_PLUGIN_PATH` and the configuration.
  public init() {}

  /// The plugins found in all folders.
  /// - Parameter configured: the folders of the configuration.
  public func plugins(configured: [String] = []) -> PluginSearch.Result {
    guard usesPlugins else { return PluginSearch.Result() }
    let named =
      configured.map { PluginSearch.Folder($0, isNamed: false) } + folders.map { PluginSearch.Folder($0) }
    let search = PluginSearch(
      folders: named + PluginSearch.environmentFolders()
        + PluginSearch.installationFolders(program: PluginSearch.program),
      probe: probe)
    return search.find()
  }

  /// The stages for a configuration: those built in if they suffice, else also those of plugins.
  /// - Parameter base: the folder that its plugin folders are relative to.
  func registry(for node: ConfigNode, base: String) -> StageRegistry {
    let known = usesPlugins ? StageRegistry.builtIn : .withoutPrograms
    guard Self.names(in: node).contains(where: { !known.knows($0) }) else { return known }
    return registry(configured: Self.folders(in: node, base: base))
  }

  /// All stages: those built in and those of all plugins found.
  public func registry(configured: [String] = []) -> StageRegistry {
    guard usesPlugins else { return .withoutPrograms }
    let found = plugins(configured: configured)
    found.problems.forEach(report)
    return StageRegistry.builtIn.adding(found.libraries, report: report)
  }

  /// The names of all stages that a configuration uses.
  static func names(in node: ConfigNode) -> [(kind: StageKind, name: String)] {
    (node.mapping ?? []).flatMap { entry -> [(kind: StageKind, name: String)] in
      let kind: StageKind
      switch entry.key {
      case "normalizers": kind = .normalizer
      case "features": kind = .features
      case "classifier": kind = .classifier
      default: return []
      }
      return (entry.value.list ?? [entry.value]).compactMap { stage in
        stage.mapping?.first { $0.key == "use" }?.value.json.stringValue.map { (kind, $0) }
      }
    }
  }

  private static func folders(in node: ConfigNode, base: String) -> [String] {
    let entry = node.mapping?.first { $0.key == "plugins" }
    return (entry?.value.list ?? []).compactMap(\.json.stringValue).map {
      $0.hasPrefix("/") || base.isEmpty ? $0 : base + "/" + $0
    }
  }
}

/// A plugin that a model was trained with.
struct RecordedPlugin: Sendable, Hashable {
  var id: String
  var version: String
  var digest: String
  var stages: [String]

  var json: JSONValue {
    .object([
      ("id", .string(id)), ("version", .string(version)), ("sha256", .string(digest)),
      ("stages", .array(stages.map { .string($0) })),
    ])
  }

  init?(_ json: JSONValue) {
    guard let id = json["id"]?.stringValue, let version = json["version"]?.stringValue,
      let digest = json["sha256"]?.stringValue
    else { return nil }
    self.id = id
    self.version = version
    self.digest = digest
    stages = (json["stages"]?.arrayValue ?? []).compactMap(\.stringValue)
  }

  init(_ identity: PluginIdentity, stages: [String]) {
    id = identity.id
    version = identity.version
    digest = identity.digest
    self.stages = stages
  }

  /// The plugins that a configuration's stages come from, in the order of their ids.
  static func all(of configuration: Configuration) -> [RecordedPlugin] {
    var stages: [PluginIdentity: Set<String>] = [:]
    for stage in configuration.stages {
      if let plugin = stage.plugin { stages[plugin, default: []].insert(stage.name) }
    }
    return stages.map { RecordedPlugin($0.key, stages: $0.value.sorted()) }.sorted { $0.id < $1.id }
  }

  /// Checks the plugins found against those that a model records.
  /// - Throws: `NhanError` (failure): `missing-plugin` or `plugin-mismatch`, with both sides.
  static func check(
    _ recorded: [RecordedPlugin], against registry: StageRegistry, source: StageSource, at place: Place
  ) throws(NhanError) {
    let missing = recorded.filter { registry.plugin($0.id) == nil }
    guard missing.isEmpty else {
      let list = missing.map { "\($0.id) \($0.version) (\($0.stages.joined(separator: ", ")))" }
      throw NhanError(
        .failure, code: "missing-plugin",
        "the model needs the plugin\(list.count == 1 ? "" : "s") \(list.joined(separator: ", "))"
          + (source.usesPlugins ? ", which no folder has" : ", but --no-plugins switches plugins off"),
        at: place,
        hint: source.usesPlugins
          ? "name the folder with --plugins or NHAN_PLUGIN_PATH, or in the configuration"
          : "leave out --no-plugins, or use a model of built-in stages")
    }
    guard !source.allowsMismatch else { return }
    for plugin in recorded {
      guard let found = registry.plugin(plugin.id), found.digest != plugin.digest else { continue }
      throw NhanError(
        .failure, code: "plugin-mismatch",
        "the model was trained with plugin \(plugin.id) \(plugin.version), SHA-256 \(plugin.digest.prefix(16))…; "
          + "\(found.file) is version \(found.version), SHA-256 \(found.digest.prefix(16))…",
        at: place, hint: "train again, use the plugin it was trained with, or give --allow-plugin-mismatch")
    }
  }
}
