import NhanCore

/// What changed since an earlier run over the same documents.
public struct Comparison: Sendable {
  /// The figures of the earlier run.
  public let baseline: Figures
  /// McNemar's test a label, over the decisions about it.
  public let labelTests: [SignTest]
  /// The sign test over documents: which got fewer wrong labels, which more.
  public let documentTest: SignTest
  /// The decisions that changed, document after document.
  public let flips: [Flip]
  private let differences: [Measurement]
  private let distribution: BootstrapDistribution

  /// A metric now less the metric before, with the interval of the paired bootstrap; `nil` when either is not
  /// measured. O(1).
  public subscript(metric: Metric) -> Measurement { differences[metric.index] }

  /// Compares with a baseline whose rows and columns are those of `data`.
  init(
    _ data: EvaluationData, _ sample: Sample, with baseline: EvaluationData, _ options: BootstrapOptions
  ) throws {
    let earlier = try Sample(
      baseline, rows: Array(baseline.documents.indices), baseline.isSingleLabel, options)
    self.baseline = earlier.figures
    let distribution = sample.distribution.minus(earlier.distribution)
    self.distribution = distribution
    differences = Metric.all(labelCount: data.labels.count).map { metric in
      guard let now = sample.figures[metric].value, let before = earlier.figures[metric].value else {
        return Measurement(value: nil)
      }
      return Measurement(value: now - before, interval: distribution.interval(of: metric.index))
    }
    flips = Self.flips(data, baseline)
    labelTests = data.labels.indices.map { [flips] label in
      let changed = flips.filter { $0.label == label }
      let better = changed.count { $0.isCorrect }
      return SignTest(better: better, worse: changed.count - better)
    }
    let changes = data.documents.indices.map { data.errorCount($0) - baseline.errorCount($0) }
    documentTest = SignTest(better: changes.count { $0 < 0 }, worse: changes.count { $0 > 0 })
  }

  private static func flips(_ data: EvaluationData, _ baseline: EvaluationData) -> [Flip] {
    data.documents.indices.flatMap { row in
      data.labels.indices.compactMap { label in
        let isPredicted = data.isPredicted(row, label)
        guard isPredicted != baseline.isPredicted(row, label) else { return nil }
        return Flip(
          row: row, label: label, isPredicted: isPredicted, isCorrect: data.isCorrect(row, label))
      }
    }
  }

  /// How weak the evidence is that `metric` got worse by more than `tolerance`: the larger of two p-values.
  ///
  /// The first is the share of paired resamples without such a loss. Where few documents changed, resamples
  /// understate chance (the only document of its combination of labels is in all of them); there the second
  /// speaks, the exact test over the decisions themselves, which also has no smallest value that the number
  /// of resamples sets.
  /// O(resamples).
  func lossPValue(of metric: Metric, tolerance: Double) -> Double {
    let sign = metric.isLoss ? -1.0 : 1.0
    let resampled = distribution.share(of: metric.index) { sign * $0 >= -tolerance }
    let exact =
      switch metric {
      case .overall: documentTest.pValue
      case .label(let label, _): labelTests[label].pValue
      }
    return max(resampled, exact)
  }
}
