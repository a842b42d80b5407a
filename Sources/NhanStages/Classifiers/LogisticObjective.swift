import NhanCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The logistic loss and its derivatives, seen through the scores of the training documents.
///
/// With scores s = X·w + b, for `multi-label`, for each label l on its own,
///
///     f(s) = Σ_i c_il · ln(1 + exp(−y_il · s_il)),   y = ±1,
///
/// and for `single-label`, over all labels together,
///
///     f(s) = Σ_i c_i · (ln Σ_l exp s_il − s_i,y(i)).
///
/// Scores and residuals of a problem lie label by label, each with all documents.
struct LogisticObjective: Sendable {
  let task: Task
  let targets: TargetMatrix
  /// By label: the weight of documents with it, and without it (multi-label only).
  let positiveWeights: [Double]
  let negativeWeights: [Double]
  /// Document `i` has the labels `labelStarts[i]..<labelStarts[i + 1]` of `allLabels`.
  private let labelStarts: [Int]
  private let allLabels: [Int]

  init(task: Task, targets: TargetMatrix, positiveWeights: [Double], negativeWeights: [Double]) {
    self.task = task
    self.targets = targets
    self.positiveWeights = positiveWeights
    self.negativeWeights = negativeWeights
    var starts = [0]
    var all: [Int] = []
    for row in 0..<targets.rowCount {
      all += (0..<targets.labelCount).lazy.filter { targets[row, $0] }.prefix(task == .multiLabel ? .max : 1)
      starts.append(all.count)
    }
    labelStarts = starts
    allLabels = all
  }

  /// The number of labels.
  var labels: Int { targets.labelCount }
  /// The number of documents.
  var documents: Int { targets.rowCount }

  /// Which labels share one problem: each label is its own for `multi-label`, all are one for `single-label`.
  var problems: [Range<Int>] {
    task == .multiLabel ? (0..<labels).map { $0..<$0 + 1 } : [0..<labels]
  }

  /// The loss. O(documents · labels of the problem).
  func loss(_ problem: Range<Int>, _ scores: [Double]) -> Double {
    var loss = 0.0
    if task == .multiLabel {
      let label = problem.lowerBound
      for row in 0..<documents {
        let positive = targets[row, label]
        loss += weight(label, positive) * Self.softplus(positive ? -scores[row] : scores[row])
      }
      return loss
    }
    for row in 0..<documents {
      var greatest = -Double.infinity
      for l in 0..<labels { greatest = max(greatest, scores[l * documents + row]) }
      var sum = 0.0
      for l in 0..<labels { sum += exp(scores[l * documents + row] - greatest) }
      guard let own = label(of: row) else { continue }
      loss += positiveWeights[own] * (greatest + log(sum) - scores[own * documents + row])
    }
    return loss
  }

  /// The first two derivatives of the loss by the step, at scores + step · change. O(documents · labels).
  func alongLine(_ problem: Range<Int>, _ scores: [Double], _ change: [Double], step: Double) -> (
    slope: Double, curvature: Double
  ) {
    task == .multiLabel
      ? binaryAlongLine(problem.lowerBound, scores, change, step) : softmaxAlongLine(scores, change, step)
  }

  private func binaryAlongLine(_ label: Int, _ scores: [Double], _ change: [Double], _ step: Double) -> (
    slope: Double, curvature: Double
  ) {
    var slope = 0.0, curvature = 0.0
    for row in 0..<documents {
      let positive = targets[row, label]
      let probability = Self.sigmoid(scores[row] + step * change[row])
      let weighted = weight(label, positive) * change[row]
      slope += weighted * (probability - (positive ? 1 : 0))
      curvature += weighted * change[row] * probability * (1 - probability)
    }
    return (slope, curvature)
  }

  private func softmaxAlongLine(_ scores: [Double], _ change: [Double], _ step: Double) -> (
    slope: Double, curvature: Double
  ) {
    var slope = 0.0, curvature = 0.0
    for row in 0..<documents {
      var greatest = -Double.infinity
      for l in 0..<labels {
        greatest = max(greatest, scores[l * documents + row] + step * change[l * documents + row])
      }
      var sum = 0.0, first = 0.0, second = 0.0
      for l in 0..<labels {
        let delta = change[l * documents + row]
        let share = exp(scores[l * documents + row] + step * delta - greatest)
        sum += share
        first += share * delta
        second += share * delta * delta
      }
      guard let own = label(of: row) else { continue }
      let mean = first / sum
      slope += positiveWeights[own] * (mean - change[own * documents + row])
      curvature += positiveWeights[own] * (second / sum - mean * mean)
    }
    return (slope, curvature)
  }

  /// ∂loss/∂score of every document and label of the problem. O(documents · labels).
  func residuals(_ problem: Range<Int>, _ scores: [Double]) -> [Double] {
    var residuals = scores
    if task == .multiLabel {
      let label = problem.lowerBound
      for row in 0..<documents {
        let positive = targets[row, label]
        residuals[row] = weight(label, positive) * (Self.sigmoid(scores[row]) - (positive ? 1 : 0))
      }
      return residuals
    }
    for row in 0..<documents {
      var greatest = -Double.infinity
      for l in 0..<labels { greatest = max(greatest, scores[l * documents + row]) }
      var sum = 0.0
      for l in 0..<labels {
        let share = exp(scores[l * documents + row] - greatest)
        residuals[l * documents + row] = share
        sum += share
      }
      let own = label(of: row)
      let weight = own.map { positiveWeights[$0] } ?? 0
      for l in 0..<labels {
        let at = l * documents + row
        residuals[at] = weight * (residuals[at] / sum - (l == own ? 1 : 0))
      }
    }
    return residuals
  }

  private func weight(_ label: Int, _ positive: Bool) -> Double {
    positive ? positiveWeights[label] : negativeWeights[label]
  }

  /// Whether a document has a label.
  func isPositive(_ row: Int, _ label: Int) -> Bool { targets[row, label] }

  /// A document's labels; for `single-label` at most one.
  func labels(of row: Int) -> ArraySlice<Int> { allLabels[labelStarts[row]..<labelStarts[row + 1]] }

  /// The one label of a document, for `single-label`.
  func label(of row: Int) -> Int? {
    labelStarts[row] < labelStarts[row + 1] ? allLabels[labelStarts[row]] : nil
  }

  /// The factor of a document's loss for a label. For `single-label` it is the same for all labels, and 0 without any.
  func weight(_ row: Int, _ label: Int) -> Double {
    if task == .multiLabel { return weight(label, targets[row, label]) }
    return self.label(of: row).map { positiveWeights[$0] } ?? 0
  }

  /// ln(1 + eˣ) without overflow.
  static func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }

  /// 1 / (1 + e⁻ˣ)
  static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
}
