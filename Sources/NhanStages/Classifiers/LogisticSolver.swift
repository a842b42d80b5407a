import NhanCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Minimizes a `LogisticObjective`: `DualAscent` from the means of the classes, and, where that does not reach the
/// tolerance, L-BFGS with an exact line search, in the span of the training rows.
///
/// For L-BFGS, each problem (a label, or all labels for softmax) has its own memory, step and end; all share the one
/// product of an iteration, X·Xᵀ·δ for the coefficients δ of the gradients. Since the image of the gradient is known with
/// it, the image of the direction is a sum of known ones, and the line search works on scores alone.
///
/// Products have single precision, but they are those of what vanishes at the optimum, and so their errors vanish too.
struct LogisticSolver {
  private let rows: PartitionedRows
  private let objective: LogisticObjective
  private let l2: Double
  private let history: Int
  private let threads: Int
  private let labels: Int
  private let documents: Int
  private let lanes: Lanes
  private var problems: [Problem] = []
  /// By column: the weights of the points; `nil` from when L-BFGS runs.
  private var weights: LaneMatrix?
  /// By column: the gradients by the weights.
  private var gradients: LaneMatrix

  /// The state of one problem.
  private struct Problem {
    let labels: Range<Int>
    var memory: LBFGS
    /// The weights so far.
    var point: SpanVector
    var gradient: SpanVector
    /// The gradient's norm at zero weights and biases.
    let initialNorm: Double
    var norm = 0.0
    var isConverged = false
    var isStuck = false

    var isRunning: Bool { !isConverged && !isStuck }

    /// Back to zero weights and biases.
    mutating func restart() {
      point = SpanVector(zero: point.coefficients.count / labels.count, labels: labels.count)
    }
  }

  /// Prepares a solution; L-BFGS will remember `history` steps.
  init(_ rows: PartitionedRows, _ objective: LogisticObjective, l2: Double, history: Int, threads: Int) {
    _ = BLAS.useOneThread
    self.rows = rows
    self.objective = objective
    // Of rows times s, weights are larger by 1 / s.
    self.l2 = l2 * Double(rows.scale) * Double(rows.scale)
    self.history = history
    self.threads = threads
    labels = objective.labels
    documents = rows.rowCount
    lanes = Lanes(objective)
    gradients = LaneMatrix(rows: 0, width: lanes.width)
  }

  /// Runs until every problem's gradient norm is at most `tolerance` times the one at zero, or `iterations` are done:
  /// passes of dual ascent and steps of L-BFGS together.
  mutating func solve(tolerance: Double, iterations: Int) throws -> ConvergenceReport {
    var done = try start(to: tolerance, atMost: iterations)
    gradients = LaneMatrix(rows: rows.columnCount, width: lanes.width)
    try updateGradients(tolerance)
    if restartWhereWorse() { try updateGradients(tolerance) }
    var last: (moves: [SpanVector?], gradients: [SpanVector])?
    while done < iterations, problems.contains(where: \.isRunning) {
      weights = nil
      updateImages()
      if let last { remember(last.moves, last.gradients) }
      let gradients = problems.map(\.gradient)
      last = (try move(), gradients)
      try updateGradients(tolerance)
      done += 1
    }
    return ConvergenceReport(
      converged: problems.allSatisfy(\.isConverged), iterations: done,
      loss: problems.reduce(0) { $0 + loss($1) },
      gradientNorm: problems.map { $0.initialNorm > 0 ? $0.norm / $0.initialNorm : 0 }.max() ?? 0)
  }

