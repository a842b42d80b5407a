import NhanCore

/// How intervals are made.
public struct BootstrapOptions: Sendable, Hashable {
  /// How many resamples; none means no intervals.
  public var resamples: Int
  /// The share of resamples inside the interval, such as 0.95.
  public var level: Double
  /// The same seed gives the same intervals, at any number of threads.
  public var seed: Int
  /// How many threads resample.
  public var threads: Int

  /// Makes options.
  public init(resamples: Int = 1000, level: Double = 0.95, seed: Int = 1, threads: Int = 1) {
    self.resamples = resamples
    self.level = level
    self.seed = seed
    self.threads = threads
  }

  /// Checks the options.
  /// - Throws: `NhanError` (usage).
  func validate() throws(NhanError) {
    guard (0...100_000).contains(resamples) else {
      throw NhanError(
        .usage, code: "bad-resamples", "\(resamples) resamples are asked for, expected 0 to 100000")
    }
    guard level > 0, level < 1 else {
      throw NhanError(
        .usage, code: "bad-level", "the level is \(level), expected a number between 0 and 1, such as 0.95")
    }
  }
}
