import NhanCore

/// The values of every metric in every resample.
package struct BootstrapDistribution: Sendable {
  private let resamples: Int
  private let metricCount: Int
  private let level: Double
  /// Resample after resample; NaN where not measured.
  private var values: [Double]

  /// Resamples. O(resamples · documents · labels) on `options.threads` threads.
  package init(of kernel: MetricKernel, by resampler: Resampler, _ options: BootstrapOptions) throws {
    let metricCount = kernel.metricCount
    self.metricCount = metricCount
    resamples = options.resamples
    level = options.level
    values = [Double](repeating: .nan, count: resamples * metricCount)
    let chunks = Parallel.chunks(of: resamples, size: 16)
    try values.withUnsafeMutableBufferPointer { values in
      guard let base = values.baseAddress else { return }
      // Each resample writes its own row, and the rows outlive the loop.
      let rows = DisjointMemory(base)
      try Parallel.forEach(count: chunks.count, threads: options.threads) { chunk, _ in
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: kernel.documentCount) { weights in
          for resample in chunks[chunk] {
            resampler.draw(resample, into: weights)
            kernel.measure(
              weights: UnsafeBufferPointer(weights),
              into: UnsafeMutableBufferPointer(start: rows.base + resample * metricCount, count: metricCount))
          }
        }
      }
    }
  }

  /// What this one has more than `baseline`, resample by resample.
  /// - Precondition: both are of the same resamples and metrics.
  func minus(_ baseline: BootstrapDistribution) -> BootstrapDistribution {
    precondition(values.count == baseline.values.count)
    var difference = self
    for index in values.indices { difference.values[index] -= baseline.values[index] }
    return difference
  }

  /// The percentile interval of a metric over the resamples that measure it; `nil` if none does.
  /// O(resamples · log resamples).
  func interval(of metric: Int) -> Interval? {
    let sorted = measured(metric).sorted()
    guard !sorted.isEmpty else { return nil }
    return Interval(
      low: Self.quantile((1 - level) / 2, of: sorted), high: Self.quantile((1 + level) / 2, of: sorted))
  }

  /// The share of resamples in which `condition` holds for a metric or the metric is not measured.
  /// O(resamples).
  /// - Precondition: there are resamples.
  func share(of metric: Int, where condition: (Double) -> Bool) -> Double {
    let kept = (0..<resamples).count { resample in
      let value = values[resample * metricCount + metric]
      return value.isNaN || condition(value)
    }
    return Double(kept) / Double(resamples)
  }

  private func measured(_ metric: Int) -> [Double] {
    (0..<resamples).lazy.map { values[$0 * metricCount + metric] }.filter { !$0.isNaN }
  }

  /// A quantile by linear interpolation between the two nearest values (type 7 of Hyndman and Fan).
  private static func quantile(_ share: Double, of sorted: [Double]) -> Double {
    let place = share * Double(sorted.count - 1)
    let lower = Int(place)
    let upper = min(lower + 1, sorted.count - 1)
    return sorted[lower] + (place - Double(lower)) * (sorted[upper] - sorted[lower])
  }
}
