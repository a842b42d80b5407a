import NhanCore

/// A limit that a metric must keep: at least so much, or at most where lower is better.
public struct ThresholdGate: Sendable, Hashable {
  /// What is limited.
  public let metric: Metric
  /// The limit, which itself still passes.
  public let limit: Double
  /// The gate as it was written.
  public let text: String

  /// Figures are sums of rounded quotients: a limit counts as kept if they miss it by less than this.
  private static let slack = 1e-12

  /// Reads `METRIC=VALUE`, such as `micro-f1=0.90` or `awards.recall=0.85`.
  /// - Parameter labels: those of the data that will be judged.
  /// - Throws: `NhanError` (usage) when it is none or names an unknown metric or label.
  public init(parsing text: String, labels: [EvaluationLabel]) throws(NhanError) {
    guard let equals = text.lastIndex(of: "=") else {
      throw NhanError(
        .usage, code: "bad-gate", "the gate '\(text)' has no '=', expected METRIC=VALUE",
        hint: "for instance micro-f1=0.90")
    }
    let value = String(text[text.index(after: equals)...])
    guard let limit = Double(value), (0...1).contains(limit) else {
      throw NhanError(
        .usage, code: "bad-gate",
        "the gate '\(text)' has the value '\(value)', expected a number from 0 to 1",
        hint: "for instance micro-f1=0.90 for 90 %")
    }
    metric = try Self.metric(named: String(text[..<equals]), labels)
    self.limit = limit
    self.text = text
  }

  private static func metric(
    named name: String, _ labels: [EvaluationLabel]
  ) throws(NhanError) -> Metric {
    if let metric = OverallMetric.allCases.first(where: { $0.name == name }) { return .overall(metric) }
    // A label's key may itself have dots in it.
    if let dot = name.lastIndex(of: ".") {
      return try labelMetric(
        String(name[name.index(after: dot)...]), ofLabel: String(name[..<dot]), labels)
    }
    if labels.contains(where: { $0.key == name }) {
      throw NhanError(
        .usage, code: "unknown-metric", "the gate names the label '\(name)' without a metric of it",
        hint: "for instance \(name).f1")
    }
    throw NhanError(
      .usage, code: "unknown-metric", "there is no metric '\(name)' of all labels",
      hint: Suggestion.hint(for: name, among: OverallMetric.allCases.map(\.name))
        + "; of one label, for instance: \(labels[0].key).f1")
  }

  private static func labelMetric(
    _ name: String, ofLabel key: String, _ labels: [EvaluationLabel]
  ) throws(NhanError) -> Metric {
    guard let label = labels.firstIndex(where: { $0.key == key }) else {
      throw NhanError(
        .usage, code: "unknown-label", "there is no label '\(key)'",
        hint: Suggestion.hint(for: key, among: labels.map(\.key)))
    }
    guard let metric = LabelMetric.allCases.first(where: { $0.name == name }) else {
      throw NhanError(
        .usage, code: "unknown-metric", "there is no metric '\(name)' of a label",
        hint: Suggestion.hint(for: name, among: LabelMetric.allCases.map(\.name)))
    }
    return .label(label, metric)
  }

  /// Checks the gate.
  func outcome(of figures: Figures, _ labels: [EvaluationLabel], level: Double) -> GateOutcome {
    let measurement = figures[metric]
    let name = metric.name(labels: labels)
    guard let value = measurement.value else {
      return GateOutcome(
        name: text, metric: metric, isPassed: false,
        sentence: "\(name) could not be measured, because \(metric.reasonNotMeasured); "
          + "a gate on a metric that is not measured fails.")
    }
    let isPassed = metric.isLoss ? value <= limit + Self.slack : value >= limit - Self.slack
    let (found, required) = Wording.pair(value, limit)
    let interval =
      measurement.interval.map {
        " (\(Wording.percent(level)) interval \(Wording.number($0.low)) to \(Wording.number($0.high)))"
      } ?? ""
    let bound = metric.isLoss ? "at most \(required) is allowed" : "at least \(required) is required"
    let distance = Wording.number(max(abs(value - limit), 0.001))
    let shortfall = ": \(distance) too \(metric.isLoss ? "high" : "low")"
    return GateOutcome(
      name: text, metric: metric, isPassed: isPassed,
      sentence: isPassed
        ? "\(name) is \(found)\(interval); \(bound)."
        : "\(name) is \(found)\(interval), but \(bound)\(shortfall).")
  }
}
