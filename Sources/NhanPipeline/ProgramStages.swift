import NhanCore
import NhanPlugins

/// The stages `program`: any executable as a normalizer or feature extractor.
enum ProgramStages {
  /// What configurations call them.
  static let name = "program"

  static let normalizer = StageFactory<any Normalizer>(
    name: name, summary: "a program that reads and writes JSON lines: see docs/plugins.md",
    options: OptionSchema(ProgramSettings.options)
  ) { ProgramNormalizer(ProgramSettings($0)) }

  static let extractor = StageFactory<any FeatureExtractor>(
    name: name,
    summary: "a program that reads texts and writes features as JSON lines: see docs/plugins.md",
    options: OptionSchema(
      ProgramSettings.options + [
        OptionDescription(
          "minimum-documents", .integer(1...1_000_000), default: .integer(2),
          "leave out features of fewer documents")
      ])
  ) { ProgramExtractor(ProgramSettings($0), minimumDocuments: $0.int("minimum-documents")) }
}
