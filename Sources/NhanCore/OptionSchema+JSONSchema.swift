extension OptionSchema {
  /// Reads the JSON Schema of a stage's options: an object with `properties`, `required`, `default`, `description`.
  ///
  /// Of a property's own schema `type`, `enum`, `minimum`, `maximum`, `items`, `minItems`, `properties` and
  /// `additionalProperties` are understood; a property with other keywords takes any value, and the stage judges it.
  /// - Throws: `NhanError` (failure) for a schema that is no object of properties or whose default it does not allow.
  public init(jsonSchema schema: JSONValue, of owner: String) throws(NhanError) {
    func failure(_ message: String) -> NhanError {
      NhanError(
        .failure, code: "bad-plugin-schema", "the options schema of \(owner) \(message)",
        hint: "this is a mistake in the plugin")
    }
    guard schema.objectValue != nil, schema["type"]?.stringValue ?? "object" == "object" else {
      throw failure("is \(schema.kindName), expected an object of type 'object'")
    }
    guard let properties = (schema["properties"] ?? .object([])).objectValue else {
      throw failure("has 'properties' that are no object")
    }
    let required = (schema["required"]?.arrayValue ?? []).compactMap(\.stringValue)
    var options: [OptionDescription] = []
    for (name, property) in properties {
      if name == "use" { throw failure("has a property 'use', which names the stage") }
      var option = OptionDescription(
        name, OptionType(jsonSchema: property), default: property["default"],
        property["description"]?.stringValue ?? "")
      option.isOptional = option.defaultValue == nil && !required.contains(name)
      if let value = option.defaultValue {
        do throws(NhanError) {
          option.defaultValue = try option.type.check(
            ConfigNode(json: value), path: "the default of '\(name)'")
        } catch { throw failure("contradicts itself: \(error.message)") }
      }
      options.append(option)
    }
    self.options = options
    source = schema
  }
}

extension OptionType {
  private static let understood: Set<String> = [
    "type", "enum", "minimum", "maximum", "items", "minItems", "properties", "additionalProperties",
    "default",
    "description", "title", "examples",
  ]

  /// The type that a property's JSON Schema describes.
  init(jsonSchema schema: JSONValue) {
    let keys = (schema.objectValue ?? []).map(\.key)
    self =
      keys.allSatisfy(Self.understood.contains) ? Self.understanding(schema) ?? .any(schema) : .any(schema)
  }

  private static func understanding(_ schema: JSONValue) -> OptionType? {
    if let words = schema["enum"]?.arrayValue {
      let strings = words.compactMap(\.stringValue)
      return strings.count == words.count ? .choice(strings) : nil
    }
    switch schema["type"]?.stringValue {
    case "boolean": return .boolean
    case "string": return .string
    case "integer":
      let least = schema["minimum"]?.intValue ?? .min
      let most = schema["maximum"]?.intValue ?? .max
      return least <= most ? .integer(least...most) : nil
    case "number":
      let least = schema["minimum"]?.doubleValue ?? -.infinity
      let most = schema["maximum"]?.doubleValue ?? .infinity
      return least <= most ? .number(least...most) : nil
    case "array":
      guard let items = schema["items"] else { return nil }
      return .list(OptionType(jsonSchema: items), minimum: schema["minItems"]?.intValue ?? 0)
    case "object":
      guard schema["properties"] == nil, let values = schema["additionalProperties"],
        values.objectValue != nil
      else { return nil }
      return .map(OptionType(jsonSchema: values), keys: nil)
    default: return nil
    }
  }
}