  /// The weights, `[column][label]`, and the biases. Ends the use of the solver.
  mutating func solution() -> (weights: [Float], biases: [Float]) {
    let (rows, lanes, count) = (rows, lanes, rows.columnCount * labels)
    let weights = self.weights ?? solveForWeights()
    gradients = LaneMatrix(rows: 0, width: lanes.width)
    let result = [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      initialized = count
      guard let base = buffer.baseAddress else { return }
      PagePool.preferHugePages(UnsafeMutableRawBufferPointer(buffer))
      let result = DisjointMemory(base)
      Parallel.run(count: rows.partCount, threads: threads) { part in
        for column in rows.columns(ofPart: part) {
          let (source, target) = (weights.row(column), result.base + column &* lanes.labels)
          for label in 0..<lanes.labels {
            (target + label).initialize(to: lanes.value(label, source) * rows.scale)
          }
        }
      }
    }
    return (result, problems.flatMap { $0.point.biases.map(Float.init) })
  }

  // MARK: The start

  /// Comes near by dual ascent.
  /// - Returns: how many passes over the rows.
  private mutating func start(to tolerance: Double, atMost iterations: Int) throws -> Int {
    let means = ClassMeans(rows, objective, l2: l2, threads: threads)
    var ascent = DualAscent(rows, objective, l2: l2, start: means, threads: threads)
    let passes = ascent.run(
      to: tolerance * means.squaredGradients.reduce(0, +).squareRoot(), atMost: iterations)
    let scores = rows.product(ascent.weights, threads: threads)
    problems = objective.problems.map { labels in
      var point = SpanVector(zero: documents, labels: labels.count)
      point.coefficients = ascent.coefficients(labels)
      point.image = column(labels, of: scores)
      point.biases = Array(ascent.biases[labels])
      return Problem(
        labels: labels, memory: LBFGS(history: history), point: point,
        gradient: SpanVector(zero: documents, labels: labels.count),
        initialNorm: means.squaredGradients[labels].reduce(0, +).squareRoot())
    }
    weights = ascent.weights
    for index in problems.indices where problems[index].initialNorm <= 1e-6 * means.greatestGradient {
      // As far as single precision can tell, zero is the optimum.
      problems[index].restart()
      problems[index].isConverged = true
      weights = nil
    }
    try settleBiases(tolerance)
    return passes
  }

  /// Moves the biases to where the loss is least for the weights as they are: dual ascent leaves them behind.
  private mutating func settleBiases(_ tolerance: Double) throws {
    let solver = self
    let biases = try Parallel.map(count: problems.count, threads: threads) { index, _ in
      solver.settledBiases(solver.problems[index], tolerance)
    }
    for index in problems.indices where problems[index].isRunning {
      problems[index].point.biases = biases[index]
    }
  }

  /// Newton's method with the diagonal of the Hessian matrix and an exact line search.
  private func settledBiases(_ problem: Problem, _ tolerance: Double) -> [Double] {
    var point = problem.point
    for _ in 0..<5 where problem.isRunning {
      let scores = point.scores(documents)
      let derivatives = objective.alongBiases(problem.labels, scores, threads: threads)
      var direction = SpanVector(zero: documents, labels: problem.labels.count)
      var square = 0.0
      for (position, bias) in derivatives.enumerated() {
        square += bias.slope * bias.slope
        if bias.curvature > 0 { direction.biases[position] = -bias.slope / bias.curvature }
      }
      if square.squareRoot() <= 0.1 * tolerance * problem.initialNorm { break }
      let change = direction.scores(documents)
      guard
        let step = LineSearch.minimize({
          objective.alongLine(problem.labels, scores, change, step: $0, threads: threads)
        })
      else { break }
      for position in point.biases.indices { point.biases[position] += step * direction.biases[position] }
    }
    return point.biases
  }

  /// Puts problems back to zero that the start has made worse: documents that are all the same, or a regularization that
  /// is hardly one, are too much for dual ascent in single precision.
  /// - Returns: whether there were any.
  private mutating func restartWhereWorse() -> Bool {
    let worse = problems.indices.filter {
      problems[$0].isRunning && !(problems[$0].norm < problems[$0].initialNorm)
    }
    for index in worse { problems[index].restart() }
    if !worse.isEmpty { weights = nil }
    return !worse.isEmpty
  }

