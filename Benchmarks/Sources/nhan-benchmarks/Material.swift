import Nhan

/// What the benchmarks work on: labelled articles, and everything that the way makes of them.
///
/// Made by the same public stages that the command uses, with the configuration of the shipped model.
struct Material {
  /// The articles as JSON Lines.
  let lines: [UInt8]
  /// A file that holds `lines`.
  let file: String
  /// The articles.
  let documents: [Document]
  /// Their text as it came in, and after each of the two normalizers.
  let raw: TextBatch
  let stripped: TextBatch
  let folded: TextBatch
  /// The same, with the words found on the way.
  let foldedWithWords: TextBatch
  /// The stages.
  let boilerplate: any Normalizer
  let unicode: any Normalizer
  /// An extractor that has not learned, and the same after learning.
  let blank: any FeatureExtractor
  let extractor: any FeatureExtractor
  /// The articles as rows, and their labels.
  let rows: CSRMatrix
  let targets: TargetMatrix
  let labels: [String]
  /// A classifier that has not learned, of few iterations, and one that has learned.
  let solver: any Classifier
  let classifier: any Classifier

  /// Iterations of the benchmark of the solver.
  static let iterations = 5

  /// Reads the articles of `paths`, in their order, until about `limit` bytes of text, and makes everything of them.
  init(paths: [String], limit: Int, scratch: String) throws {
    documents = try Self.documents(paths, limit)
    lines = Self.jsonLines(documents)
    file = scratch
    let output = try OutputFile(scratch)
    try output.write(lines)
    try output.commit()

    var raw = TextBatch()
    for document in documents { raw.append(title: document.title, body: document.text) }
    self.raw = raw
    boilerplate = try Self.stage("boilerplate", BuiltInStages.normalizers)
    unicode = try Self.stage("unicode", BuiltInStages.normalizers)
    stripped = try Self.normalized(raw, boilerplate)
    folded = try Self.normalized(stripped, unicode)
    var withWords = TextBatch()
    withWords.asksForWords = .plain
    try unicode.makeWorker().normalize(stripped, into: &withWords)
    foldedWithWords = withWords

    blank = try Self.stage("word-ngrams", BuiltInStages.extractors)
    let observer = blank.makeObserver()
    try observer.observe(folded)
    extractor = try blank.fit([observer])
    var rows = CSRMatrix(columnCount: extractor.columnCount)
    try extractor.makeWorker().extract(folded, into: &rows)
    self.rows = rows

    let labels = Set(documents.flatMap { $0.labels ?? [] }).sorted()
    self.labels = labels
    targets = TargetMatrix(
      labelCount: labels.count,
      values: documents.flatMap { document in
        labels.map { (document.labels ?? []).contains($0) ? 1 : 0 }
      })
    solver = try Self.stage(
      "logistic", BuiltInStages.classifiers,
      ["iterations": .integer(Self.iterations), "tolerance": .double(1e-12), "l2": .double(0.03)])
    classifier = try solver.fit(rows, targets, task: .multiLabel, threads: 1).classifier
  }

  private static func documents(_ paths: [String], _ limit: Int) throws -> [Document] {
    var reader = try CorpusReader(paths: paths)
    var documents: [Document] = []
    var size = 0
    while size < limit, let chunk = reader.next() {
      for case .document(let document) in chunk.records() where size < limit {
        documents.append(document)
        size += document.title.count + document.text.count
      }
    }
    return documents
  }

  private static func jsonLines(_ documents: [Document]) -> [UInt8] {
    var lines: [UInt8] = []
    for document in documents {
      let members: [(key: String, value: JSONValue)] = [
        ("id", .string(document.id)), ("title", .string(String(decoding: document.title, as: UTF8.self))),
        ("text", .string(String(decoding: document.text, as: UTF8.self))),
        ("labels", .array((document.labels ?? []).map { .string($0) })),
      ]
      JSONWriter.append(.object(members), to: &lines)
      lines.append(0x0A)
    }
    return lines
  }

  private static func normalized(_ input: TextBatch, _ normalizer: any Normalizer) throws -> TextBatch {
    var output = TextBatch()
    try normalizer.normalize(input, into: &output)
    return output
  }

  /// A built-in stage by its name, with some options and the defaults of the others.
  private static func stage<Product>(
    _ name: String, _ factories: [StageFactory<Product>], _ options: [String: JSONValue] = [:]
  ) throws -> Product {
    guard let factory = factories.first(where: { $0.name == name }) else {
      throw NhanError(.usage, code: "unknown-stage", "there is no stage '\(name)'")
    }
    let entries = options.map { ConfigNode.Entry(key: $0.key, place: nil, value: ConfigNode(json: $0.value)) }
    return try factory.make(factory.options.validate(entries, of: "'\(name)'", at: nil))
  }
}
