/// The search directions of limited-memory BFGS: two-loop recursion over the last steps.
/// (Nocedal and Wright, Numerical Optimization, 2nd ed., algorithm 7.4.)
///
/// Memory: `2 · history` vectors. Vector work in BLAS: `4 · history` passes a direction.
final class LBFGS {
  private let count: Int
  private let history: Int
  /// Steps and changes of the gradient, as a ring of `history` vectors each.
  private let steps: UnsafeMutablePointer<Double>
  private let changes: UnsafeMutablePointer<Double>
  private var curvatures: [Double]
  private var stored = 0
  private var next = 0

  /// - Parameters:
  ///   - count: the number of variables.
  ///   - history: how many steps are remembered.
  init(count: Int, history: Int) {
    self.count = count
    self.history = history
    steps = .allocate(capacity: count * history)
    changes = .allocate(capacity: count * history)
    curvatures = [Double](repeating: 0, count: history)
  }

  deinit {
    steps.deallocate()
    changes.deallocate()
  }

  /// Writes the direction −H·gradient to `direction`.
  func direction(_ gradient: UnsafePointer<Double>, into direction: UnsafeMutablePointer<Double>) {
    BLAS.copy(gradient, to: direction, count: count)
    let newestFirst = (1...max(1, stored)).prefix(stored).map { (next - $0 + history) % history }
    var alphas: [Double] = []
    for i in newestFirst {
      let alpha = BLAS.dot(steps + i * count, direction, count: count) / curvatures[i]
      BLAS.addScaled(-alpha, changes + i * count, to: direction, count: count)
      alphas.append(alpha)
    }
    if let last = newestFirst.first {
      let change = changes + last * count
      BLAS.scale(direction, by: curvatures[last] / BLAS.dot(change, change, count: count), count: count)
    }
    for (i, alpha) in zip(newestFirst, alphas).reversed() {
      let beta = BLAS.dot(changes + i * count, direction, count: count) / curvatures[i]
      BLAS.addScaled(alpha - beta, steps + i * count, to: direction, count: count)
    }
    BLAS.scale(direction, by: -1, count: count)
  }

  /// Remembers the step `scale · direction` and the change of the gradient that it brought. A pair without positive
  /// curvature (possible only through rounding, for a convex objective) is left out.
  func remember(
    direction: UnsafePointer<Double>, scale: Double, gradient: UnsafePointer<Double>,
    previousGradient: UnsafePointer<Double>
  ) {
    let step = steps + next * count
    let change = changes + next * count
    BLAS.copy(direction, to: step, count: count)
    BLAS.scale(step, by: scale, count: count)
    BLAS.copy(gradient, to: change, count: count)
    BLAS.addScaled(-1, previousGradient, to: change, count: count)
    let curvature = BLAS.dot(step, change, count: count)
    guard curvature > 0, curvature.isFinite else { return }
    curvatures[next] = curvature
    next = (next + 1) % history
    stored = min(stored + 1, history)
  }
}
