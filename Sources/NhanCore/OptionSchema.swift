/// The type of an option: what values it takes. One description serves validation, defaults, error messages
/// and the JSON Schema.
public indirect enum OptionType: Sendable {
  /// `true` or `false`.
  case boolean
  /// A whole number in a range.
  case integer(ClosedRange<Int>)
  /// A number in a range.
  case number(ClosedRange<Double>)
  /// Any string.
  case string
  /// One of some words.
  case choice([String])
  /// A list of values of one type, with at least some elements.
  case list(OptionType, minimum: Int)
  /// A mapping with values of one type; `keys` lists the only keys allowed, if there is such a list.
  case map(OptionType, keys: [String]?)
  /// Any value: the stage checks it itself. The JSON Schema says what it takes.
  case any(JSONValue)
}

/// One option of a stage.
public struct OptionDescription: Sendable {
  /// Its key in the configuration.
  public var name: String
  /// What values it takes.
  public var type: OptionType
  /// Its value when it is not given; `nil` when it must be given.
  public var defaultValue: JSONValue?
  /// One sentence on what it does.
  public var summary: String
  /// Whether it may be left out without a default; the stage then does not see it.
  public var isOptional = false

  /// Describes an option.
  public init(_ name: String, _ type: OptionType, default defaultValue: JSONValue?, _ summary: String) {
    self.name = name
    self.type = type
    self.defaultValue = defaultValue
    self.summary = summary
  }
}

/// All options of a stage (or of a section of the configuration).
public struct OptionSchema: Sendable {
  /// The options, in the order in which they are documented.
  public var options: [OptionDescription]
  /// The JSON Schema that it was read from, if it was: published as it is.
  var source: JSONValue?

  /// Makes a schema.
  public init(_ options: [OptionDescription]) { self.options = options }

  /// Checks the entries of a mapping against the schema and fills in the defaults.
  /// - Parameter owner: what the options belong to, for messages: `normalizer 'unicode'`.
  /// - Throws: `NhanError` (usage) for an unknown or missing option or a value of the wrong type or range.
  public func validate(_ entries: [ConfigNode.Entry], of owner: String, at place: Place?) throws(NhanError)
    -> OptionValues
  {
    let names = options.map(\.name)
    var values: [String: JSONValue] = [:]
    for entry in entries {
      guard let option = options.first(where: { $0.name == entry.key }) else {
        throw NhanError(
          .usage, code: "unknown-option", "unknown option '\(entry.key)' of \(owner)", at: entry.place,
          hint: Suggestion.hint(for: entry.key, among: names))
      }
      if values[entry.key] != nil {
        throw NhanError(
          .usage, code: "duplicate-option", "option '\(entry.key)' of \(owner) is given twice",
          at: entry.place,
          hint: "keep one of the two")
      }
      values[entry.key] = try option.type.check(entry.value, path: "'\(entry.key)' of \(owner)")
    }
    for option in options where values[option.name] == nil {
      guard let value = option.defaultValue else {
        if option.isOptional { continue }
        throw NhanError(
          .usage, code: "missing-option", "\(owner) needs the option '\(option.name)': \(option.summary)",
          at: place, hint: "give \(option.type.expectation)")
      }
      values[option.name] = value
    }
    return OptionValues(values: values, order: names)
  }

  /// The JSON Schema (draft 2020-12) of the options' mapping: its `properties` and `required` members.
  public var jsonSchemaMembers: [(key: String, value: JSONValue)] {
    if let source {
      return [
        ("properties", source["properties"] ?? .object([])), ("required", source["required"] ?? .array([])),
      ]
    }
    let properties = options.map { option in
      var schema = option.type.jsonSchema
      schema.append(("description", .string(option.summary)))
      if let value = option.defaultValue { schema.append(("default", value)) }
      return (key: option.name, value: JSONValue.object(schema))
    }
    let required = options.filter { $0.defaultValue == nil }.map { JSONValue.string($0.name) }
    return [("properties", .object(properties)), ("required", .array(required))]
  }
}

extension OptionType {
  /// What it takes, in words: `a whole number from 1 to 8`.
  public var expectation: String {
    switch self {
    case .boolean: "true or false"
    case .integer(let range): "a whole number \(Self.words(for: range, from: .min, to: .max))"
    case .number(let range): "a number \(Self.words(for: range, from: -.infinity, to: .infinity))"
    case .string: "a string"
    case .choice(let words): "one of " + words.joined(separator: ", ")
    case .list(let type, let minimum):
      "a list of" + (minimum > 0 ? " at least \(minimum)" : "") + ", each \(type.expectation)"
    case .map(let type, let keys):
      "a mapping" + (keys.map { " of " + $0.joined(separator: ", ") } ?? "") + ", each to \(type.expectation)"
    case .any: "a value that the stage's schema allows"
    }
  }

  private static func words<Bound>(for range: ClosedRange<Bound>, from least: Bound, to most: Bound) -> String
  {
    switch (range.lowerBound == least, range.upperBound == most) {
    case (true, true): "of any size"
    case (true, false): "of at most \(range.upperBound)"
    case (false, true): "of at least \(range.lowerBound)"
    case (false, false): "from \(range.lowerBound) to \(range.upperBound)"
    }
  }

