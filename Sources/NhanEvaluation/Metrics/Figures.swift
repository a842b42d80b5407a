/// The bounds of an interval.
public struct Interval: Sendable, Hashable {
  /// The lower bound.
  public var low: Double
  /// The upper bound.
  public var high: Double

  /// Makes an interval.
  public init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }
}

/// A metric's value with its bootstrap interval.
public struct Measurement: Sendable, Hashable {
  /// The value; `nil` when it is not measured, see `Figures`.
  public var value: Double?
  /// The percentile interval; `nil` when the value is, or without resamples.
  public var interval: Interval?

  /// Makes a measurement.
  public init(value: Double?, interval: Interval? = nil) {
    self.value = value
    self.interval = interval
  }
}

/// Counts and metrics of some documents.
///
/// A ratio whose denominator is zero is not measured: it is `nil`, neither 0 nor 1, and stays out of macro and
/// weighted means.
public struct Figures: Sendable, Hashable {
  /// How many documents were measured.
  public let documentCount: Int
  /// Counts a label.
  public let counts: [Counts]
  private let measurements: [Measurement]

  /// The counts of all labels in one pot.
  public var total: Counts { counts.reduce(into: Counts()) { $0 += $1 } }

  /// A metric. O(1).
  public subscript(metric: Metric) -> Measurement { measurements[metric.index] }
  /// A metric of all labels together. O(1).
  public subscript(metric: OverallMetric) -> Measurement { self[.overall(metric)] }
  /// A metric of a label. O(1).
  public subscript(label: Int, metric: LabelMetric) -> Measurement { self[.label(label, metric)] }

  /// Measures and, if `bootstrap` asks for it, resamples.
  init(of kernel: MetricKernel, distribution: BootstrapDistribution) {
    documentCount = kernel.documentCount
    let (values, counts) = kernel.measure()
    self.counts = counts
    measurements = values.enumerated().map { index, value in
      Measurement(
        value: value.isNaN ? nil : value, interval: value.isNaN ? nil : distribution.interval(of: index))
    }
  }
}
