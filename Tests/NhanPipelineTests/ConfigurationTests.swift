import NhanCore
import NhanCorpus
import TestSupport
import Testing

@testable import NhanPipeline

/// A configuration with a mistake, and what must be said of it.
private struct Mistake: CustomTestStringConvertible {
  var yaml: String
  var code: String
  var line: Int
  var column: Int
  /// What the whole message must hold.
  var says: [String]

  init(_ yaml: String, _ code: String, _ line: Int, _ column: Int, _ says: String...) {
    self.yaml = yaml
    self.code = code
    self.line = line
    self.column = column
    self.says = says
  }

  var testDescription: String { "\(code): \(says.first ?? "")" }
}

private let tail = "\nfeatures: [{use: word-ngrams}]\nclassifier: {use: logistic}"

private let mistakes: [Mistake] = [
  Mistake("- a\n- b", "bad-configuration", 1, 1, "a list", "mapping", "features:"),
  Mistake("just words", "bad-configuration", 1, 1, "a string", "mapping"),
  Mistake("featurs: []" + tail, "unknown-key", 1, 1, "'featurs'", "did you mean 'features'?", "classifier"),
  Mistake("task: multilabel" + tail, "unknown-task", 1, 7, "'multilabel'", "did you mean 'multi-label'?"),
  Mistake("task: [multi-label]" + tail, "bad-configuration", 1, 7, "a list", "multi-label or single-label"),
  Mistake("labels: 5" + tail, "bad-configuration", 1, 9, "'labels' is an integer", "mapping of labels"),
  Mistake("labels:\n  a: 5" + tail, "bad-configuration", 2, 6, "'a' is an integer", "name for people"),
  Mistake("labels:\n  - a\n  - [b]" + tail, "bad-configuration", 3, 5, "a list", "a word"),
  Mistake("labels:\n  - a\n  - 5" + tail, "bad-configuration", 3, 5, "an integer", "a word", "quotes"),
  Mistake("labels:\n  - a\n  - b\n  - a" + tail, "bad-label", 4, 5, "'a' is given twice"),
  Mistake("labels:\n  - a\n  - ''" + tail, "bad-label", 3, 5, "empty"),
  Mistake("labels:\n  a: A\n  b: B\n  a: C" + tail, "bad-yaml", 2, 3, "'a' is given twice"),
  Mistake("task: single-label\nlabels: [one]" + tail, "too-few-labels", 2, 1, "at least two"),
  Mistake(
    "plugins: Plugins" + tail, "bad-configuration", 1, 10, "'plugins' is a string", "a list of folders"),
  Mistake("plugins: [{a: b}]" + tail, "bad-configuration", 1, 11, "a mapping", "a folder"),
  Mistake("classifier: {use: logistic}", "missing-key", 0, 0, "no 'features'", "word-ngrams"),
  Mistake("features: [{use: word-ngrams}]", "missing-key", 0, 0, "no 'classifier'", "logistic"),
  Mistake("features: []\nclassifier: {use: logistic}", "bad-configuration", 1, 1, "empty", "at least one"),
  Mistake(
    "features: {use: word-ngrams}\nclassifier: {use: logistic}", "bad-configuration", 1, 11, "a mapping",
    "a list of stages"),
  Mistake(
    "features:\n  - word-ngrams\nclassifier: {use: logistic}", "bad-stage", 2, 5, "a string", "use: name",
    "document-numbers"),
  Mistake(
    "features:\n  - {sizes: [1]}\nclassifier: {use: logistic}", "bad-stage", 2, 5, "without 'use'",
    "char-ngrams"),
  Mistake(
    "features:\n  - {use: wordngrams}\nclassifier: {use: logistic}", "unknown-stage", 2, 11,
    "feature extractor 'wordngrams'", "did you mean 'word-ngrams'?"),
  Mistake(
    "features: [{use: word-ngrams}]\nclassifier: {use: logistics}", "unknown-stage", 2, 19,
    "classifier 'logistics'", "did you mean 'logistic'?"),
  Mistake(
    "normalizers: [{use: unicod}]" + tail, "unknown-stage", 1, 21, "normalizer 'unicod'",
    "did you mean 'unicode'?", "boilerplate"),
  Mistake(
    "normalizers:\n  - {use: unicode, tone-mark: new}" + tail, "unknown-option", 2, 20, "'tone-mark'",
    "did you mean 'tone-marks'?"),
  Mistake(
    "normalizers:\n  - {use: unicode, tone-marks: news}" + tail, "bad-option", 2, 32, "'news'",
    "one of new, old, keep", "did you mean 'new'?"),
  Mistake(
    "features:\n  - {use: word-ngrams, sizes: [1, 9]}\nclassifier: {use: logistic}", "bad-option", 2, 35,
    "element 2", "9", "from 1 to 5"),
  Mistake(
    "features:\n  - {use: word-ngrams, sizes: []}\nclassifier: {use: logistic}", "bad-option", 2, 31,
    "a list of at least 1"),
  Mistake(
    "features:\n  - {use: word-ngrams, fields: {titel: 2}}\nclassifier: {use: logistic}", "unknown-option", 2,
    33, "'titel'", "did you mean 'title'?"),
  Mistake(
    "features: [{use: word-ngrams}]\nclassifier: {use: logistic, l2: zero}", "bad-option", 2, 33, "'zero'",
    "a number from"),
  Mistake(
    "features: [{use: word-ngrams}]\nclassifier: {use: logistic, l2: 0}", "bad-option", 2, 33, "0",
    "a number from"),
  Mistake("thresholds: {maximise: f1}" + tail, "unknown-option", 1, 14, "did you mean 'maximize'?"),
  Mistake("calibration: {method: plat}" + tail, "bad-option", 1, 23, "'plat'", "did you mean 'platt'?"),
  Mistake("calibration: {methods: platt}" + tail, "unknown-option", 1, 15, "did you mean 'method'?"),
  Mistake("thresholds: f1" + tail, "bad-configuration", 1, 13, "'thresholds' is a string", "a mapping"),
  Mistake("thresholds: {beta: -1}" + tail, "bad-option", 1, 20, "-1", "from 0.01 to 100"),
  Mistake("validation: {folds: 2.5}" + tail, "bad-option", 1, 21, "2.5", "a whole number from 0 to 100"),
  Mistake("task: multi-label\n  bad indentation: [" + tail, "bad-yaml", 2, 18, "not YAML", "indentation"),
  Mistake("task: multi-label\ntask: multi-label" + tail, "bad-yaml", 1, 1, "'task' is given twice"),
]

