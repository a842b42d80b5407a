/// A value of a configuration file together with where it stands, so that errors can say where.
public struct ConfigNode: Sendable, Equatable {
  /// What a node holds.
  public enum Content: Sendable, Equatable {
    /// Nothing, a Boolean, a number or a string.
    case scalar(JSONValue)
    /// A list.
    case list([ConfigNode])
    /// A mapping, in the file's order.
    case mapping([Entry])
  }

  /// One key of a mapping with its value.
  public struct Entry: Sendable, Equatable {
    /// The key.
    public var key: String
    /// Where the key stands.
    public var place: Place?
    /// The value.
    public var value: ConfigNode

    /// Makes an entry.
    public init(key: String, place: Place?, value: ConfigNode) {
      self.key = key
      self.place = place
      self.value = value
    }
  }

  /// The value.
  public var content: Content
  /// Where it stands; `nil` when it does not come from a file.
  public var place: Place?
  /// A scalar as the file has it, without quotes: `1.10` for a number that is 1.1.
  public var source: String?

  /// Makes a node.
  public init(_ content: Content, at place: Place? = nil, source: String? = nil) {
    self.content = content
    self.place = place
    self.source = source
  }

  /// A node for a JSON value, for instance from a model's metadata; nothing in it has a place of its own.
  public init(json: JSONValue, at place: Place? = nil) {
    switch json {
    case .array(let elements):
      self.init(.list(elements.map { ConfigNode(json: $0, at: place) }), at: place)
    case .object(let members):
      let entries = members.map {
        Entry(key: $0.key, place: place, value: ConfigNode(json: $0.value, at: place))
      }
      self.init(.mapping(entries), at: place)
    default: self.init(.scalar(json), at: place)
    }
  }

  /// The value without its places.
  public var json: JSONValue {
    switch content {
    case .scalar(let value): value
    case .list(let nodes): .array(nodes.map(\.json))
    case .mapping(let entries): .object(entries.map { ($0.key, $0.value.json) })
    }
  }

  /// The entries, if it is a mapping.
  public var mapping: [Entry]? { if case .mapping(let entries) = content { entries } else { nil } }
  /// The elements, if it is a list.
  public var list: [ConfigNode]? { if case .list(let nodes) = content { nodes } else { nil } }
}
