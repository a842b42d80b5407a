import NhanCore

/// Minimizes a `LogisticObjective` by L-BFGS with an exact line search, in the span of the training rows.
///
/// Each problem (a label, or all labels for softmax) has its own L-BFGS memory, step and end; all share the one pass
/// over the data of an iteration, X·Xᵀ·R for the residuals R. Since the image of the gradient is known with it, the
/// image of the direction is a sum of known ones, and the line search works on scores alone.
struct LogisticSolver {
  private let gram: GramProduct
  private let objective: LogisticObjective
  private let l2: Double
  private let threads: Int
  private let labels: Int
  private let documents: Int
  private var problems: [Problem]

  /// The state of one problem.
  private struct Problem {
    let labels: Range<Int>
    var memory: LBFGS
    /// The weights so far.
    var point: SpanVector
    var gradient: SpanVector
    var initialNorm = 0.0
    var norm = 0.0
    var isConverged = false
    var isStuck = false

    var isRunning: Bool { !isConverged && !isStuck }
  }

  /// Prepares a solution from zero weights, remembering `history` steps.
  init(_ gram: GramProduct, _ objective: LogisticObjective, l2: Double, history: Int, threads: Int) {
    _ = BLAS.useOneThread
    self.gram = gram
    self.objective = objective
    self.l2 = l2
    self.threads = threads
    labels = objective.targets.labelCount
    documents = gram.rowCount
    let documents = documents
    problems = objective.problems.map {
      let zero = SpanVector(zero: documents, labels: $0.count)
      return Problem(labels: $0, memory: LBFGS(history: history), point: zero, gradient: zero)
    }
  }

  /// Runs until every problem's gradient norm is at most `tolerance` times the one at zero, or `iterations` are done.
  mutating func solve(tolerance: Double, iterations: Int) throws -> ConvergenceReport {
    try updateGradients()
    for index in problems.indices {
      problems[index].initialNorm = problems[index].gradient.norm
      problems[index].norm = problems[index].initialNorm
      problems[index].isConverged = problems[index].norm == 0
    }
    var done = 0
    while done < iterations, problems.contains(where: \.isRunning) {
      let solver = self
      let moves = try Parallel.map(count: problems.count, threads: threads) { index, _ in
        solver.move(solver.problems[index])
      }
      let before = problems.map(\.gradient)
      for index in problems.indices {
        if let move = moves[index] {
          problems[index].point.add(1, move)
        } else {
          problems[index].isStuck = true
        }
      }
      try updateGradients()
      for index in problems.indices where problems[index].isRunning {
        var change = problems[index].gradient
        change.add(-1, before[index])
        if let move = moves[index] { problems[index].memory.remember(step: move, change: change) }
        problems[index].norm = problems[index].gradient.norm
        problems[index].isConverged = problems[index].norm <= tolerance * problems[index].initialNorm
      }
      done += 1
    }
    return ConvergenceReport(
      converged: problems.allSatisfy(\.isConverged), iterations: done,
      loss: problems.reduce(0) { $0 + loss($1) },
      gradientNorm: problems.map { $0.initialNorm > 0 ? $0.norm / $0.initialNorm : 0 }.max() ?? 0)
  }

  /// The weights, `[column][label]`, and the biases.
  func solution() -> (weights: [Float], biases: [Float]) {
    let width = Self.width(labels)
    let coefficients = rowMajor(problems.map(\.point.coefficients), width: width)
    let weights = gram.weights(coefficients, width: width, labels: labels, threads: threads)
    return (weights, problems.flatMap { $0.point.biases.map(Float.init) })
  }

  /// The step from a problem's point to the minimum along its direction; `nil` if there is none to go.
  private func move(_ problem: Problem) -> SpanVector? {
    guard problem.isRunning else { return nil }
    var direction = problem.memory.direction(problem.gradient)
    let scores = problem.point.scores(documents)
    let change = direction.scores(documents)
    let wd = problem.point.weightsDot(direction)
    let dd = direction.weightsDot(direction)
    let step = LineSearch.minimize { t in
      let line = objective.alongLine(problem.labels, scores, change, step: t)
      return (line.slope + l2 * (wd + t * dd), line.curvature + l2 * dd)
    }
    guard let step else { return nil }
    direction.scale(by: step)
    return direction
  }

  /// Computes every running problem's gradient: coefficients r + λα, image X·Xᵀ·r + λ·X·w, biases Σ r.
  private mutating func updateGradients() throws {
    let solver = self
    let residuals = try Parallel.map(count: problems.count, threads: threads) { index, _ in
      let problem = solver.problems[index]
      return solver.objective.residuals(problem.labels, problem.point.scores(solver.documents))
    }
    let width = Self.width(labels)
    var product = [Double](repeating: 0, count: documents * width)
    gram.multiply(rowMajor(residuals, width: width), width: width, into: &product, threads: threads)
    for index in problems.indices where problems[index].isRunning {
      let labels = problems[index].labels
      var gradient = SpanVector(zero: documents, labels: labels.count)
      gradient.coefficients = residuals[index]
      for (position, label) in labels.enumerated() {
        var bias = 0.0
        for row in 0..<documents {
          gradient.image[position * documents + row] = product[row * width + label]
          bias += residuals[index][position * documents + row]
        }
        gradient.biases[position] = bias
      }
      let point = problems[index].point
      BLAS.addScaled(l2, point.coefficients, to: &gradient.coefficients, count: gradient.coefficients.count)
      BLAS.addScaled(l2, point.image, to: &gradient.image, count: gradient.image.count)
      problems[index].gradient = gradient
    }
  }

  private func loss(_ problem: Problem) -> Double {
    objective.loss(problem.labels, problem.point.scores(documents)) + l2 / 2
      * problem.point.weightsDot(problem.point)
  }

  /// All labels of a document side by side, rounded up to whole SIMD vectors of four.
  private static func width(_ labels: Int) -> Int { (labels + 3) / 4 * 4 }

  /// Blocks by label and document, to one row a document with all labels side by side.
  private func rowMajor(_ blocks: [[Double]], width: Int) -> [Double] {
    var result = [Double](repeating: 0, count: documents * width)
    var label = 0
    for block in blocks {
      for start in stride(from: 0, to: block.count, by: documents) {
        for row in 0..<documents { result[row * width + label] = block[start + row] }
        label += 1
      }
    }
    return result
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
