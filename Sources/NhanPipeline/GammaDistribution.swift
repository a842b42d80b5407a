import NhanEvaluation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Draws from the gamma distribution of scale 1: the sum of `shape` independent numbers that are distributed exponentially
/// with mean 1. O(1) a draw, whatever the shape. (Marsaglia and Tsang 2000.)
enum GammaDistribution {
  /// A number with mean and variance `shape`, which is at least 1.
  static func draw(shape: Int, using generator: inout SplitMix64) -> Double {
    if shape == 1 { return -log(unit(&generator)) }
    let d = Double(shape) - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normal(&generator)
      let root = 1 + c * x
      guard root > 0 else { continue }
      let v = root * root * root
      if log(unit(&generator)) < 0.5 * x * x + d - d * v + d * log(v) { return d * v }
    }
  }

  /// Greater than 0 and at most 1.
  private static func unit(_ generator: inout SplitMix64) -> Double {
    Double((generator.next() >> 11) + 1) * 0x1p-53
  }

  /// By Box and Muller's transform.
  private static func normal(_ generator: inout SplitMix64) -> Double {
    let radius = (-2 * log(unit(&generator))).squareRoot()
    return radius * cos(2 * .pi * unit(&generator))
  }
}
