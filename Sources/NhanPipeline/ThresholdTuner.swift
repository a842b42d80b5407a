import NhanCore
import NhanCorpus
import NhanEvaluation

/// What thresholds are chosen for.
public struct ThresholdGoal: Sendable, Hashable {
  /// Recall counts β times as much as precision in the F measure that is maximized.
  public var beta: Double
  /// Only thresholds with at least this precision, if there are any.
  public var minimumPrecision: Double
  /// Only thresholds with at least this recall, if there are any.
  public var minimumRecall: Double

  /// Makes a goal.
  /// - Throws: `NhanError` (usage) for a number out of its range.
  public init(beta: Double = 1, minimumPrecision: Double = 0, minimumRecall: Double = 0) throws(NhanError) {
    guard (0.01...100).contains(beta) else {
      throw NhanError(.usage, code: "bad-beta", "beta is \(beta), expected a number from 0.01 to 100")
    }
    for (name, share) in [("precision", minimumPrecision), ("recall", minimumRecall)] {
      guard (0...1).contains(share) else {
        throw NhanError(
          .usage, code: "bad-floor", "the minimum \(name) is \(share), expected a number from 0 to 1")
      }
    }
    self.beta = beta
    self.minimumPrecision = minimumPrecision
    self.minimumRecall = minimumRecall
  }

  /// The F measure of a point; 0 when precision and recall are.
  public func f(_ point: PrecisionRecallCurve.Point) -> Double {
    ThresholdSelection.f(point.precision, point.recall, beta: beta)
  }

  /// Whether a point keeps the floors.
  public func isKept(by point: PrecisionRecallCurve.Point) -> Bool {
    point.precision >= minimumPrecision && point.recall >= minimumRecall
  }

  var json: JSONValue {
    .object([
      ("beta", .double(beta)), ("minimum-precision", .double(minimumPrecision)),
      ("minimum-recall", .double(minimumRecall)),
    ])
  }
}

/// New thresholds and what they were chosen by.
public struct TuningResult: Sendable {
  /// One label whose threshold was asked for.
  public struct LabelResult: Sendable {
    /// The label.
    public var label: Label
    /// Articles with it.
    public var support: Int
    /// The threshold so far.
    public var before: Float
    /// The threshold chosen; `before` when no article has the label, or none could be judged by what others teach.
    public var after: Float
    /// What every threshold gives.
    public var curve: PrecisionRecallCurve
    /// Whether the threshold chosen keeps the goal's floors.
    public var keepsFloors: Bool
    /// How far the probabilities may be trusted; `nil` when no article has the label.
    public var calibration: CalibrationQuality?
  }

  /// The model with the new thresholds.
  public var model: Model
  /// The labels asked for, in the model's order.
  public var labels: [LabelResult]
  /// Articles that the thresholds were chosen by.
  public var documents: Int
  /// Whether they are the very articles that the model was trained on.
  public var isTrainingData: Bool
  /// Whether each was judged by models trained without it, so that knowing it by heart does not count.
  public var isCrossValidated: Bool
}

/// Chooses the thresholds of a model anew, by labelled articles.
public struct ThresholdTuner: Sendable {
  private let model: Model
  private let goal: ThresholdGoal
  private let tuned: [Int]
  private let threads: Int

  /// Prepares tuning.
  /// - Parameter labels: the keys of the labels whose thresholds may change; empty for all.
  /// - Throws: `NhanError` (usage) for an unknown label, and for a model that needs no thresholds.
  public init(model: Model, goal: ThresholdGoal, labels: [String] = [], threads: Int) throws(NhanError) {
    guard model.configuration.task == .multiLabel else {
      throw NhanError(
        .usage, code: "no-thresholds",
        "the model gives each article its likeliest label and has no thresholds",
        hint: "only models of task: multi-label can be tuned")
    }
    let keys = model.labels.map(\.key)
    for label in labels where !keys.contains(label) {
      throw NhanError(
        .usage, code: "unknown-label", "unknown label '\(label)'",
        hint: Suggestion.hint(for: label, among: keys))
    }
    self.model = model
    self.goal = goal
    self.threads = threads
    tuned = keys.indices.filter { labels.isEmpty || labels.contains(keys[$0]) }
  }

  /// Chooses thresholds by everything that a reader gives.
  /// - Parameter report: told of every record that cannot be used.
  /// - Throws: `NhanError` (usage) when there is no article to choose by.
  public func tune(_ reader: inout CorpusReader, report: (NhanError) -> Void) throws -> TuningResult {
    var corpus = TrainingCorpus()
    let data = try Evaluator(model: model, threads: threads).judge(&reader, report: report) { document, _ in
      corpus.digests.append(document.digest)
    }
    guard !data.documents.isEmpty else {
      throw NhanError(
        .usage, code: "no-documents", "there are no labelled articles to choose thresholds by",
        hint: "check the paths given as data")
    }
    return result(data, digest: corpus.digest, isCrossValidated: false)
  }

