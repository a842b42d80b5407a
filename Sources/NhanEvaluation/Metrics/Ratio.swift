/// The rule for zero division, for every metric here: a ratio whose denominator is zero is *not measured*. It
/// is neither 0 nor 1, stays out of macro and weighted means, and is `nil` in Swift, `null` in JSON and `–` in
/// tables.
///
/// Inside the module "not measured" is NaN, which is what the division gives by itself.
enum Ratio {
  /// `part / whole`; NaN when `whole` is zero.
  static func of(_ part: Int, _ whole: Int) -> Double { Double(part) / Double(whole) }

  /// The mean of the measured values; NaN when there are none. O(values).
  static func mean(_ values: some Sequence<Double>) -> Double {
    weightedMean(values.lazy.map { ($0, 1) })
  }

  /// The weighted mean of the measured values; NaN when their weights are zero. O(values).
  static func weightedMean(_ values: some Sequence<(value: Double, weight: Int)>) -> Double {
    var sum = 0.0
    var weights = 0
    for (value, weight) in values where !value.isNaN {
      sum += value * Double(weight)
      weights += weight
    }
    return sum / Double(weights)
  }
}
