import NhanCore

/// What a plugin offers, as it says itself: read in a child process, carried over as JSON.
public struct PluginDescription: Sendable, Equatable {
  /// One stage of a plugin.
  public struct Stage: Sendable, Equatable {
    /// What configurations call it.
    public var name: String
    /// Normalizer, feature extractor or classifier.
    public var kind: StageKind
    /// One sentence on what it does.
    public var summary: String
    /// How many threads may run it.
    public var concurrency: StageConcurrency
    /// Whether the same input and options always give the same output.
    public var isDeterministic: Bool
    /// The JSON Schema of its options.
    public var schema: JSONValue
  }

  /// What the plugin calls itself.
  public var id: String
  /// The version it states.
  public var version: String
  /// The version of the interface that it was built with.
  public var abi: Int
  /// Its stages.
  public var stages: [Stage]

  /// As JSON.
  public var json: JSONValue {
    .object([
      ("id", .string(id)), ("version", .string(version)), ("abi", .integer(abi)),
      (
        "stages",
        .array(
          stages.map {
            .object([
              ("name", .string($0.name)), ("kind", .string($0.kind.rawValue)),
              ("summary", .string($0.summary)), ("concurrency", .string($0.concurrency.rawValue)),
              ("deterministic", .bool($0.isDeterministic)), ("options", $0.schema),
            ])
          })
      ),
    ])
  }

  init(id: String, version: String, abi: Int, stages: [Stage]) {
    self.id = id
    self.version = version
    self.abi = abi
    self.stages = stages
  }

  /// Reads what `json` gives; `nil` for anything else.
  init?(_ json: JSONValue) {
    guard let id = json["id"]?.stringValue, let version = json["version"]?.stringValue,
      let abi = json["abi"]?.intValue, let stages = json["stages"]?.arrayValue
    else { return nil }
    self.init(id: id, version: version, abi: abi, stages: [])
    for stage in stages {
      guard let name = stage["name"]?.stringValue,
        let kind = stage["kind"]?.stringValue.flatMap(StageKind.init(rawValue:)),
        let concurrency = stage["concurrency"]?.stringValue.flatMap(StageConcurrency.init(rawValue:)),
        let deterministic = stage["deterministic"]?.boolValue, let schema = stage["options"]
      else { return nil }
      self.stages.append(
        Stage(
          name: name, kind: kind, summary: stage["summary"]?.stringValue ?? "", concurrency: concurrency,
          isDeterministic: deterministic, schema: schema))
    }
  }
}
