import NhanCore
import NhanCorpus

/// A label and what people call it.
public struct Label: Sendable, Hashable {
  /// The key in files: `seas-islands`.
  public var key: String
  /// The name for people: `Biển, đảo`; the key if none was given.
  public var name: String

  /// Makes a label.
  public init(key: String, name: String? = nil) {
    self.key = key
    self.name = name ?? key
  }
}

/// One stage as the configuration names it, with all its options.
public struct StageConfiguration: Sendable {
  /// The stage's name.
  public var name: String
  /// Its validated options.
  public var options: OptionValues
  /// Where it stands in the configuration.
  public var place: Place?
  /// How many threads may run it at once.
  public var concurrency = StageConcurrency.parallel
  /// The plugin it comes from; `nil` for a built-in stage.
  public var plugin: PluginIdentity?

  /// As JSON, every option with its value.
  var json: JSONValue {
    .object([("use", .string(name))] + (options.json.objectValue ?? []))
  }
}

/// A whole pipeline, described: what a configuration file says, validated.
public struct Configuration: Sendable {
  /// What labels exclude.
  public var task: Task
  /// The labels in their order; empty to take those of the training data.
  public var labels: [Label]
  /// Folders searched for plugins.
  public var plugins: [String]
  /// The normalizers, in the order in which texts pass them.
  public var normalizers: [StageConfiguration]
  /// The feature extractors, side by side.
  public var features: [StageConfiguration]
  /// The classifier.
  public var classifier: StageConfiguration
  /// How scores become probabilities.
  public var calibration: OptionValues
  /// How thresholds are chosen.
  public var thresholds: OptionValues
  /// How cross-validation is done.
  public var validation: OptionValues

  /// What its stages are made with.
  let registry: StageRegistry
  /// The programs that its stages run, as they were found when it was read.
  let programs: [RecordedProgram]

  /// The options of `calibration`.
  static let calibrationOptions = OptionSchema([
    OptionDescription(
      "method", .choice(Calibrator.Method.allCases.map(\.rawValue)), default: .string("auto"),
      "how a label's scores become probabilities in multi-label tasks: platt, a logistic curve; isotonic, any rising "
        + "curve; auto, isotonic for labels with 100 documents or more where cross-validation finds it better"
    )
  ])

  /// The options of `thresholds`.
  static let thresholdOptions = OptionSchema([
    OptionDescription(
      "maximize", .choice(["f1", "f-beta", "none"]), default: .string("f1"),
      "what a label's threshold maximizes in cross-validation; none: every threshold is 0.5"),
    OptionDescription(
      "beta", .number(0.01...100), default: .double(1),
      "recall counts beta times as much as precision, for f-beta"),
    OptionDescription(
      "minimum-precision", .number(0...1), default: .double(0), "only thresholds with at least this precision"
    ),
    OptionDescription(
      "minimum-recall", .number(0...1), default: .double(0), "only thresholds with at least this recall"),
    OptionDescription(
      "resamples", .integer(0...10_000), default: .integer(0),
      "average a label's threshold over so many resamples of the documents, where no minimum is asked for: better for "
        + "labels of few documents; 0: the best threshold for the documents as they are"),
    OptionDescription(
      "worthwhile", .number(0...1), default: .double(0.3),
      "give a label whose best F in cross-validation is below this only where its score is above all seen there"
    ),
  ])

  /// The options of `validation`.
  static let validationOptions = OptionSchema([
    OptionDescription(
      "folds", .integer(0...100), default: .integer(5),
      "parts of the cross-validation; 0 for none: thresholds of 0.5 and scores as they are"),
    OptionDescription(
      "repeats", .integer(1...100), default: .integer(1),
      "do it so many times with other parts; thresholds then depend less on the luck of the deal"),
    OptionDescription(
      "group", .string, default: .string(""),
      "a key of the records' metadata: documents with the same value stay in the same part"),
  ])

