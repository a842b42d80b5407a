import NhanCore

/// The JSON Schema of configuration files, for editors: made of what the registry knows.
public enum ConfigurationSchema {
  /// The schema (draft 2020-12).
  public static func schema(_ registry: StageRegistry) -> JSONValue {
    let strings = JSONValue.object([
      ("type", .string("array")), ("items", .object([("type", .string("string"))])),
    ])
    let labels = JSONValue.object([
      (
        "description",
        .string("the labels with their names for people; without it, those of the training data")
      ),
      (
        "anyOf",
        .array([
          .object([
            ("type", .string("object")),
            ("additionalProperties", .object([("type", .array([.string("string"), .string("null")]))])),
          ]),
          strings,
        ])
      ),
    ])
    return .object([
      ("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
      ("title", .string("Nhãn configuration")),
      ("type", .string("object")),
      ("additionalProperties", .bool(false)),
      ("required", .array([.string("features"), .string("classifier")])),
      (
        "properties",
        .object([
          ("task", .object([("enum", .array(Task.allCases.map { .string($0.rawValue) }))])),
          ("labels", labels),
          ("plugins", strings),
          ("normalizers", list(of: registry.normalizers, minimum: 0)),
          ("features", list(of: registry.extractors, minimum: 1)),
          ("classifier", choice(of: registry.classifiers)),
          ("calibration", section(Configuration.calibrationOptions)),
          ("thresholds", section(Configuration.thresholdOptions)),
          ("validation", section(Configuration.validationOptions)),
        ])
      ),
    ])
  }

  private static func list<Product>(of factories: [StageFactory<Product>], minimum: Int) -> JSONValue {
    .object([
      ("type", .string("array")), ("minItems", .integer(minimum)), ("items", choice(of: factories)),
    ])
  }

  private static func choice<Product>(of factories: [StageFactory<Product>]) -> JSONValue {
    .object([("oneOf", .array(factories.map(stage)))])
  }

  private static func stage<Product>(_ factory: StageFactory<Product>) -> JSONValue {
    let members = factory.options.jsonSchemaMembers
    let use = (key: "use", value: JSONValue.object([("const", .string(factory.name))]))
    let properties = members.first { $0.key == "properties" }?.value.objectValue ?? []
    let required = members.first { $0.key == "required" }?.value.arrayValue ?? []
    return .object([
      ("title", .string(factory.name)),
      ("description", .string(factory.summary)),
      ("type", .string("object")),
      ("properties", .object([use] + properties)),
      ("required", .array([.string("use")] + required)),
      ("additionalProperties", .bool(false)),
    ])
  }

  private static func section(_ options: OptionSchema) -> JSONValue {
    .object(
      [("type", .string("object"))] + options.jsonSchemaMembers + [("additionalProperties", .bool(false))])
  }
}
