import NhanCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The start of `DualAscent`: every document has the dual variables θ · (y − p) for the frequencies p of the labels, so
/// that the weights point from the mean of the other documents to the mean of a label's. The θ is the best one.
///
/// The gradient at zero weights and biases falls out of the same sums, and with it what convergence is measured by.
struct ClassMeans {
  /// By column and lane.
  let weights: LaneMatrix
  /// By label: the log-odds (or, for `single-label`, logarithms) of the frequencies.
  let biases: [Double]
  /// By label: the square of the gradient's norm at zero weights and biases.
  let squaredGradients: [Double]
  /// An upper bound of a gradient's norm at zero weights and biases.
  let greatestGradient: Double
  /// The mean inner product of two rows, as a share of that of a row with itself.
  let coherence: Double
  /// ‖Σ x‖ / √n: about the largest singular value of the rows.
  let spread: Double
  private let objective: LogisticObjective
  private let frequencies: [Double]
  /// By label: θ.
  private let lengths: [Double]

  /// O(entries · (labels of a document) + columns · labels).
  init(_ rows: PartitionedRows, _ objective: LogisticObjective, l2: Double, threads: Int) {
    self.objective = objective
    let labels = objective.labels
    let lanes = Lanes(objective)
    let masses = ClassMasses(objective)
    frequencies = masses.frequencies
    biases = masses.biases
    let even = [Double](repeating: objective.task == .multiLabel ? 0.5 : 1 / Double(labels), count: labels)
    let (directions, gradients) = (masses.combinations(frequencies), masses.combinations(even))
    let weights = LaneMatrix(rows: rows.columnCount, width: lanes.width)
    let totals = Self.sums(rows, objective, lanes, into: weights, threads: threads) { lane, rest, totals in
      // What softmax compares labels with is the sum of their weighted documents.
      var (all, base) = (rest, rest)
      if lanes.isLastImplied {
        base *= objective.positiveWeights[labels - 1]
        for label in 0..<lanes.count {
          all += Double(lane[label])
          base += objective.positiveWeights[label] * Double(lane[label])
        }
        totals.addSquares(labels - 1, rest, base, directions, gradients)
      }
      for label in 0..<lanes.count {
        lane[label] = Float(totals.addSquares(label, Double(lane[label]), base, directions, gradients))
      }
      totals.all += all * all
    }
    squaredGradients = (0..<labels).map { label in
      let bias = gradients[label].own * masses.counts[label] - gradients[label].base * masses.total
      return totals.gradients[label] + bias * bias
    }
    spread = (totals.all / Double(max(1, rows.rowCount))).squareRoot()
    greatestGradient = (0..<rows.rowCount).reduce(0) { sum, row in
      let weight = (0..<labels).reduce(0) { max($0, objective.weight(row, $1)) }
      return sum + weight * (1 + rows.squaredNorms[row]).squareRoot()
    }
    coherence = Self.coherence(rows, objective, squaredSum: totals.all)
    let lengths = masses.lengths(squaredNorms: totals.directions, l2: l2)
    self.lengths = lengths
    let scales = lengths.map { Float($0 / l2) }
    Parallel.run(count: rows.partCount, threads: threads) { part in
      for column in rows.columns(ofPart: part) {
        let lane = weights.row(column)
        for label in 0..<lanes.count { lane[label] *= scales[label] }
      }
    }
    self.weights = weights
  }

  /// A document's variable.
  func dual(_ row: Int, _ label: Int) -> Double {
    guard objective.weight(row, label) > 0 else { return 0 }
    return lengths[label] * ((objective.isPositive(row, label) ? 1 : 0) - frequencies[label])
  }

  /// Sums of squares over the columns.
  private struct Squares: Sendable {
    /// By label.
    var directions: [Double]
    var gradients: [Double]
    /// Of the sum of all rows.
    var all = 0.0

    init(labels: Int) {
      directions = [Double](repeating: 0, count: labels)
      gradients = directions
    }

    /// Adds one column of a label, and returns the direction in it.
    @discardableResult
    mutating func addSquares(
      _ label: Int, _ own: Double, _ base: Double, _ direction: [ClassMasses.Combination],
      _ gradient: [ClassMasses.Combination]
    ) -> Double {
      let along = direction[label].own * own - direction[label].base * base
      let down = gradient[label].own * own - gradient[label].base * base
      directions[label] += along * along
      gradients[label] += down * down
      return along
    }

    mutating func add(_ other: Squares) {
      for label in directions.indices {
        directions[label] += other.directions[label]
        gradients[label] += other.gradients[label]
      }
      all += other.all
    }
  }