  /// Reads a configuration file.
  /// - Throws: `NhanError`: usage for anything wrong in it, failure if it cannot be read.
  public init(file: String, stages: StageSource = StageSource()) throws(NhanError) {
    let bytes = try InputFile.bytes(of: file)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw NhanError(
        .usage, code: "not-utf8", "the configuration is not valid UTF-8", at: Place(file: file),
        hint: "save it as UTF-8")
    }
    let node = try YAMLReader.read(
      text, subject: "the configuration", file: file, failingAs: .usage, code: "bad-yaml")
    let folder = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? ""
    try self.init(node, registry: stages.registry(for: node, base: folder), file: file)
  }

  /// Checks a parsed configuration.
  public init(_ node: ConfigNode, registry: StageRegistry, file: String) throws(NhanError) {
    let sections = try Sections(node, file: file)
    self.registry = registry
    task = try sections.task()
    labels = try sections.labels()
    plugins = try sections.strings("plugins")
    let normalizers = try sections.stages("normalizers", .normalizer, registry.normalizers, registry)
    let features = try sections.stages("features", .features, registry.extractors, registry)
    self.normalizers = normalizers
    self.features = features
    programs = RecordedProgram.all(of: normalizers + features)
    classifier = try sections.classifier(registry)
    calibration = try sections.options("calibration", Self.calibrationOptions)
    thresholds = try sections.options("thresholds", Self.thresholdOptions)
    validation = try sections.options("validation", Self.validationOptions)
    if task == .singleLabel, labels.count == 1 {
      throw NhanError(
        .usage, code: "too-few-labels", "task single-label needs at least two labels, found one",
        at: sections.place("labels"))
    }
  }

  /// All stages, in the order of the data.
  public var stages: [StageConfiguration] { normalizers + features + [classifier] }

  /// The configuration with every default written out, as stored in models.
  public var json: JSONValue {
    .object([
      ("task", .string(task.rawValue)),
      ("labels", .object(labels.map { ($0.key, .string($0.name)) })),
      ("plugins", .array(plugins.map { .string($0) })),
      ("normalizers", .array(normalizers.map(\.json))),
      ("features", .array(features.map(\.json))),
      ("classifier", classifier.json),
      ("calibration", calibration.json),
      ("thresholds", thresholds.json),
      ("validation", validation.json),
    ])
  }
}

/// The top level of a configuration file.
private struct Sections {
  static let names = [
    "task", "labels", "plugins", "normalizers", "features", "classifier", "calibration", "thresholds",
    "validation",
  ]
  let file: String
  let entries: [ConfigNode.Entry]

  init(_ node: ConfigNode, file: String) throws(NhanError) {
    self.file = file
    guard let entries = node.mapping else {
      throw NhanError(
        .usage, code: "bad-configuration", "the configuration is \(node.json.kindName), expected a mapping",
        at: node.place ?? Place(file: file), hint: "begin with task:, labels:, features:, classifier:")
    }
    for entry in entries where !Self.names.contains(entry.key) {
      throw NhanError(
        .usage, code: "unknown-key", "unknown key '\(entry.key)'", at: entry.place,
        hint: Suggestion.hint(for: entry.key, among: Self.names))
    }
    self.entries = entries
  }

  func entry(_ name: String) -> ConfigNode.Entry? { entries.first { $0.key == name } }
  func place(_ name: String) -> Place { entry(name)?.place ?? Place(file: file) }

  func mismatch(_ entry: ConfigNode.Entry, _ expected: String) -> NhanError {
    NhanError(
      .usage, code: "bad-configuration",
      "'\(entry.key)' is \(entry.value.json.kindName), expected \(expected)",
      at: entry.value.place ?? entry.place)
  }

  func task() throws(NhanError) -> Task {
    guard let entry = entry("task") else { return .multiLabel }
    let names = Task.allCases.map(\.rawValue)
    guard let text = entry.value.json.stringValue else {
      throw mismatch(entry, names.joined(separator: " or "))
    }
    guard let task = Task(rawValue: text) else {
      throw NhanError(
        .usage, code: "unknown-task", "unknown task '\(text)'", at: entry.value.place,
        hint: Suggestion.hint(for: text, among: names))
    }
    return task
  }

  /// The text of a node that is to be a string.
  private func text(_ node: ConfigNode, _ subject: String, expected: String) throws(NhanError) -> String {
    if let text = node.json.stringValue { return text }
    let isOtherScalar = node.mapping == nil && node.list == nil && node.json != .null
    throw NhanError(
      .usage, code: "bad-configuration", "\(subject) is \(node.json.kindName), expected \(expected)",
      at: node.place, hint: isOtherScalar ? "put it in quotes to make it a string" : nil)
  }

