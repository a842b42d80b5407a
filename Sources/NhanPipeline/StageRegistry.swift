import NhanCore
import NhanPlugins
import NhanStages

/// Finds stages by the names that configurations use.
public struct StageRegistry: Sendable {
  /// The normalizers known.
  public var normalizers: [StageFactory<any Normalizer>]
  /// The feature extractors known.
  public var extractors: [StageFactory<any FeatureExtractor>]
  /// The classifiers known.
  public var classifiers: [StageFactory<any Classifier>]
  /// Why stages may be missing, for messages.
  var absence: String?

  /// The stages that come with the library.
  public static let builtIn = StageRegistry(
    normalizers: BuiltInStages.normalizers + [ProgramStages.normalizer],
    extractors: BuiltInStages.extractors + [ProgramStages.extractor], classifiers: BuiltInStages.classifiers)

  /// Those that run in this process and come with the library: for `--no-plugins`.
  static let withoutPrograms: StageRegistry = {
    var registry = StageRegistry(
      normalizers: BuiltInStages.normalizers, extractors: BuiltInStages.extractors,
      classifiers: BuiltInStages.classifiers)
    registry.absence = "plugins and programs are switched off by --no-plugins"
    return registry
  }()

  /// Whether there is a stage of a kind and name.
  func knows(_ stage: (kind: StageKind, name: String)) -> Bool {
    switch stage.kind {
    case .normalizer: normalizers.contains { $0.name == stage.name }
    case .features: extractors.contains { $0.name == stage.name }
    case .classifier: classifiers.contains { $0.name == stage.name }
    }
  }

  /// The registry with the stages of plugins. A stage whose name is taken is left out and reported.
  func adding(_ libraries: [PluginLibrary], report: (NhanError) -> Void) -> StageRegistry {
    var result = self
    func taken(_ library: PluginLibrary, _ name: String) -> NhanError {
      NhanError(
        .failure, code: "duplicate-stage",
        "plugin \(library.identity.id) \(library.identity.version) offers '\(name)', which is the name of a built-in stage",
        at: Place(file: library.identity.file), hint: "it is left out: give it another name")
    }
    for library in libraries {
      for stage in library.description.stages where knows((stage.kind, stage.name)) {
        report(taken(library, stage.name))
      }
      result.normalizers += library.normalizers.filter { !knows((.normalizer, $0.name)) }
      result.extractors += library.extractors.filter { !knows((.features, $0.name)) }
      result.classifiers += library.classifiers.filter { !knows((.classifier, $0.name)) }
    }
    return result
  }

  /// The plugin of an id, if one of the stages comes from it.
  func plugin(_ id: String) -> PluginIdentity? {
    (normalizers.compactMap(\.plugin) + extractors.compactMap(\.plugin) + classifiers.compactMap(\.plugin))
      .first { $0.id == id }
  }

  /// The stage called `name`.
  /// - Throws: `NhanError` (usage) that lists what exists and suggests the nearest.
  func find<Product>(
    _ name: String, in factories: [StageFactory<Product>], kind: StageKind, at place: Place?
  ) throws(NhanError) -> StageFactory<Product> {
    if let factory = factories.first(where: { $0.name == name }) { return factory }
    throw NhanError(
      .usage, code: "unknown-stage", "unknown \(kind.title) '\(name)'", at: place,
      hint: Suggestion.hint(for: name, among: factories.map(\.name)) + (absence.map { "; " + $0 } ?? ""))
  }
}

extension StageKind {
  /// What it is called in messages.
  var title: String {
    switch self {
    case .normalizer: "normalizer"
    case .features: "feature extractor"
    case .classifier: "classifier"
    }
  }
}
