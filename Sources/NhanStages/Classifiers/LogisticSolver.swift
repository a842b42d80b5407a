import NhanCore

/// Minimizes a `LogisticObjective` by L-BFGS with an exact line search.
///
/// Each problem (a label, or all labels for softmax) has its own L-BFGS memory, direction, step and end, but all
/// share the two passes over the data of an iteration: X·D for the change of the scores along the directions, and
/// Xᵀ·R for the gradients. Between them the line search works on scores alone.
///
/// Vectors over weights lie label-major (one label's weights and bias contiguous, for BLAS); the operands of
/// sparse products lie `[column][label]`.
final class LogisticSolver {
  private let products: SparseProducts
  private let objective: LogisticObjective
  private let l2: Double
  private let threads: Int
  private let labels: Int
  private let columns: Int
  private let rows: Int
  /// One label's weights, and its bias behind them.
  private var size: Int { columns + 1 }

  private var weights: [Double]
  private var scores: [Double]

  init(_ products: SparseProducts, _ objective: LogisticObjective, l2: Double, threads: Int) {
    _ = BLAS.useOneThread
    self.products = products
    self.objective = objective
    self.l2 = l2
    self.threads = threads
    labels = objective.targets.labelCount
    columns = products.rows.columnCount
    rows = products.rows.rowCount
    weights = [Double](repeating: 0, count: labels * (columns + 1))
    scores = [Double](repeating: 0, count: rows * labels)
  }

  /// The state of one problem.
  private struct Problem {
    let labels: Range<Int>
    let memory: LBFGS
    var initialNorm = 0.0
    var norm = 0.0
    var loss = 0.0
    var converged = false
    var stuck = false
    var running: Bool { !converged && !stuck }
  }

  /// Runs until every problem's gradient norm is at most `tolerance` times the one at zero, or `iterations` are done.
  func solve(tolerance: Double, iterations: Int, history: Int) -> ConvergenceReport {
    var problems = objective.problems.map {
      Problem(labels: $0, memory: LBFGS(count: $0.count * size, history: history))
    }
    var gradient = [Double](repeating: 0, count: weights.count)
    var previous = gradient
    var direction = gradient
    var change = [Double](repeating: 0, count: scores.count)
    computeGradient(into: &gradient)
    for index in problems.indices { begin(&problems[index], gradient) }
    var done = 0
    while done < iterations, problems.contains(where: \.running) {
      for problem in problems {
        let range = range(of: problem)
        direction.withUnsafeMutableBufferPointer { direction in
          gradient.withUnsafeBufferPointer { gradient in
            let target = direction.baseAddress! + range.lowerBound
            if problem.running {
              problem.memory.direction(gradient.baseAddress! + range.lowerBound, into: target)
            } else {
              target.update(repeating: 0, count: range.count)
            }
          }
        }
      }
      multiply(direction, into: &change)
      var steps: [Double] = []
      for index in problems.indices { steps.append(step(&problems[index], gradient, direction, change)) }
      swap(&gradient, &previous)
      computeGradient(into: &gradient)
      for index in problems.indices where problems[index].running {
        remember(&problems[index], steps[index], direction, gradient, previous, tolerance)
      }
      done += 1
    }
    return ConvergenceReport(
      converged: problems.allSatisfy(\.converged), iterations: done,
      loss: problems.reduce(0) { $0 + $1.loss },
      gradientNorm: problems.map { $0.initialNorm > 0 ? $0.norm / $0.initialNorm : 0 }.max() ?? 0)
  }

  /// The weights, `[column][label]`, and the biases.
  var solution: (weights: [Float], biases: [Float]) {
    var matrix = [Float](repeating: 0, count: columns * labels)
    var biases: [Float] = []
    for label in 0..<labels {
      for column in 0..<columns { matrix[column * labels + label] = Float(weights[label * size + column]) }
      biases.append(Float(weights[label * size + columns]))
    }
    return (matrix, biases)
  }

  private func range(of problem: Problem) -> Range<Int> {
    problem.labels.lowerBound * size..<problem.labels.upperBound * size
  }

  private func begin(_ problem: inout Problem, _ gradient: [Double]) {
    problem.norm = norm(gradient, range(of: problem))
    problem.initialNorm = problem.norm
    problem.loss = loss(problem)
    problem.converged = problem.norm == 0
  }

  private func remember(
    _ problem: inout Problem, _ step: Double, _ direction: [Double], _ gradient: [Double],
    _ previous: [Double],
    _ tolerance: Double
  ) {
    let start = range(of: problem).lowerBound
    direction.withUnsafeBufferPointer { direction in
      gradient.withUnsafeBufferPointer { gradient in
        previous.withUnsafeBufferPointer { previous in
          problem.memory.remember(
            direction: direction.baseAddress! + start, scale: step, gradient: gradient.baseAddress! + start,
            previousGradient: previous.baseAddress! + start)
        }
      }
    }
    problem.norm = norm(gradient, range(of: problem))
    problem.converged = problem.norm <= tolerance * problem.initialNorm
  }

