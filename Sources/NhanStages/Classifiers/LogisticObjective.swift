import NhanCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The regularized logistic loss and its derivatives, seen through the scores of the training rows.
///
/// With scores s = X·w + b, for `multi-label`, for each label l on its own,
///
///     f(w, b) = Σ_i c_il · ln(1 + exp(−y_il · s_il)) + λ/2 ‖w‖²,   y = ±1,
///
/// and for `single-label`, over all labels together,
///
///     f(W, b) = Σ_i c_i · (ln Σ_l exp s_il − s_i,y(i)) + λ/2 ‖W‖².
///
/// Biases are not regularized. Everything here works on scores, row-major with all labels of a row side by side, so
/// that a line search costs no product with X.
struct LogisticObjective {
  let task: Task
  let targets: TargetMatrix
  /// By label: the weight of documents with it, and without it (multi-label only).
  let positiveWeights: [Double]
  let negativeWeights: [Double]

  private var labels: Int { targets.labelCount }

  /// Which labels share one problem: each label is its own for `multi-label`, all are one for `single-label`.
  var problems: [Range<Int>] {
    task == .multiLabel ? (0..<labels).map { $0..<$0 + 1 } : [0..<labels]
  }

  /// The loss along a line: of scores + step · change, with its first two derivatives by the step, without the
  /// regularization. O(rows · labels of the problem).
  func alongLine(
    _ problem: Range<Int>, _ scores: UnsafePointer<Double>, _ change: UnsafePointer<Double>, step: Double
  ) -> (loss: Double, slope: Double, curvature: Double) {
    task == .multiLabel
      ? binaryAlongLine(problem.lowerBound, scores, change, step)
      : softmaxAlongLine(scores, change, step)
  }

  private func binaryAlongLine(
    _ label: Int, _ scores: UnsafePointer<Double>, _ change: UnsafePointer<Double>, _ step: Double
  ) -> (loss: Double, slope: Double, curvature: Double) {
    var loss = 0.0, slope = 0.0, curvature = 0.0
    for row in 0..<targets.rowCount {
      let at = row &* labels &+ label
      let positive = targets.values[at] != 0
      let weight = positive ? positiveWeights[label] : negativeWeights[label]
      let delta = change[at]
      let score = scores[at] + step * delta
      let probability = Self.sigmoid(score)
      loss += weight * Self.softplus(positive ? -score : score)
      slope += weight * (probability - (positive ? 1 : 0)) * delta
      curvature += weight * probability * (1 - probability) * delta * delta
    }
    return (loss, slope, curvature)
  }

  private func softmaxAlongLine(
    _ scores: UnsafePointer<Double>, _ change: UnsafePointer<Double>, _ step: Double
  ) -> (loss: Double, slope: Double, curvature: Double) {
    var loss = 0.0, slope = 0.0, curvature = 0.0
    for row in 0..<targets.rowCount {
      let scores = scores + row * labels
      let change = change + row * labels
      var greatest = -Double.infinity
      for l in 0..<labels { greatest = max(greatest, scores[l] + step * change[l]) }
      var sum = 0.0, first = 0.0, second = 0.0
      var own = 0.0, ownChange = 0.0, weight = 0.0
      for l in 0..<labels {
        let score = scores[l] + step * change[l]
        let share = exp(score - greatest)
        sum += share
        first += share * change[l]
        second += share * change[l] * change[l]
        if targets.values[row * labels + l] != 0 {
          (own, ownChange, weight) = (score, change[l], positiveWeights[l])
        }
      }
      let mean = first / sum
      loss += weight * (greatest + log(sum) - own)
      slope += weight * (mean - ownChange)
      curvature += weight * (second / sum - mean * mean)
    }
    return (loss, slope, curvature)
  }

  /// Writes ∂loss/∂score of every row and label to `residuals`. O(rows · labels).
  func residuals(
    _ scores: UnsafePointer<Double>, into residuals: UnsafeMutablePointer<Double>, threads: Int
  ) {
    let scores = DisjointMemory(UnsafeMutablePointer(mutating: scores))
    let residuals = DisjointMemory(residuals)
    let chunks = Parallel.chunks(of: targets.rowCount, size: 4096)
    let labels = labels
    try? Parallel.forEach(count: chunks.count, threads: threads) { item, _ in
      for row in chunks[item] {
        residualsOfRow(scores.base + row * labels, residuals.base + row * labels, row)
      }
    }
  }

  private func residualsOfRow(
    _ scores: UnsafePointer<Double>, _ residuals: UnsafeMutablePointer<Double>, _ row: Int
  ) {
    if task == .multiLabel {
      for l in 0..<labels {
        let positive = targets.values[row * labels + l] != 0
        let weight = positive ? positiveWeights[l] : negativeWeights[l]
        residuals[l] = weight * (Self.sigmoid(scores[l]) - (positive ? 1 : 0))
      }
      return
    }
    var greatest = -Double.infinity
    for l in 0..<labels { greatest = max(greatest, scores[l]) }
    var sum = 0.0, weight = 0.0
    for l in 0..<labels {
      residuals[l] = exp(scores[l] - greatest)
      sum += residuals[l]
      if targets.values[row * labels + l] != 0 { weight = positiveWeights[l] }
    }
    for l in 0..<labels {
      residuals[l] = weight * (residuals[l] / sum - Double(targets.values[row * labels + l]))
    }
  }

  /// ln(1 + eˣ) without overflow.
  static func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }

  /// 1 / (1 + e⁻ˣ)
  static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
}