  /// Sums the rows of each label that has a lane, and the rest, and hands each column's sums to `body`. The rest are the
  /// rows of the label without a lane, or else all.
  private static func sums(
    _ rows: PartitionedRows, _ objective: LogisticObjective, _ lanes: Lanes, into sums: LaneMatrix,
    threads: Int,
    _ body: @Sendable (UnsafeMutablePointer<Float>, Double, inout Squares) -> Void
  ) -> Squares {
    let rest = LaneMatrix(rows: rows.columnCount, width: 1)
    let width = lanes.width
    rows.forEachBlock(threads: threads) { part, block in
      rows.forEach(block, part: part) { row in
        let own = objective.labels(of: row)
        if !lanes.isLastImplied || own.first == lanes.count {
          let column = rest.row(0)
          rows.forEachEntry(row: row, part: part) { column[$0] += $1 }
        }
        for label in own where label < lanes.count {
          let lane = sums.row(0) + label
          rows.forEachEntry(row: row, part: part) { lane[$0 &* width] += $1 }
        }
      }
    }
    let parts = try? Parallel.map(count: rows.partCount, threads: threads) { part, _ in
      var squares = Squares(labels: lanes.labels)
      for column in rows.columns(ofPart: part) {
        body(sums.row(column), Double(rest.row(column).pointee), &squares)
      }
      return squares
    }
    return (parts ?? []).reduce(into: Squares(labels: lanes.labels)) { $0.add($1) }
  }

  private static func coherence(
    _ rows: PartitionedRows, _ objective: LogisticObjective, squaredSum: Double
  ) -> Double {
    var count = 0.0, own = 0.0
    for row in 0..<rows.rowCount where objective.task == .multiLabel || objective.label(of: row) != nil {
      count += 1
      own += rows.squaredNorms[row]
    }
    guard own > 0, count > 1 else { return 0 }
    return (squaredSum - own) / (own * (count - 1))
  }
}

/// How heavy the classes are.
private struct ClassMasses {
  typealias Combination = (own: Double, base: Double)

  private let task: Task
  private let positiveWeights: [Double]
  private let negativeWeights: [Double]
  private let positives: [Double]
  private let negatives: [Double]
  /// By label: its share of the weight of all documents.
  let frequencies: [Double]
  /// By label: the bias that gives this share.
  let biases: [Double]
  /// By label: documents with it.
  let counts: [Double]
  /// Documents; for `single-label` their weight.
  let total: Double

  init(_ objective: LogisticObjective) {
    task = objective.task
    positiveWeights = objective.positiveWeights
    negativeWeights = objective.negativeWeights
    counts = objective.targets.supports.map(Double.init)
    let documents = Double(objective.documents)
    positives = zip(counts, positiveWeights).map { $0 * $1 }
    negatives = zip(counts, negativeWeights).map { (documents - $0) * $1 }
    let sum = positives.reduce(0, +)
    if task == .multiLabel {
      total = documents
      frequencies = zip(positives, negatives).map { $0 + $1 > 0 ? $0 / ($0 + $1) : 0 }
      biases = zip(positives, negatives).map { log(($0 + 0.5) / ($1 + 0.5)) }
    } else {
      total = sum
      frequencies = positives.map { sum > 0 ? $0 / sum : 0 }
      biases = positives.map { log(($0 + 0.5) / (sum + 1)) }
    }
  }

  /// By label, the factors of the label's sum of rows and of the sum of all that together give Xᵀ(c·(y − p)).
  func combinations(_ p: [Double]) -> [Combination] {
    p.indices.map { label in
      let (positive, negative) = (positiveWeights[label], negativeWeights[label])
      return task == .multiLabel
        ? (positive * (1 - p[label]) + negative * p[label], negative * p[label]) : (positive, p[label])
    }
  }

  /// By label the θ that is best for the dual: entropy of the probabilities less θ² ‖direction‖² / 2λ.
  func lengths(squaredNorms: [Double], l2: Double) -> [Double] {
    if task == .multiLabel {
      return frequencies.indices.map { label in
        let p = frequencies[label]
        return Self.length(squaredNorms[label] / l2) { theta in
          positives[label] * Self.slope(p, 1 - p, theta) + negatives[label] * Self.slope(1 - p, p, theta)
        }
      }
    }
    let length = Self.length(squaredNorms.reduce(0, +) / l2) { theta in
      frequencies.indices.reduce(0) { sum, own in
        frequencies.indices.reduce(sum) { sum, label in
          let p = frequencies[label]
          // Of the documents of `own`, what one label's probability contributes.
          let part = label == own ? (1 - p) * log(1 - theta * (1 - p)) : p > 0 ? -p * log(theta * p) : 0
          return positives[own] > 0 ? sum + positives[own] * part : sum
        }
      }
    }
    return frequencies.map { _ in length }
  }

  /// The derivative of the entropy of (1 − θ·q, θ·q) by θ.
  private static func slope(_ p: Double, _ q: Double, _ theta: Double) -> Double {
    p > 0 && q > 0 ? q * (log(1 - theta * q) - log(theta * q)) : 0
  }

  /// The zero of the falling function slope(θ) − curvature · θ in 0...1, by bisection of its logarithm.
  private static func length(_ curvature: Double, _ slope: (Double) -> Double) -> Double {
    guard curvature > 0 else { return 0 }
    var (low, high) = (log(1e-12), 0.0)
    for _ in 0..<40 {
      let theta = exp((low + high) / 2)
      if slope(theta) > curvature * theta { low = (low + high) / 2 } else { high = (low + high) / 2 }
    }
    return exp(low)
  }
}