  // MARK: L-BFGS

  /// Moves each running problem to the minimum along its direction.
  /// - Returns: the steps.
  private mutating func move() throws -> [SpanVector?] {
    let solver = self
    let moves = try Parallel.map(count: problems.count, threads: threads) { index, _ in
      solver.step(solver.problems[index])
    }
    for index in problems.indices where problems[index].isRunning {
      if let move = moves[index] {
        problems[index].point.add(1, move)
      } else {
        problems[index].isStuck = true
      }
    }
    return moves
  }

  /// The step from a problem's point to the minimum along its direction; `nil` if there is none to go.
  private func step(_ problem: Problem) -> SpanVector? {
    guard problem.isRunning else { return nil }
    var direction = problem.memory.direction(problem.gradient)
    let scores = problem.point.scores(documents)
    let change = direction.scores(documents)
    let wd = problem.point.weightsDot(direction)
    let dd = direction.weightsDot(direction)
    let step = LineSearch.minimize { t in
      let line = objective.alongLine(problem.labels, scores, change, step: t, threads: threads)
      return (line.slope + l2 * (wd + t * dd), line.curvature + l2 * dd)
    }
    guard let step else { return nil }
    direction.scale(by: step)
    return direction
  }

  private mutating func remember(_ moves: [SpanVector?], _ before: [SpanVector]) {
    for index in problems.indices where problems[index].isRunning {
      guard let move = moves[index] else { continue }
      var change = problems[index].gradient
      change.add(-1, before[index])
      problems[index].memory.remember(step: move, change: change)
    }
  }

  /// Computes every problem's gradient but for its image, δ = residuals + λ · coefficients, and whether it is small enough.
  private mutating func updateGradients(_ tolerance: Double) throws {
    let solver = self
    let residuals = try Parallel.map(count: problems.count, threads: threads) { index, _ in
      let problem = solver.problems[index]
      return solver.objective.residuals(
        problem.labels, problem.point.scores(solver.documents), threads: solver.threads)
    }
    let operand = LaneMatrix(rows: documents, width: lanes.width)
    for (index, residuals) in residuals.enumerated() {
      let point = problems[index].point
      problems[index].gradient.coefficients = residuals
      BLAS.addScaled(
        l2, point.coefficients, to: &problems[index].gradient.coefficients, count: residuals.count)
      for position in 0..<problems[index].labels.count {
        let own = position * documents..<(position + 1) * documents
        problems[index].gradient.biases[position] = residuals[own].reduce(0, +)
      }
      spread(problems[index].gradient.coefficients, problems[index].labels, to: operand)
    }
    rows.transposedProduct(operand, into: gradients, threads: threads)
    let squares = squaredNorms()
    for index in problems.indices where problems[index].isRunning {
      let biases = problems[index].gradient.biases
      problems[index].norm = hypot(
        squares[problems[index].labels].reduce(0, +).squareRoot(), BLAS.norm(biases, count: biases.count))
      problems[index].isConverged = problems[index].norm <= tolerance * problems[index].initialNorm
    }
  }

  /// Computes the images of the gradients.
  private mutating func updateImages() {
    let product = rows.product(gradients, threads: threads)
    for index in problems.indices where problems[index].isRunning {
      problems[index].gradient.image = column(problems[index].labels, of: product)
    }
  }

  /// By label: the square of the norm of the gradient by the weights.
  private func squaredNorms() -> [Double] {
    let (lanes, gradients) = (lanes, gradients)
    let parts = try? Parallel.map(count: rows.partCount, threads: threads) { part, _ in
      var sums = [Double](repeating: 0, count: lanes.labels)
      for column in rows.columns(ofPart: part) {
        let row = gradients.row(column)
        for label in 0..<lanes.labels {
          let value = Double(lanes.value(label, row))
          sums[label] += value * value
        }
      }
      return sums
    }
    return (0..<labels).map { label in (parts ?? []).reduce(0) { $0 + $1[label] } }
  }

