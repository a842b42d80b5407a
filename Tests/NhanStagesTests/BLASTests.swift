import TestSupport
import Testing

@testable import NhanStages

/// Each BLAS routine beside a plain loop, so that a broken or mismatched library shows at once.
@Suite struct BLASTests {
  /// Lengths around the unrolling of common libraries.
  static let lengths = [0, 1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 33, 100, 1023, 4097]

  private func vectors(_ count: Int) -> (x: [Double], y: [Double]) {
    var generator = SeededGenerator(seed: UInt64(count))
    let x = (0..<count).map { _ in Double.random(in: -2...2, using: &generator) }
    let y = (0..<count).map { _ in Double.random(in: -2...2, using: &generator) }
    return (x, y)
  }

  @Test(arguments: lengths) func dotIsTheSumOfProducts(count: Int) {
    let (x, y) = vectors(count)
    var expected = 0.0
    for i in 0..<count { expected += x[i] * y[i] }
    #expect(abs(BLAS.dot(x, y, count: count) - expected) <= 1e-12 * Double(count + 1))
  }

  @Test(arguments: lengths) func normIsTheRootOfTheSumOfSquares(count: Int) {
    let (x, _) = vectors(count)
    let expected = x.reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(abs(BLAS.norm(x, count: count) - expected) <= 1e-12 * Double(count + 1))
  }

  @Test func normNeitherOverflowsNorUnderflows() {
    #expect(abs(BLAS.norm([3e200, 4e200], count: 2) / 5e200 - 1) < 1e-12)
    #expect(abs(BLAS.norm([3e-200, 4e-200], count: 2) / 5e-200 - 1) < 1e-12)
  }

  @Test(arguments: lengths) func addScaledAddsAMultiple(count: Int) {
    var (x, y) = vectors(count)
    let expected = zip(x, y).map { 0.75 * $0 + $1 }
    BLAS.addScaled(0.75, &x, to: &y, count: count)
    for i in 0..<count { #expect(abs(y[i] - expected[i]) <= 1e-15 * 8) }
  }

  @Test(arguments: lengths) func scaleMultiplies(count: Int) {
    var (x, _) = vectors(count)
    let expected = x.map { $0 * -1.5 }
    BLAS.scale(&x, by: -1.5, count: count)
    #expect(x == expected)
  }

  @Test(arguments: lengths) func copyCopies(count: Int) {
    var (x, y) = vectors(count)
    BLAS.copy(&x, to: &y, count: count)
    #expect(x == y)
  }
}
