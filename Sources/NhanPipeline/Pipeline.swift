import NhanCore
import NhanStages

/// The stages of a configuration, made and (after training or loading) fitted: text in, scores out.
public struct Pipeline: Sendable {
  /// The normalizers with their names, in order.
  let normalizers: [(name: String, stage: any Normalizer)]
  /// The feature extractors, side by side.
  var extractors: [any FeatureExtractor]
  /// The classifier.
  var classifier: any Classifier

  /// Makes the stages that a configuration names.
  /// - Throws: `NhanError` (usage) for an unknown stage; what a stage throws of its options.
  init(_ configuration: Configuration) throws {
    let registry = configuration.registry
    normalizers = try configuration.normalizers.map { stage in
      let factory = try registry.find(
        stage.name, in: registry.normalizers, kind: .normalizer, at: stage.place)
      return (stage.name, try factory.make(stage.options))
    }
    extractors = try configuration.features.map { stage in
      try registry.find(stage.name, in: registry.extractors, kind: .features, at: stage.place).make(
        stage.options)
    }
    let stage = configuration.classifier
    classifier = try registry.find(stage.name, in: registry.classifiers, kind: .classifier, at: stage.place)
      .make(stage.options)
  }

  /// Something that runs the pipeline on one thread and owns the memory for it.
  func makeWorker() -> PipelineWorker { PipelineWorker(self) }
}

/// Runs a pipeline on one thread, batch after batch, in memory that is used again.
final class PipelineWorker {
  private let pipeline: Pipeline
  private let normalizerWorkers: [any NormalizerWorker]
  private let featureWorkers: [any FeatureWorker]
  /// The words of the texts that the last normalizer is asked for.
  private let wantedWords: WordKind?
  private var front = TextBatch()
  private var back = TextBatch()
  /// By extractor: its columns of the batch in hand.
  private var blocks: [CSRMatrix]

  init(_ pipeline: Pipeline) {
    self.pipeline = pipeline
    normalizerWorkers = pipeline.normalizers.map { $0.stage.makeWorker() }
    // Extractors of other words than the first ones find them by themselves.
    let wanted = pipeline.extractors.lazy.compactMap { $0.readsWords }.first
    wantedWords = normalizerWorkers.last?.findsWords == true ? wanted : nil
    featureWorkers = pipeline.extractors.map { $0.makeWorker() }
    blocks = pipeline.extractors.map { CSRMatrix(columnCount: $0.columnCount) }
  }

  /// The normalized texts of documents, with the failures of all normalizers, and how many invalid UTF-8 sequences were
  /// replaced in each.
  func normalize(_ documents: some Sequence<Document>) throws -> (texts: TextBatch, replacements: [Int]) {
    front.removeAll()
    for document in documents { front.append(document) }
    var replacements = [Int](repeating: 0, count: front.count)
    for (place, worker) in normalizerWorkers.enumerated() {
      back.removeAll()
      back.asksForWords = place == normalizerWorkers.count - 1 ? wantedWords : nil
      try worker.normalize(front, into: &back)
      try Self.check(back, against: front, of: pipeline.normalizers[place].name)
      back.failures.merge(front.failures) { _, earlier in earlier }
      for (index, extent) in back.extents.enumerated() { replacements[index] += extent.replacements }
      swap(&front, &back)
    }
    return (front, replacements)
  }

  /// The rows of features of normalized texts, and which documents failed until here.
  func features(of texts: TextBatch) throws -> (rows: CSRMatrix, failures: [Int: NhanError]) {
    let failures = try extract(texts)
    return (CSRMatrix.concatenatingColumns(of: blocks), failures)
  }

  /// Makes the rows of normalized texts, and tells which documents failed until here.
  private func extract(_ texts: TextBatch) throws -> [Int: NhanError] {
    var failures = texts.failures
    for index in blocks.indices {
      blocks[index].removeAllRows()
      try featureWorkers[index].extract(texts, into: &blocks[index])
      failures.merge(featureWorkers[index].failures) { earlier, _ in earlier }
    }
    return failures
  }

  /// The decision values of documents, row-major; those of documents that failed mean nothing.
  func scores(of documents: some Sequence<Document>) throws
    -> (scores: [Float], replacements: [Int], failures: [Int: NhanError])
  {
    let (texts, replacements) = try normalize(documents)
    let failures = try extract(texts)
    var scores: [Float] = []
    try pipeline.classifier.score(sideBySide: blocks, into: &scores)
    return (scores, replacements, failures)
  }

  /// A normalizer must give back as many documents as it took.
  static func check(_ output: TextBatch, against input: TextBatch, of name: String) throws(NhanError) {
    guard output.count == input.count else {
      throw NhanError(
        .failure, code: "bad-stage-output",
        "normalizer '\(name)' gave \(output.count) documents for \(input.count)",
        hint: "this is a mistake in the stage")
    }
  }
}

/// A value that only the worker with its index touches, so it may cross into the threads of a parallel loop.
struct WorkerLocal<Value>: @unchecked Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }

  /// A value for each thread, made side by side: the tables of a worker take longer to make than a short article to tag.
  static func each(of threads: Int, _ make: @Sendable () -> Value) throws -> [WorkerLocal] {
    try Parallel.map(count: threads, threads: threads) { _, _ in WorkerLocal(make()) }
  }
}
