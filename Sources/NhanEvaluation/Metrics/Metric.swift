/// A metric of one label.
public enum LabelMetric: Int, CaseIterable, Sendable {
  /// TP / (TP + FP)
  case precision
  /// TP / (TP + FN)
  case recall
  /// 2 TP / (2 TP + FP + FN)
  case f1
  /// The area under precision over recall, by steps.
  case averagePrecision
  /// Mean squared distance of probability and truth.
  case brier
  /// Expected calibration error, ten bins.
  case calibrationError

  /// The name in gates and reports.
  public var name: String {
    switch self {
    case .precision: "precision"
    case .recall: "recall"
    case .f1: "f1"
    case .averagePrecision: "average-precision"
    case .brier: "brier"
    case .calibrationError: "calibration-error"
    }
  }
}

/// A metric of all labels together.
public enum OverallMetric: Int, CaseIterable, Sendable {
  /// Precision of all decisions in one pot.
  case microPrecision
  /// Recall of all decisions in one pot.
  case microRecall
  /// F1 of all decisions in one pot.
  case microF1
  /// The mean of the labels' precision.
  case macroPrecision
  /// The mean of the labels' recall.
  case macroRecall
  /// The mean of the labels' F1.
  case macroF1
  /// The mean of the labels' F1, weighted by support.
  case weightedF1
  /// The mean of the labels' average precision.
  case meanAveragePrecision
  /// The mean of the labels' Brier score.
  case brier
  /// The mean of the labels' expected calibration error.
  case calibrationError
  /// The share of documents with every label right.
  case subsetAccuracy
  /// The share of wrong decisions among all documents × labels.
  case hammingLoss
  /// The share of documents with the right label; only where every document carries and gets exactly one.
  case accuracy

  /// The name in gates and reports.
  public var name: String {
    switch self {
    case .microPrecision: "micro-precision"
    case .microRecall: "micro-recall"
    case .microF1: "micro-f1"
    case .macroPrecision: "macro-precision"
    case .macroRecall: "macro-recall"
    case .macroF1: "macro-f1"
    case .weightedF1: "weighted-f1"
    case .meanAveragePrecision: "mean-average-precision"
    case .brier: "brier"
    case .calibrationError: "calibration-error"
    case .subsetAccuracy: "subset-accuracy"
    case .hammingLoss: "hamming-loss"
    case .accuracy: "accuracy"
    }
  }
}

/// A metric, of all labels together or of one.
public enum Metric: Sendable, Hashable {
  /// Of all labels together.
  case overall(OverallMetric)
  /// Of the label with an index.
  case label(Int, LabelMetric)

  /// Whether lower is better.
  public var isLoss: Bool {
    switch self {
    case .overall(let metric): metric == .brier || metric == .calibrationError || metric == .hammingLoss
    case .label(_, let metric): metric == .brier || metric == .calibrationError
    }
  }

  /// `micro-f1`, or `awards.f1`.
  public func name(labels: [EvaluationLabel]) -> String {
    switch self {
    case .overall(let metric): metric.name
    case .label(let label, let metric): "\(labels[label].key).\(metric.name)"
    }
  }

  /// Every metric of so many labels, in the order in which values are kept: overall first.
  public static func all(labelCount: Int) -> [Metric] {
    OverallMetric.allCases.map(Metric.overall)
      + (0..<labelCount).flatMap { label in LabelMetric.allCases.map { Metric.label(label, $0) } }
  }

  /// The place in the order of `all`. O(1).
  var index: Int {
    switch self {
    case .overall(let metric): metric.rawValue
    case .label(let label, let metric): OverallMetric.count + label * LabelMetric.count + metric.rawValue
    }
  }

  /// How many metrics there are for so many labels.
  static func count(labelCount: Int) -> Int { OverallMetric.count + labelCount * LabelMetric.count }
}

extension LabelMetric {
  /// How many there are.
  static let count = allCases.count
}

extension OverallMetric {
  /// How many there are.
  static let count = allCases.count
}
