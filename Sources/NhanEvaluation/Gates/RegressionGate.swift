import NhanCore

/// Fails when quality dropped since the baseline by more than `tolerance` and by more than chance explains.
///
/// It checks micro-F1, macro-F1 and the F1 of every label that documents carry. The more is checked, the
/// likelier chance makes one of them look bad; p-values are corrected for that (Holm 1979), so that a run in
/// which nothing got worse fails with a probability of at most 1 − `level`.
public struct RegressionGate: Sendable, Hashable {
  /// How sure a loss must be, such as 0.95.
  public let level: Double
  /// The loss of F1 that is let pass, such as 0.01.
  public let tolerance: Double

  /// Makes a gate.
  /// - Throws: `NhanError` (usage) when `level` is not between 0 and 1 or `tolerance` not in `0...1`.
  public init(level: Double = 0.95, tolerance: Double = 0) throws(NhanError) {
    guard level > 0, level < 1 else {
      throw NhanError(
        .usage, code: "bad-level", "the level is \(level), expected a number between 0 and 1, such as 0.95")
    }
    guard (0...1).contains(tolerance) else {
      throw NhanError(
        .usage, code: "bad-tolerance", "the tolerance is \(tolerance), expected a number from 0 to 1")
    }
    self.level = level
    self.tolerance = tolerance
  }

  /// Checks the gate: one outcome a metric.
  func outcomes(
    of comparison: Comparison, _ figures: Figures, _ labels: [EvaluationLabel], level intervalLevel: Double
  ) -> [GateOutcome] {
    let metrics: [Metric] =
      [.overall(.microF1), .overall(.macroF1)]
      + labels.indices.filter { figures.counts[$0].support > 0 }.map { .label($0, .f1) }
    let pValues = Self.corrected(metrics.map { comparison.lossPValue(of: $0, tolerance: tolerance) })
    return zip(metrics, pValues).map { metric, pValue in
      let name = metric.name(labels: labels)
      guard let now = figures[metric].value, let before = comparison.baseline[metric].value else {
        return GateOutcome(
          name: "regression of \(name)", metric: metric, isPassed: false,
          sentence: "\(name) could not be compared with the baseline, because \(metric.reasonNotMeasured); "
            + "a gate on a metric that is not measured fails.")
      }
      let isPassed = before - now <= tolerance || pValue > 1 - level
      return GateOutcome(
        name: "regression of \(name)", metric: metric, isPassed: isPassed,
        sentence: sentence(
          name, now, before, isPassed: isPassed, pValue, comparison[metric], intervalLevel, metrics.count))
    }
  }

  /// Holm's correction: a p-value times how many are not smaller, and never below a smaller one's.
  package static func corrected(_ pValues: [Double]) -> [Double] {
    var corrected = pValues
    var largest = 0.0
    for (rank, index) in pValues.indices.sorted(by: { pValues[$0] < pValues[$1] }).enumerated() {
      largest = max(largest, min(1, pValues[index] * Double(pValues.count - rank)))
      corrected[index] = largest
    }
    return corrected
  }

  private func sentence(
    _ name: String, _ now: Double, _ before: Double, isPassed: Bool, _ pValue: Double,
    _ change: Measurement, _ intervalLevel: Double, _ checks: Int
  ) -> String {
    guard now < before else {
      return now == before
        ? "\(name) is \(Wording.number(now)), as in the baseline."
        : "\(name) rose from \(Wording.number(before)) to \(Wording.number(now))."
    }
    let (from, to) = Wording.pair(before, now)
    let interval =
      change.interval.map {
        " (\(Wording.percent(intervalLevel)) interval of the change "
          + "\(Wording.difference($0.low)) to \(Wording.difference($0.high)))"
      } ?? ""
    let fall = "\(name) fell from \(from) to \(to)\(interval)"
    if before - now <= tolerance { return fall + ", within the tolerance of \(Wording.number(tolerance))." }
    let evidence = "p \(pValue < 0.001 ? "" : "= ")\(Wording.pValue(pValue)), corrected for \(checks) checks"
    let beyond = tolerance > 0 ? " beyond the tolerance of \(Wording.number(tolerance))" : ""
    return isPassed
      ? fall + ", which chance may explain\(beyond) (\(evidence))."
      : fall + ", more than chance explains\(beyond) (\(evidence))."
  }
}
