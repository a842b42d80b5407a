import NhanCore
import NhanCorpus
import NhanStages

/// Trains models.
public struct Trainer: Sendable {
  /// A step of training, for showing progress.
  public enum Step: Sendable, Equatable {
    /// Documents are being read and normalized.
    case reading
    /// Features are being counted and extracted.
    case extracting(documents: Int)
    /// One part of the cross-validation, of how many.
    case validating(part: Int, of: Int)
    /// The final weights are being learned.
    case fitting
  }

  /// What to train.
  public let configuration: Configuration
  /// How many threads work. The model does not depend on it.
  public let threads: Int
  /// Decides how documents are dealt to the parts of the cross-validation.
  public let seed: Int

  /// Prepares training.
  public init(configuration: Configuration, threads: Int, seed: Int) {
    self.configuration = configuration
    self.threads = max(1, threads)
    self.seed = seed
  }

  /// Trains on everything that the reader gives.
  /// - Parameters:
  ///   - report: told of every record that could not be used.
  ///   - progress: told what is being done.
  /// - Throws: `NhanError`: failure for input that cannot be read at all, usage when nothing can be learned of it.
  public func train(
    _ reader: inout CorpusReader, report: (NhanError) -> Void = { _ in },
    progress: (Step) -> Void = { _ in }
  ) throws -> (model: Model, summary: TrainingSummary) {
    var material = try gather(&reader, report: report, progress: progress)
    let configuration = material.configuration
    let targets = material.targets
    let rows = material.rows
    let validation = try validate(material, progress)
    progress(.fitting)
    let fitted = try material.pipeline.classifier.fit(
      rows, targets, task: configuration.task, threads: threads)
    material.pipeline.classifier = fitted.classifier
    let summary = TrainingSummary(
      corpus: material.corpus, targets: targets, size: (rows.columnCount, rows.entryCount),
      labels: configuration.labels,
      task: configuration.task, convergence: fitted.report, validation: validation)
    let (pipeline, dataDigest) = (material.pipeline, material.corpus.digest)
    // Digesting a model and giving back the memory of the rows take about as long.
    let (model, _) = Parallel.both(threads: threads) {
      Model(
        configuration: configuration, pipeline: pipeline, thresholds: validation.thresholds,
        calibrations: validation.calibrations, training: summary.json, dataDigest: dataDigest)
    } _: {
      rows.removeAll()
    }
    return (model, summary)
  }

  /// What learning starts from.
  struct Material {
    /// With the labels of the data if it had none.
    var configuration: Configuration
    /// With what the extractors learned; the classifier has learned nothing yet.
    var pipeline: Pipeline
    var corpus: TrainingCorpus
    var targets: TargetMatrix
    /// The classifier that learns last takes them over.
    let rows: SparseRows
  }

  /// Reads, normalizes and extracts.
  func gather(
    _ reader: inout CorpusReader, report: (NhanError) -> Void, progress: (Step) -> Void
  ) throws -> Material {
    progress(.reading)
    var pipeline = try Pipeline(configuration)
    let learner = FeatureLearner(pipeline.extractors, threads: threads)
    var corpus = try TrainingReader(
      configuration: configuration, pipeline: pipeline, learner: learner, threads: threads
    ).read(&reader, report: report)
    var configuration = configuration
    if configuration.labels.isEmpty {
      configuration.labels = corpus.labels.keys.sorted().map { Label(key: $0) }
    }
    var targets = corpus.labels.targets(configuration.labels)
    try check(corpus, targets, configuration)

    progress(.extracting(documents: corpus.count))
    let (extractors, rows, failures) = try learner.finish(corpus.batches)
    pipeline.extractors = extractors
    corpus.batches = []
    if !failures.isEmpty {
      for (row, error) in failures.sorted(by: { $0.key < $1.key }) {
        report(error.placed(at: corpus.places[row]))
      }
      rows.remove(Set(failures.keys))
      corpus.remove(Set(failures.keys))
      targets = corpus.labels.targets(configuration.labels)
      try check(corpus, targets, configuration)
    }
    guard rows.entryCount > 0 else {
      throw NhanError(
        .usage, code: "no-features", "the feature extractors found nothing in \(corpus.count) documents",
        hint: "lower minimum-documents, or check the normalizers")
    }
    return Material(
      configuration: configuration, pipeline: pipeline, corpus: corpus, targets: targets, rows: rows)
  }

  private func check(_ corpus: TrainingCorpus, _ targets: TargetMatrix, _ configuration: Configuration) throws
  {
    let hint = "every training document needs labels: see the messages above"
    guard corpus.count > 0 else {
      throw NhanError(.usage, code: "no-documents", "no document to train on", hint: hint)
    }
    guard targets.labelCount > 0, targets.supports.contains(where: { $0 > 0 }) else {
      throw NhanError(
        .usage, code: "no-labels", "none of the \(corpus.count) documents has a label", hint: hint)
    }
    if configuration.task == .singleLabel, targets.labelCount < 2 {
      throw NhanError(
        .usage, code: "too-few-labels", "all documents have the label '\(configuration.labels[0].key)'",
        hint: "task single-label needs at least two labels")
    }
  }

  /// The part of every document, for each time that they are dealt; `nil` where there can be no cross-validation.
  func folds(_ material: Material) -> [[Int]]? {
    let options = material.configuration.validation
    let corpus = material.corpus
    let count = min(options.int("folds"), corpus.count)
    guard count >= 2 else { return nil }
    let repeats = (0..<options.int("repeats")).map {
      Folds.assign(
        material.targets, groups: corpus.groups, ids: corpus.ids, count: count, seed: seed &+ $0)
    }
    // One group, or one text many times: there is nothing to learn from while it is held out.
    return repeats[0].contains { $0 > 0 } ? repeats : nil
  }

  private func validate(_ material: Material, _ progress: (Step) -> Void) throws -> CrossValidation {
    guard let repeats = folds(material) else { return .skipped(material.targets) }
    let configuration = material.configuration
    var validation = try CrossValidation.run(
      material.rows, material.targets, repeats: repeats, task: configuration.task,
      classifier: material.pipeline.classifier, calibrator: Calibrator(configuration.calibration),
      selection: ThresholdSelection(configuration.thresholds), threads: threads
    ) { progress(.validating(part: $0 + 1, of: $1)) }
    // The file holds 32-bit numbers; the model in memory must decide like the one read back.
    validation.calibrations = validation.calibrations.map(\.rounded)
    return validation
  }
}