  /// Moves the problem's weights and scores to the minimum along its direction and returns the step.
  ///
  /// The objective along the line is convex and smooth, so Newton's method kept inside a bracket finds the zero of its
  /// slope in a few evaluations of O(rows) each.
  private func step(
    _ problem: inout Problem, _ gradient: [Double], _ direction: [Double], _ change: [Double]
  ) -> Double {
    guard problem.running else { return 0 }
    let (wd, dd) = regularization(problem, direction)
    func evaluate(_ t: Double) -> (slope: Double, curvature: Double) {
      let line = objective.alongLine(problem.labels, scores, change, step: t)
      return (line.slope + l2 * (wd + t * dd), line.curvature + l2 * dd)
    }
    let start = evaluate(0)
    guard start.slope < 0, start.curvature > 0 else {
      problem.stuck = true
      return 0
    }
    var low = 0.0
    var high = Double.infinity
    var t = -start.slope / start.curvature
    for _ in 0..<30 {
      let here = evaluate(t)
      if abs(here.slope) <= 1e-3 * -start.slope { break }
      if here.slope < 0 { low = t } else { high = t }
      var next = here.curvature > 0 ? t - here.slope / here.curvature : .infinity
      if !(next > low && next < high) { next = high.isFinite ? (low + high) / 2 : 2 * t }
      t = next
    }
    for i in range(of: problem) { weights[i] += t * direction[i] }
    for row in 0..<rows {
      for l in problem.labels { scores[row * labels + l] += t * change[row * labels + l] }
    }
    problem.loss = loss(problem)
    // What the step promised is far below what rounding leaves of the gradient: nothing more to gain.
    if -start.slope * t <= 1e-24 * problem.loss { problem.stuck = true }
    return t
  }

  /// w·d and d·d over the weights without the biases.
  private func regularization(_ problem: Problem, _ direction: [Double]) -> (wd: Double, dd: Double) {
    var wd = 0.0, dd = 0.0
    weights.withUnsafeBufferPointer { weights in
      direction.withUnsafeBufferPointer { direction in
        for label in problem.labels {
          let w = weights.baseAddress! + label * size
          let d = direction.baseAddress! + label * size
          wd += BLAS.dot(w, d, count: columns)
          dd += BLAS.dot(d, d, count: columns)
        }
      }
    }
    return (wd, dd)
  }

  private func loss(_ problem: Problem) -> Double {
    objective.alongLine(problem.labels, scores, scores, step: 0).loss
      + l2 / 2 * regularization(problem, weights).wd
  }

  private func norm(_ vector: [Double], _ range: Range<Int>) -> Double {
    vector.withUnsafeBufferPointer { BLAS.norm($0.baseAddress! + range.lowerBound, count: range.count) }
  }

  /// The scores' change for the weights' change `vector`: X·W + b.
  private func multiply(_ vector: [Double], into product: inout [Double]) {
    var matrix = [Double](repeating: 0, count: columns * labels)
    transpose(vector, into: &matrix)
    let labels = labels, columns = columns, size = size
    product.withUnsafeMutableBufferPointer { product in
      matrix.withUnsafeBufferPointer {
        products.multiply($0.baseAddress!, labels: labels, into: product.baseAddress!, threads: threads)
      }
      for row in 0..<rows {
        for l in 0..<labels { product[row * labels + l] += vector[l * size + columns] }
      }
    }
  }

  /// The gradient of every problem at the current scores.
  private func computeGradient(into gradient: inout [Double]) {
    var residuals = [Double](repeating: 0, count: rows * labels)
    var matrix = [Double](repeating: 0, count: columns * labels)
    residuals.withUnsafeMutableBufferPointer { residuals in
      scores.withUnsafeBufferPointer {
        objective.residuals($0.baseAddress!, into: residuals.baseAddress!, threads: threads)
      }
      matrix.withUnsafeMutableBufferPointer {
        products.multiplyTransposed(
          residuals.baseAddress!, labels: labels, into: $0.baseAddress!, threads: threads)
      }
    }
    for label in 0..<labels {
      let base = label * size
      for column in 0..<columns {
        gradient[base + column] = matrix[column * labels + label] + l2 * weights[base + column]
      }
      var bias = 0.0
      for row in 0..<rows { bias += residuals[row * labels + label] }
      gradient[base + columns] = bias
    }
  }

  /// Label-major weights (without biases) to `[column][label]`.
  private func transpose(_ vector: [Double], into matrix: inout [Double]) {
    for label in 0..<labels {
      let base = label * size
      for column in 0..<columns { matrix[column * labels + label] = vector[base + column] }
    }
  }
}
