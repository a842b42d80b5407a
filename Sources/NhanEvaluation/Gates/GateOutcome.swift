/// How a gate went.
public struct GateOutcome: Sendable, Hashable {
  /// What was asked for, such as `micro-f1=0.9` or `regression of micro-f1`.
  public let name: String
  /// The metric it looked at.
  public let metric: Metric
  /// Whether it was passed.
  public let isPassed: Bool
  /// What was found and what was required, for people who see it for the first time.
  public let sentence: String

  /// The label it looked at, if it is about one.
  public var label: Int? {
    if case .label(let label, _) = metric { label } else { nil }
  }
}