@Suite struct ConfigurationTests {
  @Test(arguments: mistakes.indices) func everyMistakeIsToldWithItsPlace(index: Int) {
    let mistake = mistakes[index]
    guard let error = failure({ _ = try Sample.configuration(mistake.yaml) }) else { return }
    #expect(error.code == mistake.code, "\(error)")
    #expect(error.kind == .usage)
    #expect(error.place?.file == "test.yaml")
    if mistake.line > 0 {
      #expect(error.place?.line == mistake.line && error.place?.column == mistake.column, "\(error)")
    }
    for words in mistake.says { #expect(error.description.contains(words), "\(error)") }
  }

  @Test func filesThatAreNoText() throws {
    let folder = TemporaryFolder()
    let latin = folder.write("latin.yaml", Array("task: ".utf8) + [0xe9, 0xff])
    #expect(failure { _ = try Configuration(file: latin) }?.code == "not-utf8")
    let missing = failure { _ = try Configuration(file: folder.path("missing.yaml")) }
    #expect(missing?.kind == .failure && missing?.place?.file == folder.path("missing.yaml"))
    let empty = folder.write("empty.yaml", "")
    #expect(failure { _ = try Configuration(file: empty) }?.code == "missing-key")
    let directory = failure { _ = try Configuration(file: folder.path) }
    #expect(directory?.kind == .failure)
  }

  @Test func defaults() throws {
    let configuration = try Sample.configuration(tail)
    #expect(configuration.task == .multiLabel)
    #expect(
      configuration.labels.isEmpty && configuration.plugins.isEmpty && configuration.normalizers.isEmpty)
    #expect(configuration.features.map(\.name) == ["word-ngrams"])
    #expect(configuration.features[0].options.ints("sizes") == [1, 2])
    #expect(configuration.classifier.options.double("l2") == 1)
    #expect(configuration.thresholds.string("maximize") == "f1")
    #expect(configuration.validation.int("folds") == 5)
    #expect(configuration.validation.string("group").isEmpty)
  }