  /// Computes the weights from the coefficients, in the memory of the gradients.
  private func solveForWeights() -> LaneMatrix {
    // Of a size that single precision holds.
    let greatest = problems.flatMap(\.point.coefficients).reduce(0) { max($0, abs($1)) }
    let unit = greatest > 0 ? greatest : 1
    let operand = LaneMatrix(rows: documents, width: lanes.width)
    for problem in problems {
      spread(problem.point.coefficients, problem.labels, over: unit, to: operand)
    }
    rows.transposedProduct(operand, into: gradients, threads: threads)
    let values = gradients.row(0)
    for i in 0..<rows.columnCount * lanes.width { values[i] = Float(Double(values[i]) * unit) }
    return gradients
  }

  /// Lays what labels have, by label and document, over a unit, into the lanes of the documents' rows.
  private func spread(
    _ values: [Double], _ labels: Range<Int>, over unit: Double = 1, to matrix: LaneMatrix
  ) {
    forEachChunk { rows in
      values.withUnsafeBufferPointer { values in
        for (position, label) in labels.enumerated() where label < lanes.count {
          for row in rows { matrix.row(row)[label] = Float(values[position &* documents &+ row] / unit) }
        }
      }
    }
  }

  private func loss(_ problem: Problem) -> Double {
    objective.loss(problem.labels, problem.point.scores(documents), threads: threads) + l2 / 2
      * problem.point.weightsDot(problem.point)
  }

  /// The lanes of a problem's labels, by label and document, of rows with all labels side by side.
  private func column(_ labels: Range<Int>, of matrix: LaneMatrix) -> [Double] {
    [Double](unsafeUninitializedCapacity: labels.count * documents) { values, count in
      count = labels.count * documents
      guard let base = values.baseAddress else { return }
      let values = DisjointMemory(base)
      forEachChunk { rows in
        for (position, label) in labels.enumerated() {
          let own = values.base + position &* documents
          for row in rows { (own + row).initialize(to: Double(lanes.value(label, matrix.row(row)))) }
        }
      }
    }
  }

  /// Calls `body` with all documents, in ranges that stay in the cache.
  private func forEachChunk(_ body: @Sendable (Range<Int>) -> Void) {
    let chunks = Parallel.chunks(of: documents, size: 2048)
    Parallel.run(count: chunks.count, threads: threads) { body(chunks[$0]) }
  }
}

extension SpanVector {
  /// X·w + b, by label and document.
  func scores(_ documents: Int) -> [Double] {
    var scores = image
    for (label, bias) in biases.enumerated() where bias != 0 {
      for row in 0..<documents { scores[label * documents + row] += bias }
    }
    return scores
  }
}

/// Finds the minimum of a convex, smooth function along a line.
enum LineSearch {
  /// Newton's method for the zero of the slope, kept inside a bracket: few evaluations, and no step too far.
  /// - Parameter evaluate: slope and curvature at a step.
  /// - Returns: the step; `nil` if the function does not fall at the start.
  static func minimize(_ evaluate: (Double) -> (slope: Double, curvature: Double)) -> Double? {
    let start = evaluate(0)
    guard start.slope < 0, start.curvature > 0 else { return nil }
    var (low, high) = (0.0, Double.infinity)
    var t = -start.slope / start.curvature
    for _ in 0..<30 {
      let here = evaluate(t)
      // Near enough: beyond this the direction, not the step, is what is wrong.
      if abs(here.slope) <= 0.01 * -start.slope { break }
      if here.slope < 0 { low = t } else { high = t }
      var next = here.curvature > 0 ? t - here.slope / here.curvature : .infinity
      if !(next > low && next < high) { next = high.isFinite ? (low + high) / 2 : 2 * t }
      t = next
    }
    return t
  }
}
