import NhanCore
import NhanEvaluation
import NhanStages

/// What training did: for the person who started it, and for the model's metadata.
public struct TrainingSummary: Sendable {
  /// One label.
  public struct LabelSummary: Sendable {
    /// The label.
    public var label: Label
    /// Training documents with it.
    public var support: Int
    /// The threshold chosen; not used for `single-label`.
    public var threshold: Float
    /// Cross-validated figures; `nil` when they were not measured or the label never occurred.
    public var precision: Double?
    /// See `precision`.
    public var recall: Double?
    /// See `precision`.
    public var f1: Double?
    /// See `precision`: of probabilities that were calibrated on other documents.
    public var calibration: CalibrationQuality?
    /// How its scores become probabilities: `platt` or `isotonic`; `softmax` for `single-label`, `none` without
    /// cross-validation.
    public var calibrationMethod: String
  }

  /// Documents trained on.
  public var documents: Int
  /// Of these, documents without any label.
  public var unlabelled: Int
  /// Records that could not be used.
  public var failures: Int
  /// Documents with invalid UTF-8 that was replaced.
  public var documentsWithReplacements: Int
  /// Feature columns.
  public var features: Int
  /// Entries of the matrix.
  public var entries: Int
  /// The labels.
  public var labels: [LabelSummary]
  /// Over all labels' decisions, cross-validated.
  public var microF1: Double?
  /// The mean over the labels that were measured, cross-validated.
  public var macroF1: Double?
  /// How the final fit ended.
  public var convergence: ConvergenceReport
  /// Whether the fits of the cross-validation converged.
  public var validationConverged: Bool
  /// What labels exclude.
  public var task: Task

  init(
    corpus: TrainingCorpus, targets: TargetMatrix, size: (features: Int, entries: Int), labels: [Label],
    task: Task,
    convergence: ConvergenceReport, validation: CrossValidation
  ) {
    documents = corpus.count
    unlabelled = corpus.labels.emptyCount
    failures = corpus.failures
    documentsWithReplacements = corpus.documentsWithReplacements
    features = size.features
    entries = size.entries
    let supports = targets.supports
    self.labels = labels.indices.map { index in
      let result = supports[index] > 0 && index < validation.results.count ? validation.results[index] : nil
      return LabelSummary(
        label: labels[index], support: supports[index], threshold: validation.thresholds[index],
        precision: result?.precision, recall: result?.recall, f1: result?.f1,
        calibration: result?.calibration,
        calibrationMethod: validation.results.isEmpty
          ? "none" : task == .singleLabel ? "softmax" : validation.calibrations[index].method)
    }
    microF1 = validation.results.isEmpty ? nil : validation.micro.f1
    let measured = self.labels.compactMap(\.f1)
    macroF1 = measured.isEmpty ? nil : measured.reduce(0, +) / Double(measured.count)
    self.convergence = convergence
    validationConverged = validation.converged
    self.task = task
  }

  /// The figures as JSON, without anything that changes from run to run, rounded so that another BLAS gives the same.
  public var json: JSONValue {
    func figure(_ value: Double?) -> JSONValue { value.map { .double(($0 * 1e4).rounded() / 1e4) } ?? .null }
    return .object([
      ("documents", .integer(documents)),
      ("documents-without-label", .integer(unlabelled)),
      ("features", .integer(features)),
      ("entries", .integer(entries)),
      ("converged", .bool(convergence.converged)),
      ("iterations", .integer(convergence.iterations)),
      ("loss", figure(convergence.loss)),
      ("gradient-norm", figure(convergence.gradientNorm)),
      ("cross-validated-micro-f1", figure(microF1)),
      ("cross-validated-macro-f1", figure(macroF1)),
      (
        "labels",
        .array(
          labels.map {
            .object([
              ("label", .string($0.label.key)), ("support", .integer($0.support)),
              ("threshold", figure(Double($0.threshold))), ("precision", figure($0.precision)),
              ("recall", figure($0.recall)), ("f1", figure($0.f1)),
              ("calibration", .string($0.calibrationMethod)), ("brier", figure($0.calibration?.brier)),
              ("calibration-error", figure($0.calibration?.calibrationError)),
            ])
          })
      ),
    ])
  }
}
