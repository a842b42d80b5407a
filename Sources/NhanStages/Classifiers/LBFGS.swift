/// The search directions of limited-memory BFGS: two-loop recursion over the last steps.
/// (Nocedal and Wright, Numerical Optimization, 2nd ed., algorithm 7.4.)
///
/// Memory: `2 · history` vectors. Time: `4 · history` vector operations a direction.
struct LBFGS {
  private struct Pair {
    var step: SpanVector
    /// The change of the gradient that the step brought.
    var change: SpanVector
    /// ⟨step, change⟩, positive.
    var curvature: Double
  }

  private let history: Int
  /// The last steps, the newest at the end.
  private var pairs: [Pair] = []

  /// - Parameter history: how many steps are remembered.
  init(history: Int) { self.history = history }

  /// −H·gradient, with the approximation H of the inverse Hessian that the remembered steps give.
  func direction(_ gradient: SpanVector) -> SpanVector {
    var direction = gradient
    var alphas: [Double] = []
    for pair in pairs.reversed() {
      let alpha = pair.step.dot(direction) / pair.curvature
      direction.add(-alpha, pair.change)
      alphas.append(alpha)
    }
    if let last = pairs.last { direction.scale(by: last.curvature / last.change.dot(last.change)) }
    for (pair, alpha) in zip(pairs, alphas.reversed()) {
      let beta = pair.change.dot(direction) / pair.curvature
      direction.add(alpha - beta, pair.step)
    }
    direction.scale(by: -1)
    return direction
  }

  /// Remembers a step and the change of the gradient that it brought. A pair without positive curvature (possible
  /// only through rounding, for a convex objective) is left out.
  mutating func remember(step: SpanVector, change: SpanVector) {
    let curvature = step.dot(change)
    guard curvature > 0, curvature.isFinite, change.dot(change) > 0 else { return }
    if pairs.count == history { pairs.removeFirst() }
    pairs.append(Pair(step: step, change: change, curvature: curvature))
  }
}
