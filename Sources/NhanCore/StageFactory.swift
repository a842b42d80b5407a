/// A kind of stage that a configuration can name: what it is called, what options it takes, how it is made.
public struct StageFactory<Product: Sendable>: Sendable {
  /// The name in the configuration: `unicode`.
  public let name: String
  /// One sentence on what it does.
  public let summary: String
  /// The options it takes.
  public let options: OptionSchema
  /// How many threads may run it at once.
  public let concurrency: StageConcurrency
  /// The plugin it comes from; `nil` for a built-in stage.
  public let plugin: PluginIdentity?
  /// Makes a stage of validated options.
  public let make: @Sendable (OptionValues) throws -> Product

  /// Describes a kind of stage.
  public init(
    name: String, summary: String, options: OptionSchema, concurrency: StageConcurrency = .parallel,
    plugin: PluginIdentity? = nil, make: @escaping @Sendable (OptionValues) throws -> Product
  ) {
    self.name = name
    self.summary = summary
    self.options = options
    self.concurrency = concurrency
    self.plugin = plugin
    self.make = make
  }
}

/// How many threads may run a stage at once.
public enum StageConcurrency: String, Sendable, CaseIterable {
  /// Any number, all with one instance.
  case parallel
  /// Any number, each with an instance of its own.
  case perThread = "per-thread"
  /// One: such a stage serializes a run.
  case serial
}

/// Which plugin exactly a stage comes from.
public struct PluginIdentity: Sendable, Hashable {
  /// What the plugin calls itself.
  public var id: String
  /// The version it states.
  public var version: String
  /// The SHA-256 of its file, in lower-case hexadecimal.
  public var digest: String
  /// The file it was loaded from.
  public var file: String

  /// Makes an identity.
  public init(id: String, version: String, digest: String, file: String) {
    self.id = id
    self.version = version
    self.digest = digest
    self.file = file
  }
}