  /// Chooses thresholds by the articles that the model was trained on: each is judged by models trained without it, as
  /// in training.
  /// - Parameters:
  ///   - seed: deals the articles to the parts; with that of the training they are the same parts.
  ///   - report: told of every record that cannot be used.
  /// - Throws: `NhanError` (usage) when they are other articles, or cannot be cut into parts.
  public func crossValidate(
    _ reader: inout CorpusReader, seed: Int, report: (NhanError) -> Void,
    progress: (Trainer.Step) -> Void = { _ in }
  ) throws -> TuningResult {
    let trainer = Trainer(configuration: model.configuration, threads: threads, seed: seed)
    let material = try trainer.gather(&reader, report: report, progress: progress)
    guard material.corpus.digest == model.dataDigest else {
      throw NhanError(
        .usage, code: "other-documents", "these are not the articles that the model was trained on",
        hint:
          "cross-validation needs the same files in the same order; without it, tune by articles that the model has "
          + "not seen")
    }
    guard let repeats = trainer.folds(material) else {
      throw NhanError(
        .usage, code: "no-parts", "the articles cannot be cut into parts for cross-validation",
        hint: "check 'validation' in the configuration that the model was trained with")
    }
    let scores = try CrossValidation.meanHeldOutScores(
      material.rows, material.targets, repeats: repeats, task: model.configuration.task,
      classifier: material.pipeline.classifier, threads: threads
    ) { progress(.validating(part: $0 + 1, of: $1)) }.scores
    var data = try EvaluationData(labels: model.labels.map { EvaluationLabel(key: $0.key, name: $0.name) })
    let count = model.labels.count
    for row in 0..<material.corpus.count {
      let probabilities = model.probabilities(scores[row * count..<(row + 1) * count].map(Float.init)[...])
      let given = model.decide(probabilities)
      try data.append(
        EvaluationDocument(id: String(row)), actual: (0..<count).map { material.targets[row, $0] },
        predicted: (0..<count).map(given.contains), probabilities: probabilities.map(Double.init))
    }
    let unjudged = (0..<count).filter { label in
      !Folds.separate((0..<material.corpus.count).map { material.targets[$0, label] }, repeats[0])
    }
    return result(data, digest: material.corpus.digest, isCrossValidated: true, unjudged: unjudged)
  }

  /// - Parameter unjudged: labels whose probabilities say nothing about a threshold: theirs stays.
  private func result(
    _ data: EvaluationData, digest: String, isCrossValidated: Bool, unjudged: [Int] = []
  ) -> TuningResult {
    let results = tuned.map { result(of: $0, data, isJudged: !unjudged.contains($0)) }
    var thresholds = model.thresholds
    for (label, result) in zip(tuned, results) { thresholds[label] = result.after }
    let record = JSONValue.object([
      ("documents", .integer(data.documents.count)), ("data-sha256", .string(digest)),
      ("cross-validated", .bool(isCrossValidated)), ("goal", goal.json),
      ("labels", .array(results.map { .string($0.label.key) })),
    ])
    return TuningResult(
      model: model.with(thresholds: thresholds, tuning: record), labels: results,
      documents: data.documents.count, isTrainingData: digest == model.dataDigest,
      isCrossValidated: isCrossValidated)
  }

  private func result(of label: Int, _ data: EvaluationData, isJudged: Bool) -> TuningResult.LabelResult {
    let rows = data.documents.indices
    let positives = rows.map { data.isActual($0, label) }
    let curve = PrecisionRecallCurve(data, label: label)
    let probabilities = rows.map { data.probability($0, label) }
    var after = model.thresholds[label]
    if isJudged, positives.contains(true) {
      let selection = ThresholdSelection(
        beta: goal.beta, minimumPrecision: goal.minimumPrecision, minimumRecall: goal.minimumRecall,
        resamples: model.configuration.thresholds.int("resamples"),
        worthwhile: model.configuration.thresholds.double("worthwhile"))
      after = Float(selection.choose(probabilities, positives))
    }
    return TuningResult.LabelResult(
      label: model.labels[label], support: positives.count { $0 }, before: model.thresholds[label],
      after: after, curve: curve, keepsFloors: curve.point(at: Double(after)).map(goal.isKept) ?? false,
      calibration: positives.contains(true) ? CalibrationQuality(probabilities, positives) : nil)
  }
}

extension Model {
  /// The model with other thresholds, and a note in its metadata where they come from.
  func with(thresholds: [Float], tuning: JSONValue) -> Model {
    let members = (training.objectValue ?? []).filter { $0.key != "tuning" }
    return Model(
      configuration: configuration, pipeline: pipeline, thresholds: thresholds, calibrations: calibrations,
      training: .object(members + [("tuning", tuning)]), dataDigest: dataDigest)
  }
}