  @Test func labelsInBothForms() throws {
    let mapping = try Sample.configuration("labels: {a: 'Biển, đảo', b: , c: ~}" + tail)
    #expect(mapping.labels == [Label(key: "a", name: "Biển, đảo"), Label(key: "b"), Label(key: "c")])
    #expect(mapping.labels[1].name == "b")
    let list = try Sample.configuration("labels: [b, a, '5']" + tail)
    #expect(list.labels.map(\.key) == ["b", "a", "5"])
  }

  @Test(arguments: [
    "task: multi-label" + tail,
    "labels: [b, a]\nplugins: [Plugins, more]" + tail,
    """
    task: single-label
    labels: {a: "Biển, đảo", b: "\\"B\\""}
    normalizers: [{use: boilerplate, minimum-syllables: 9}, {use: unicode, tone-marks: old, entities: false}]
    features:
      - {use: word-ngrams, sizes: [1, 3], fields: {title: 3, opening: 2.5}, separate: [title]}
      - {use: char-ngrams, columns: hashed, bits: 10, norm: none}
      - {use: document-numbers, weight: 0.3}
    classifier: {use: logistic, l2: 0.03, class-weight: balanced}
    thresholds: {maximize: f-beta, beta: 0.5, minimum-precision: 0.75}
    validation: {folds: 3, group: source}
    """,
  ])
  func jsonGivesTheSameConfigurationBack(yaml: String) throws {
    let configuration = try Sample.configuration(yaml)
    let text = configuration.json.serialized()
    let again = try Configuration(
      ConfigNode(json: try JSONValue(parsing: text)), registry: .builtIn, file: "model")
    #expect(again.json.serialized() == text)
    #expect(again.labels == configuration.labels && again.task == configuration.task)
    // Nothing is left to defaults.
    #expect(configuration.json["classifier"]?["tolerance"] != nil)
    #expect(configuration.json["validation"]?["folds"] != nil)
  }

  @Test func schemaDescribesWhatTheReaderTakes() throws {
    let schema = ConfigurationSchema.schema(.builtIn)
    #expect(schema["additionalProperties"] == .bool(false))
    let properties = try #require(schema["properties"]?.objectValue)
    let full = try Sample.configuration(tail).json
    #expect(Set(properties.map(\.key)) == Set(try #require(full.objectValue).map(\.key)))
    #expect(schema["required"]?.arrayValue?.compactMap(\.stringValue) == ["features", "classifier"])
    #expect(
      schema["properties"]?["task"]?["enum"]?.arrayValue?.compactMap(\.stringValue)
        == ["multi-label", "single-label"])

    func stages(_ node: JSONValue?) -> [JSONValue] { node?["oneOf"]?.arrayValue ?? [] }
    let kinds: [(nodes: [JSONValue], names: [String])] = [
      (
        stages(schema["properties"]?["normalizers"]?["items"]),
        StageRegistry.builtIn.normalizers.map(\.name)
      ),
      (stages(schema["properties"]?["features"]?["items"]), StageRegistry.builtIn.extractors.map(\.name)),
      (stages(schema["properties"]?["classifier"]), StageRegistry.builtIn.classifiers.map(\.name)),
    ]
    for (nodes, names) in kinds {
      #expect(nodes.map { $0["properties"]?["use"]?["const"]?.stringValue ?? "" } == names)
      for node in nodes {
        #expect(node["additionalProperties"] == .bool(false))
        #expect(node["required"]?.arrayValue?.first?.stringValue == "use")
        for (name, property) in node["properties"]?.objectValue ?? [] where name != "use" {
          #expect(property["description"]?.stringValue?.isEmpty == false, "\(name)")
          #expect(property["type"] != nil || property["enum"] != nil, "\(name)")
        }
      }
    }
    #expect(schema["properties"]?["features"]?["minItems"]?.intValue == 1)
    let withoutRequired = StageRegistry.builtIn.extractors
      .filter { $0.options.options.allSatisfy { $0.defaultValue != nil } }.map(\.name)
    #expect(withoutRequired.contains("word-ngrams"))
    // A default that its own property does not take would make the schema contradict the program.
    let defaults = try Configuration(
      ConfigNode(
        json: .object([
          ("features", .array(withoutRequired.map { .object([("use", .string($0))]) })),
          ("classifier", .object([("use", .string("logistic"))])),
        ])), registry: .builtIn, file: "defaults")
    _ = try Configuration(ConfigNode(json: defaults.json), registry: .builtIn, file: "again")
  }
}