  /// The value of `node` if the type takes it.
  func check(_ node: ConfigNode, path: String) throws(NhanError) -> JSONValue {
    func mismatch() -> NhanError {
      let found: String =
        switch node.json {
        case .string(let text): "'\(text)'"
        case .integer(let number): "\(number)"
        case .double(let number): "\(number)"
        case .bool(let value): "\(value)"
        default: node.json.kindName
        }
      return NhanError(
        .usage, code: "bad-option", "\(path) is \(found), expected \(expectation)", at: node.place,
        hint: closeMatch(to: node.json))
    }
    switch (self, node.content) {
    case (.boolean, .scalar(.bool)): return node.json
    case (.integer(let range), .scalar(let value)):
      guard let number = value.intValue, range.contains(number) else { throw mismatch() }
      return .integer(number)
    case (.number(let range), .scalar(let value)):
      guard let number = value.doubleValue, number.isFinite, range.contains(number) else { throw mismatch() }
      return .double(number)
    case (.string, .scalar(.string)): return node.json
    case (.any, _): return node.json
    case (.choice(let words), .scalar(.string(let word))):
      guard words.contains(word) else { throw mismatch() }
      return node.json
    case (.list(let type, let minimum), .list(let nodes)):
      guard nodes.count >= minimum else { throw mismatch() }
      var elements: [JSONValue] = []
      for (index, node) in nodes.enumerated() {
        elements.append(try type.check(node, path: "element \(index + 1) of \(path)"))
      }
      return .array(elements)
    case (.map(let type, let keys), .mapping(let entries)):
      var members: [(key: String, value: JSONValue)] = []
      for entry in entries {
        if let keys, !keys.contains(entry.key) {
          throw NhanError(
            .usage, code: "unknown-option", "unknown key '\(entry.key)' in \(path)", at: entry.place,
            hint: Suggestion.hint(for: entry.key, among: keys))
        }
        members.append((entry.key, try type.check(entry.value, path: "'\(entry.key)' in \(path)")))
      }
      return .object(members)
    default: throw mismatch()
    }
  }

  private func closeMatch(to value: JSONValue) -> String? {
    guard case .choice(let words) = self, case .string(let word) = value else { return nil }
    return Suggestion.nearest(to: word, among: words).map { "did you mean '\($0)'?" }
  }

  var jsonSchema: [(key: String, value: JSONValue)] {
    switch self {
    case .boolean: return [("type", .string("boolean"))]
    case .integer(let range):
      var schema: [(key: String, value: JSONValue)] = [("type", .string("integer"))]
      if range.lowerBound != .min { schema.append(("minimum", .integer(range.lowerBound))) }
      if range.upperBound != .max { schema.append(("maximum", .integer(range.upperBound))) }
      return schema
    case .number(let range):
      var schema: [(key: String, value: JSONValue)] = [("type", .string("number"))]
      if range.lowerBound.isFinite { schema.append(("minimum", .double(range.lowerBound))) }
      if range.upperBound.isFinite { schema.append(("maximum", .double(range.upperBound))) }
      return schema
    case .string: return [("type", .string("string"))]
    case .any(let schema): return schema.objectValue ?? []
    case .choice(let words): return [("enum", .array(words.map { .string($0) }))]
    case .list(let type, let minimum):
      return [
        ("type", .string("array")), ("items", .object(type.jsonSchema)), ("minItems", .integer(minimum)),
      ]
    case .map(let type, let keys):
      guard let keys else {
        return [("type", .string("object")), ("additionalProperties", .object(type.jsonSchema))]
      }
      return [
        ("type", .string("object")),
        ("properties", .object(keys.map { ($0, .object(type.jsonSchema)) })),
        ("additionalProperties", .bool(false)),
      ]
    }
  }
}

/// The validated options of a stage: every declared option has a value of its type.
///
/// Reading an option that the schema does not declare, or as another type, is a mistake in the stage and traps.
public struct OptionValues: Sendable {
  private var values: [String: JSONValue]
  private var order: [String]

  init(values: [String: JSONValue], order: [String]) {
    self.values = values
    self.order = order
  }

  private func value<Value>(_ name: String, as read: (JSONValue) -> Value?) -> Value {
    guard let value = values[name] else { preconditionFailure("option '\(name)' is not declared") }
    guard let result = read(value) else { preconditionFailure("option '\(name)' is \(value.kindName)") }
    return result
  }

  /// A Boolean option.
  public func bool(_ name: String) -> Bool { value(name) { $0.boolValue } }
  /// A whole-number option.
  public func int(_ name: String) -> Int { value(name) { $0.intValue } }
  /// A number option.
  public func double(_ name: String) -> Double { value(name) { $0.doubleValue } }
  /// A string or choice option.
  public func string(_ name: String) -> String { value(name) { $0.stringValue } }
  /// A list of whole numbers.
  public func ints(_ name: String) -> [Int] { value(name) { $0.arrayValue?.compactMap(\.intValue) } }
  /// A list of strings.
  public func strings(_ name: String) -> [String] { value(name) { $0.arrayValue?.compactMap(\.stringValue) } }
  /// A mapping to numbers.
  public func doubles(_ name: String) -> [String: Double] {
    value(name) { value in
      value.objectValue.map { members in
        Dictionary(members.compactMap { member in member.value.doubleValue.map { (member.key, $0) } }) { $1 }
      }
    }
  }
  /// Any option as JSON.
  public func json(_ name: String) -> JSONValue { value(name) { $0 } }
  /// All options that have a value, in the order of the schema.
  public var json: JSONValue { .object(order.compactMap { name in values[name].map { (name, $0) } }) }
}
