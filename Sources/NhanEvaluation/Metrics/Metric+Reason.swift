extension Metric {
  /// Why the metric's denominator is zero when it is not measured: the rest of a sentence after "because".
  var reasonNotMeasured: String {
    switch self {
    case .overall(let metric): metric.reasonNotMeasured
    case .label(_, let metric): metric.reasonNotMeasured
    }
  }
}

extension LabelMetric {
  fileprivate var reasonNotMeasured: String {
    switch self {
    case .precision: "no document was given the label"
    case .recall, .averagePrecision: "no document carries the label"
    case .f1: "no document carries the label or was given it"
    case .brier, .calibrationError: "there are no documents"
    }
  }
}

extension OverallMetric {
  fileprivate var reasonNotMeasured: String {
    switch self {
    case .microPrecision, .macroPrecision: "no document was given a label"
    case .microRecall, .macroRecall, .weightedF1, .meanAveragePrecision: "no document carries a label"
    case .microF1, .macroF1: "no document carries a label or was given one"
    case .brier, .calibrationError, .subsetAccuracy, .hammingLoss: "there are no documents"
    case .accuracy: "not every document carries exactly one label and was given exactly one"
    }
  }
}