  func labels() throws(NhanError) -> [Label] {
    guard let entry = entry("labels") else { return [] }
    var labels: [(label: Label, place: Place?)] = []
    if let mapping = entry.value.mapping {
      for item in mapping {
        let name =
          item.value.json == .null
          ? nil : try text(item.value, "'\(item.key)'", expected: "the label's name for people")
        labels.append((Label(key: item.key, name: name), item.place))
      }
    } else if let list = entry.value.list {
      for node in list {
        labels.append((Label(key: try text(node, "an element of 'labels'", expected: "a word")), node.place))
      }
    } else {
      throw mismatch(entry, "a mapping of labels to names, or a list of labels")
    }
    var seen: Set<String> = []
    for (label, place) in labels where label.key.isEmpty || !seen.insert(label.key).inserted {
      throw NhanError(
        .usage, code: "bad-label",
        label.key.isEmpty ? "a label is empty" : "the label '\(label.key)' is given twice", at: place)
    }
    return labels.map(\.label)
  }

  func strings(_ name: String) throws(NhanError) -> [String] {
    guard let entry = entry(name) else { return [] }
    guard let list = entry.value.list else { throw mismatch(entry, "a list of folders") }
    var strings: [String] = []
    for node in list {
      strings.append(try text(node, "an element of '\(name)'", expected: "a folder"))
    }
    return strings
  }

  func options(_ name: String, _ schema: OptionSchema) throws(NhanError) -> OptionValues {
    guard let entry = entry(name) else {
      return try schema.validate([], of: "'\(name)'", at: Place(file: file))
    }
    guard let mapping = entry.value.mapping else { throw mismatch(entry, "a mapping") }
    return try schema.validate(mapping, of: "'\(name)'", at: entry.place)
  }

  func stages<Product>(
    _ name: String, _ kind: StageKind, _ factories: [StageFactory<Product>], _ registry: StageRegistry
  ) throws(NhanError) -> [StageConfiguration] {
    guard let entry = entry(name) else {
      guard kind == .normalizer else {
        throw NhanError(
          .usage, code: "missing-key", "the configuration has no '\(name)'", at: Place(file: file),
          hint: "for example features: [{use: word-ngrams}]")
      }
      return []
    }
    guard let list = entry.value.list else {
      throw mismatch(entry, "a list of stages, each {use: name, ...}")
    }
    if list.isEmpty, kind != .normalizer {
      throw NhanError(
        .usage, code: "bad-configuration", "'\(name)' is empty, expected at least one stage", at: entry.place)
    }
    var stages: [StageConfiguration] = []
    for node in list { stages.append(try stage(node, kind, factories, registry)) }
    return stages
  }

  func classifier(_ registry: StageRegistry) throws(NhanError) -> StageConfiguration {
    guard let entry = entry("classifier") else {
      throw NhanError(
        .usage, code: "missing-key", "the configuration has no 'classifier'", at: Place(file: file),
        hint: "for example classifier: {use: logistic}")
    }
    return try stage(entry.value, .classifier, registry.classifiers, registry)
  }

  private func stage<Product>(
    _ node: ConfigNode, _ kind: StageKind, _ factories: [StageFactory<Product>], _ registry: StageRegistry
  ) throws(NhanError) -> StageConfiguration {
    guard let entries = node.mapping, let use = entries.first(where: { $0.key == "use" }),
      let name = use.value.json.stringValue
    else {
      throw NhanError(
        .usage, code: "bad-stage",
        "a \(kind.title) is \(node.json.kindName) without 'use', expected {use: name, ...}",
        at: node.place ?? Place(file: file), hint: "known: " + factories.map(\.name).joined(separator: ", "))
    }
    let factory = try registry.find(name, in: factories, kind: kind, at: use.value.place ?? use.place)
    let options = try factory.options.validate(
      entries.filter { $0.key != "use" }, of: "\(kind.title) '\(name)'", at: node.place)
    return StageConfiguration(
      name: name, options: options, place: node.place, concurrency: factory.concurrency,
      plugin: factory.plugin)
  }
}
