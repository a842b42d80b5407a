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

  // Sums over the documents of a softmax are taken over fixed chunks, and then over these in order, so that they do not
  // depend on the number of threads. A problem of one label is small, and there are many to share among the threads.

  /// The loss. O(documents · labels of the problem).
  func loss(_ problem: Range<Int>, _ scores: [Double], threads: Int = 1) -> Double {
    if task == .singleLabel {
      return sums(of: 1, threads: threads) { rows, sums in
        for row in rows {
          guard let own = self.label(of: row) else { continue }
          // Not the logarithm of the probability, which may be too small for a number.
          var greatest = -Double.infinity
          for l in 0..<labels { greatest = max(greatest, scores[l &* documents &+ row]) }
          var sum = 0.0
          for l in 0..<labels { sum += exp(scores[l &* documents &+ row] - greatest) }
          sums[0] += positiveWeights[own] * (greatest + log(sum) - scores[own &* documents &+ row])
        }
      }[0]
    }
    var loss = 0.0
    let label = problem.lowerBound
    for row in 0..<documents {
      let positive = targets[row, label]
      loss += weight(label, positive) * Self.softplus(positive ? -scores[row] : scores[row])
    }
    return loss
  }

  /// The first two derivatives of the loss by the step, at scores + step · change. O(documents · labels).
  func alongLine(
    _ problem: Range<Int>, _ scores: [Double], _ change: [Double], step: Double, threads: Int = 1
  ) -> (slope: Double, curvature: Double) {
    if task == .singleLabel {
      let sums = sums(of: 2, threads: threads) { rows, sums in
        forEachSoftmax(in: rows, { scores[$0] + step * change[$0] }) { row, own, probabilities in
          var first = 0.0, second = 0.0
          for l in 0..<labels {
            let delta = change[l &* documents &+ row]
            first += probabilities[l] * delta
            second += probabilities[l] * delta * delta
          }
          sums[0] += positiveWeights[own] * (first - change[own &* documents &+ row])
          sums[1] += positiveWeights[own] * (second - first * first)
        }
      }
      return (sums[0], sums[1])
    }
    let label = problem.lowerBound
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

  /// By bias of the problem: the first two derivatives of the loss by it. O(documents · labels).
  func alongBiases(_ problem: Range<Int>, _ scores: [Double], threads: Int = 1) -> [(
    slope: Double, curvature: Double
  )] {
    if task == .singleLabel {
      let sums = sums(of: 2 * labels, threads: threads) { rows, sums in
        forEachSoftmax(in: rows, { scores[$0] }) { row, own, probabilities in
          for l in 0..<labels {
            sums[l] += positiveWeights[own] * (probabilities[l] - (l == own ? 1 : 0))
            sums[labels &+ l] += positiveWeights[own] * probabilities[l] * (1 - probabilities[l])
          }
        }
      }
      return (0..<labels).map { (sums[$0], sums[labels + $0]) }
    }
    let label = problem.lowerBound
    var slope = 0.0, curvature = 0.0
    for row in 0..<documents {
      let residual = binaryResidual(row, label, score: scores[row])
      let weight = weight(row, label)
      slope += residual
      if weight > 0 { curvature += abs(residual) * (1 - abs(residual) / weight) }
    }
    return [(slope, curvature)]
  }

  /// ∂loss/∂score of every document and label of the problem. O(documents · labels).
  func residuals(_ problem: Range<Int>, _ scores: [Double], threads: Int = 1) -> [Double] {
    [Double](unsafeUninitializedCapacity: scores.count) { buffer, count in
      count = scores.count
      guard let base = buffer.baseAddress else { return }
      if task == .multiLabel {
        for row in 0..<documents {
          (base + row).initialize(to: binaryResidual(row, problem.lowerBound, score: scores[row]))
        }
        return
      }
      buffer.initialize(repeating: 0)
      let residuals = DisjointMemory(base)
      _ = sums(of: 0, threads: threads) { rows, _ in
        forEachSoftmax(in: rows, { scores[$0] }) { row, own, probabilities in
          for l in 0..<labels {
            residuals.base[l &* documents &+ row] =
              positiveWeights[own] * (probabilities[l] - (l == own ? 1 : 0))
          }
        }
      }
    }
  }

  @inline(__always)
  private func binaryResidual(_ row: Int, _ label: Int, score: Double) -> Double {
    let positive = targets[row, label]
    return weight(label, positive) * (Self.sigmoid(score) - (positive ? 1 : 0))
  }

  /// The number of documents that a thread goes through at a time.
  private static let chunkSize = 1024

  /// Sums of what `body` adds for chunks of the documents.
  private func sums(
    of count: Int, threads: Int, _ body: @Sendable (Range<Int>, inout [Double]) -> Void
  ) -> [Double] {
    let chunks = Parallel.chunks(of: documents, size: Self.chunkSize)
    let parts = try? Parallel.map(count: chunks.count, threads: threads) { chunk, _ in
      var sums = [Double](repeating: 0, count: count)
      body(chunks[chunk], &sums)
      return sums
    }
    return (parts ?? []).reduce(into: [Double](repeating: 0, count: count)) { total, part in
      for index in part.indices { total[index] += part[index] }
    }
  }

  /// Calls `body` with each document of `rows` that has a label, this label, and the probabilities of all.
  /// - Parameter score: the score at `label · documents + row`.
  @inline(__always)
  private func forEachSoftmax(
    in rows: Range<Int>, _ score: (Int) -> Double,
    _ body: (_ row: Int, _ own: Int, _ probabilities: UnsafeMutablePointer<Double>) -> Void
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: labels) { buffer in
      guard let shares = buffer.baseAddress else { return }
      for row in rows {
        guard let own = label(of: row) else { continue }
        var greatest = -Double.infinity
        for l in 0..<labels {
          shares[l] = score(l &* documents &+ row)
          greatest = max(greatest, shares[l])
        }
        var sum = 0.0
        for l in 0..<labels {
          shares[l] = exp(shares[l] - greatest)
          sum += shares[l]
        }
        for l in 0..<labels { shares[l] /= sum }
        body(row, own, shares)
      }
    }
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
