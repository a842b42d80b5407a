/// One part of the way, as something that can be done again and again.
struct Benchmark {
  /// What an amount of work is counted in.
  enum Unit: String {
    /// Bytes of input.
    case bytes = "MB/s"
    /// Non-zero entries of rows.
    case entries = "million non-zeros/s"
  }

  /// Its name, which the committed thresholds use.
  let name: String
  /// What `amount` counts.
  let unit: Unit
  /// How much one run works through.
  let amount: Int
  /// One run. What it returns depends on all its work, so that none of it can be left out.
  let run: () throws -> Int
}
