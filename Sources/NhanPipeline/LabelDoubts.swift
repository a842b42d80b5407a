import NhanCore
import NhanCorpus
import NhanStages

/// A label of a training document that a model which has not seen the document does not believe.
public struct LabelDoubt: Sendable {
  /// The document's index.
  public var document: Int
  /// The label.
  public var label: Label
  /// Whether the document carries the label.
  public var isCarried: Bool
  /// The probability that the model gives the label.
  public var probability: Double
  /// The phrases that speak most for the model's opinion; empty when its scores are no sums over phrases.
  public var evidence: [Explanation.Evidence]
}

/// Finds labels that are probably wrong: cross-validates a configuration and compares.
/// (After confident learning: Northcutt, Jiang and Chuang 2021.)
public struct LabelDoubts: Sendable {
  private static let shownPhrases = 5

  private let configuration: Configuration
  private let strength: Double
  private let threads: Int
  private let seed: Int

  /// Prepares the search.
  /// - Parameter strength: how far the probability must lie from what the document says, from 0.5 to 1.
  public init(
    configuration: Configuration, strength: Double = 0.95, threads: Int,
    seed: Int = 0
  ) {
    self.configuration = configuration
    self.strength = strength
    self.threads = max(1, threads)
    self.seed = seed
  }

  /// The doubts about labelled documents, the strongest first. Documents without labels, or with unknown ones, are left
  /// out. Costs as much as training with as many folds.
  public func find(in documents: [Document]) throws -> [LabelDoubt] {
    var configuration = configuration
    if configuration.labels.isEmpty {
      configuration.labels = Set(documents.compactMap(\.labels).joined()).sorted().map { Label(key: $0) }
    }
    let keys = configuration.labels.map(\.key)
    let used = documents.indices.filter { index in
      (try? documents[index].checkedLabels(known: keys, task: configuration.task)) != nil
    }
    let count = min(max(2, configuration.validation.int("folds")), used.count)
    guard count >= 2 else { return [] }

    var pipeline = try Pipeline(configuration)
    let group = configuration.validation.string("group")
    var corpus = TrainingCorpus()
    let worker = pipeline.makeWorker()
    let learner = FeatureLearner(pipeline.extractors, threads: threads)
    let observer = learner.makeObservers()[0].value
    for chunk in Parallel.chunks(of: used.count, size: TrainingCorpus.batchSize) {
      corpus.batches.append(try observer.observe(worker.normalize(used[chunk].map { documents[$0] }).texts))
    }
    for index in used { corpus.labels.append(documents[index].labels ?? []) }
    corpus.groups = used.map { group.isEmpty ? "" : documents[$0].metadataText(group) }
    corpus.digests = used.map { documents[$0].digest }
    let targets = corpus.labels.targets(configuration.labels)
    let learned = try learner.finish(corpus.batches)
    pipeline.extractors = learned.extractors
    let rows = learned.rows
    let folds = Folds.assign(targets, groups: corpus.groups, ids: corpus.ids, count: count, seed: seed)
    var classifiers: [any Classifier] = []
    let scores = try CrossValidation.heldOutScores(
      rows, targets, folds: folds, task: configuration.task, classifier: pipeline.classifier,
      threads: threads,
      progress: { _, _ in }
    ) { classifiers.append($0.classifier) }

    let calibrations = calibrations(scores, targets, folds, count)
    let models = classifiers.map { classifier in
      var judge = pipeline
      judge.classifier = classifier
      return Model(
        configuration: configuration, pipeline: judge, thresholds: keys.map { _ in 0.5 },
        calibrations: calibrations, training: .null, dataDigest: "")
    }
    let explainers = models.map(Explainer.init)
    var doubts: [LabelDoubt] = []
    for row in used.indices {
      let model = models[folds[row]]
      let own = scores[row * keys.count..<(row + 1) * keys.count].map(Float.init)
      let probabilities = model.probabilities(own[...]).map(Double.init)
      let doubted = keys.indices.filter { abs(probabilities[$0] - (targets[row, $0] ? 1 : 0)) >= strength }
      guard !doubted.isEmpty else { continue }
      let explanation = try explainers[folds[row]].explain(documents[used[row]])
      for label in doubted {
        doubts.append(
          LabelDoubt(
            document: used[row], label: configuration.labels[label], isCarried: targets[row, label],
            probability: probabilities[label],
            evidence: evidence(explanation, label, isFor: !targets[row, label])))
      }
    }
    return doubts.sorted { a, b in
      let (first, second) = (min(a.probability, 1 - a.probability), min(b.probability, 1 - b.probability))
      return first != second ? first < second : a.document < b.document
    }
  }

  private func calibrations(
    _ scores: [Double], _ targets: TargetMatrix, _ folds: [Int], _ count: Int
  ) -> [Calibration] {
    let labels = targets.labelCount
    let rows = 0..<targets.rowCount
    guard configuration.task == .multiLabel else {
      let slope = Softmax.slope(
        rows.map { Array(scores[$0 * labels..<($0 + 1) * labels]) },
        rows.map { row in (0..<labels).first { targets[row, $0] } ?? 0 })
      return [Calibration](repeating: Calibration(slope: slope, intercept: 0), count: labels)
    }
    let calibrator = Calibrator(configuration.calibration)
    return (0..<labels).map { label in
      calibrator.calibrate(
        rows.map { scores[$0 * labels + label] }, rows.map { targets[$0, label] }, folds: folds, count: count
      ).calibration
    }
  }

  private func evidence(_ explanation: Explanation, _ label: Int, isFor: Bool) -> [Explanation.Evidence] {
    guard let evidence = explanation.labels.first(where: { $0.label == label })?.evidence else { return [] }
    return isFor
      ? Array(evidence.prefix(Self.shownPhrases).filter { $0.contribution > 0 })
      : Array(evidence.suffix(Self.shownPhrases).reversed().filter { $0.contribution < 0 })
  }
}
