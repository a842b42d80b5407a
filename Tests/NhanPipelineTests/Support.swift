import NhanCore
import NhanCorpus
import TestSupport
import Testing

@testable import NhanPipeline

/// The error that `body` throws; records an issue if it throws none or another kind of error.
func failure(_ body: () throws -> Void) -> NhanError? {
  do {
    try body()
    Issue.record("nothing was thrown")
  } catch let error as NhanError {
    return error
  } catch {
    Issue.record("not an NhanError: \(error)")
  }
  return nil
}

/// Articles made of words that speak for a label and words that do not.
enum Sample {
  static let words: [(label: String, words: [String])] = [
    ("seas", ["tàu cá", "Hoàng Sa", "hải quân", "ngư dân", "đảo Lý Sơn", "biển Đông"]),
    ("awards", ["giải thưởng", "huân chương", "trao tặng", "vinh danh", "bằng khen", "lễ khen thưởng"]),
    ("orders", ["chỉ thị", "Thủ tướng", "yêu cầu", "công văn", "ban hành", "nghị định"]),
  ]
  private static let filler = [
    "ngày", "hôm nay", "theo", "người dân", "tỉnh", "thành phố", "trong", "năm", "cùng", "các", "đã",
    "thông tin", "phóng viên",
  ]

  /// Labelled documents, about a third with each label, some with two or none.
  static func documents(_ count: Int, seed: UInt64 = 1, single: Bool = false) -> [Document] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { index in
      var labels = [words[index % words.count]]
      if !single, generator.below(5) == 0 { labels = [] }
      if !single, generator.below(5) == 0 { labels.append(words[(index + 1) % words.count]) }
      var parts = (0..<12).map { _ in filler[generator.below(filler.count)] }
      for label in labels { parts += (0..<4).map { _ in label.words[generator.below(label.words.count)] } }
      parts.shuffle(using: &generator)
      let id = "d\(index)"
      return Document(
        id: id, title: Array("Bài \(index)".utf8), text: Array(parts.joined(separator: " ").utf8),
        labels: labels.map(\.label), place: Place(file: id))
    }
  }

  /// Documents as JSONL, without labels if so wanted.
  static func jsonLines(_ documents: [Document], labelled: Bool = true) -> [UInt8] {
    documents.flatMap { document in
      var members: [(key: String, value: JSONValue)] = [
        ("id", .string(document.id)), ("title", .string(String(decoding: document.title, as: UTF8.self))),
        ("text", .string(String(decoding: document.text, as: UTF8.self))),
      ]
      if labelled, let labels = document.labels {
        members.append(("labels", .array(labels.map { .string($0) })))
      }
      return JSONValue.object(members).serialized() + [0x0a]
    }
  }

  /// A configuration in YAML, checked.
  static func configuration(_ yaml: String) throws -> Configuration {
    try Configuration(
      try YAMLReader.read(
        yaml, subject: "the configuration", file: "test.yaml", failingAs: .usage, code: "bad-yaml"),
      registry: .builtIn, file: "test.yaml")
  }

  static let yaml = """
    normalizers: [{use: boilerplate}, {use: unicode}]
    features: [{use: word-ngrams, sizes: [1, 2], separate: [title]}, {use: document-numbers, minimum-documents: 1}]
    classifier: {use: logistic, l2: 0.1}
    """

  /// A model trained on documents, and what training reported.
  static func train(
    _ documents: [Document], yaml: String = yaml, threads: Int = 1, seed: Int = 0
  ) throws -> (model: Model, summary: TrainingSummary, errors: [NhanError]) {
    try train(jsonLines(documents), yaml: yaml, threads: threads, seed: seed)
  }

  static func train(
    _ lines: [UInt8], yaml: String = yaml, threads: Int = 1, seed: Int = 0
  ) throws -> (model: Model, summary: TrainingSummary, errors: [NhanError]) {
    let folder = TemporaryFolder()
    var reader = try CorpusReader(paths: [folder.write("train.jsonl", lines)], chunkSize: 2048)
    let trainer = Trainer(configuration: try configuration(yaml), threads: threads, seed: seed)
    var errors: [NhanError] = []
    let (model, summary) = try trainer.train(&reader) { errors.append($0) }
    return (model, summary, errors)
  }

  /// One model for the tests that only need some model.
  static let model = Result { try train(documents(60)).model }
}
