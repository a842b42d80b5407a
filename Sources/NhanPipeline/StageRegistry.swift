import NhanCore
import NhanStages

/// Finds stages by the names that configurations use.
public struct StageRegistry: Sendable {
  /// The normalizers known.
  public var normalizers: [StageFactory<any Normalizer>]
  /// The feature extractors known.
  public var extractors: [StageFactory<any FeatureExtractor>]
  /// The classifiers known.
  public var classifiers: [StageFactory<any Classifier>]

  /// The stages that come with the library.
  public static let builtIn = StageRegistry(
    normalizers: BuiltInStages.normalizers, extractors: BuiltInStages.extractors,
    classifiers: BuiltInStages.classifiers)

  /// The stage called `name`.
  /// - Throws: `NhanError` (usage) that lists what exists and suggests the nearest.
  func find<Product>(
    _ name: String, in factories: [StageFactory<Product>], kind: StageKind, at place: Place?
  ) throws(NhanError) -> StageFactory<Product> {
    if let factory = factories.first(where: { $0.name == name }) { return factory }
    throw NhanError(
      .usage, code: "unknown-stage", "unknown \(kind.title) '\(name)'", at: place,
      hint: Suggestion.hint(for: name, among: factories.map(\.name)))
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
