@_exported import CNhanPlugin
@_exported import NhanCore

/// A plugin written in Swift: stages that conform to the same protocols as built-in ones, as a table in C.
///
///     let plugin = Plugin(id: "shouting", version: "1.0.0", [
///       .normalizer(name: "shout", summary: "Everything in capitals.") { _ in Shout() }
///     ])
///
///     @c @implementation
///     public func nhan_plugin_entry() -> UnsafePointer<nhan_plugin>? { plugin.table }
public final class Plugin: @unchecked Sendable {
  // Sendable: the table is written once, in init, and lives until the process ends.

  /// What `nhan_plugin_entry` returns.
  public let table: UnsafePointer<nhan_plugin>?

  /// Makes a plugin's table. It is never freed, since the host keeps it until the process ends.
  /// - Parameters:
  ///   - id: what models record, in one word.
  ///   - version: what models record.
  public init(id: String, version: String, _ stages: [ExportedStage]) {
    let pointers = UnsafeMutablePointer<UnsafePointer<nhan_stage>?>.allocate(capacity: max(1, stages.count))
    for (index, stage) in stages.enumerated() {
      (pointers + index).initialize(to: Export.table(of: stage))
    }
    let table = UnsafeMutablePointer<nhan_plugin>.allocate(capacity: 1)
    table.initialize(
      to: nhan_plugin(
        magic: NHAN_PLUGIN_MAGIC, abi_version: NHAN_PLUGIN_ABI,
        size: UInt32(MemoryLayout<nhan_plugin>.size), id: Export.constant(id),
        version: Export.constant(version), stage_count: UInt64(stages.count), stages: UnsafePointer(pointers))
    )
    self.table = UnsafePointer(table)
  }
}

/// A stage that a plugin offers: what a `StageFactory` says, and how many threads may run it.
public struct ExportedStage: Sendable {
  enum Maker: Sendable {
    case normalizer(@Sendable (OptionValues) throws -> any Normalizer)
    case features(@Sendable (OptionValues) throws -> any FeatureExtractor)
    case classifier(@Sendable (OptionValues) throws -> any Classifier)
  }

  let name: String
  let summary: String
  let options: OptionSchema
  let concurrency: StageConcurrency
  let isDeterministic: Bool
  let maker: Maker

  /// A normalizer.
  /// - Parameters:
  ///   - name: what configurations call it: lower-case letters, digits, hyphens.
  ///   - summary: one sentence on what it does.
  ///   - concurrency: how many threads may run it; `.perThread` makes an instance for each.
  ///   - isDeterministic: whether the same input always gives the same output.
  ///   - make: makes it of validated options; an error it throws is shown to the user.
  public static func normalizer(
    name: String, summary: String, options: OptionSchema = OptionSchema([]),
    concurrency: StageConcurrency = .parallel, isDeterministic: Bool = true,
    make: @escaping @Sendable (OptionValues) throws -> any Normalizer
  ) -> ExportedStage {
    ExportedStage(
      name: name, summary: summary, options: options, concurrency: concurrency,
      isDeterministic: isDeterministic, maker: .normalizer(make))
  }

  /// A feature extractor; parameters as of `normalizer`.
  public static func features(
    name: String, summary: String, options: OptionSchema = OptionSchema([]),
    concurrency: StageConcurrency = .parallel, isDeterministic: Bool = true,
    make: @escaping @Sendable (OptionValues) throws -> any FeatureExtractor
  ) -> ExportedStage {
    ExportedStage(
      name: name, summary: summary, options: options, concurrency: concurrency,
      isDeterministic: isDeterministic, maker: .features(make))
  }

  /// A classifier; parameters as of `normalizer`.
  public static func classifier(
    name: String, summary: String, options: OptionSchema = OptionSchema([]),
    concurrency: StageConcurrency = .parallel, isDeterministic: Bool = true,
    make: @escaping @Sendable (OptionValues) throws -> any Classifier
  ) -> ExportedStage {
    ExportedStage(
      name: name, summary: summary, options: options, concurrency: concurrency,
      isDeterministic: isDeterministic, maker: .classifier(make))
  }
}
