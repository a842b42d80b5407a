#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Turns a score into a probability: 1 / (1 + exp(−log-odds)), where the log-odds rise with the score.
///
/// Without knots they are slope · score + intercept. With knots they run straight from knot to knot, and on with the
/// slope outside.
struct Calibration: Sendable, Equatable {
  /// The log-odds at a score.
  struct Knot: Sendable, Equatable {
    var score: Double
    var logOdds: Double
  }

  var slope: Double
  var intercept: Double
  /// Scores and log-odds both rise from knot to knot.
  var knots: [Knot] = []

  /// Scores of logistic regression are log-odds already.
  static let identity = Calibration(slope: 1, intercept: 0)
  /// For a label that never occurred: its probability is 0.
  static let never = Calibration(slope: 0, intercept: -100)

  /// The name of the way in which it was found.
  var method: String { knots.isEmpty ? "platt" : "isotonic" }

  func probability(_ score: Double) -> Double { 1 / (1 + exp(-logOdds(score))) }

  /// O(log knots).
  private func logOdds(_ score: Double) -> Double {
    guard let first = knots.first, let last = knots.last else { return slope * score + intercept }
    if score <= first.score { return first.logOdds + slope * (score - first.score) }
    if score >= last.score { return last.logOdds + slope * (score - last.score) }
    var (low, high) = (0, knots.count - 1)
    while high - low > 1 {
      let middle = (low + high) / 2
      if knots[middle].score <= score { low = middle } else { high = middle }
    }
    let (left, right) = (knots[low], knots[high])
    return left.logOdds + (right.logOdds - left.logOdds) * (score - left.score) / (right.score - left.score)
  }

  /// Whether every number is one.
  var isFinite: Bool {
    slope.isFinite && intercept.isFinite && knots.allSatisfy { $0.score.isFinite && $0.logOdds.isFinite }
  }

  /// Whether scores and log-odds rise from knot to knot.
  var rises: Bool {
    zip(knots, knots.dropFirst()).allSatisfy { $0.score < $1.score && $0.logOdds < $1.logOdds }
  }

  /// As a file of 32-bit numbers keeps it, still rising: a knot that falls together with the one before goes.
  var rounded: Calibration {
    func rounded(_ value: Double) -> Double { Double(Float(value)) }
    var result = Calibration(slope: rounded(slope), intercept: rounded(intercept))
    for knot in knots.map({ Knot(score: rounded($0.score), logOdds: rounded($0.logOdds)) }) {
      if let last = result.knots.last, knot.score <= last.score || knot.logOdds <= last.logOdds { continue }
      result.knots.append(knot)
    }
    return result
  }

  /// Platt scaling: the slope and intercept of greatest likelihood for scores of documents held out from training,
  /// with targets drawn in from 0 and 1 by the size of the sample; found by Newton's method.
  /// (Platt 1999; Lin, Lin and Weng 2007.)
  static func platt(_ scores: [Double], _ positives: [Bool]) -> Calibration {
    let positiveCount = Double(positives.lazy.filter { $0 }.count)
    let negativeCount = Double(positives.count) - positiveCount
    guard positiveCount > 0 else { return .never }
    guard negativeCount > 0 else { return .identity }
    let high = (positiveCount + 1) / (positiveCount + 2)
    let low = 1 / (negativeCount + 2)
    let targets = positives.map { $0 ? high : low }
    var current = Calibration(slope: 1, intercept: 0)
    var loss = current.loss(scores, targets)
    for _ in 0..<100 {
      let (step, decrease) = current.newtonStep(scores, targets)
      guard decrease > 1e-10 else { break }
      // Halve the step until the loss falls enough.
      var scale = 1.0
      while scale > 1e-10 {
        let next = Calibration(
          slope: current.slope + scale * step.slope, intercept: current.intercept + scale * step.intercept)
        let nextLoss = next.loss(scores, targets)
        if nextLoss < loss - 1e-4 * scale * decrease {
          (current, loss) = (next, nextLoss)
          break
        }
        scale /= 2
      }
      if scale <= 1e-10 { break }
    }
    // A falling line would turn the ranking around: the scores say nothing then.
    return current.slope > 0
      ? current : Calibration(slope: 0, intercept: log((positiveCount + 1) / (negativeCount + 1)))
  }

  private func loss(_ scores: [Double], _ targets: [Double]) -> Double {
    zip(scores, targets).reduce(0) { sum, pair in
      let x = slope * pair.0 + intercept
      return sum + max(x, 0) + log1p(exp(-abs(x))) - pair.1 * x
    }
  }

  /// The Newton step and the decrease of the loss that it promises (to first order).
  private func newtonStep(_ scores: [Double], _ targets: [Double]) -> (step: Calibration, decrease: Double) {
    var gradient = (slope: 0.0, intercept: 0.0)
    var hessian = (ss: 1e-12, si: 0.0, ii: 1e-12)
    for (score, target) in zip(scores, targets) {
      let p = probability(score)
      gradient.slope += (p - target) * score
      gradient.intercept += p - target
      let w = p * (1 - p)
      hessian.ss += w * score * score
      hessian.si += w * score
      hessian.ii += w
    }
    let determinant = hessian.ss * hessian.ii - hessian.si * hessian.si
    guard determinant > 0 else { return (Calibration(slope: 0, intercept: 0), 0) }
    let step = Calibration(
      slope: -(hessian.ii * gradient.slope - hessian.si * gradient.intercept) / determinant,
      intercept: -(hessian.ss * gradient.intercept - hessian.si * gradient.slope) / determinant)
    return (step, -(gradient.slope * step.slope + gradient.intercept * step.intercept))
  }
}

/// Softmax with a temperature, for tasks with one label a document.
enum Softmax {
  /// `probabilities[l] = exp(s_l / T) / Σ exp(s / T)`, with `slope` = 1 / T.
  static func probabilities(_ scores: some Collection<Double>, slope: Double) -> [Double] {
    let greatest = (scores.max() ?? 0) * slope
    let shares = scores.map { exp($0 * slope - greatest) }
    let sum = shares.reduce(0, +)
    return shares.map { $0 / sum }
  }

  /// The slope of greatest likelihood for held-out scores: a golden-section search over its logarithm, since the
  /// likelihood is concave in the slope. (Guo et al. 2017, temperature scaling.)
  static func slope(_ scores: [[Double]], _ targets: [Int]) -> Double {
    func loss(_ logSlope: Double) -> Double {
      let slope = exp(logSlope)
      return zip(scores, targets).reduce(0) { $0 - log(max(probabilities($1.0, slope: slope)[$1.1], 1e-300)) }
    }
    let ratio = (5.0.squareRoot() - 1) / 2
    var (low, high) = (log(0.05), log(20.0))
    while high - low > 1e-4 {
      let left = high - ratio * (high - low)
      let right = low + ratio * (high - low)
      if loss(left) <= loss(right) { high = right } else { low = left }
    }
    return exp((low + high) / 2)
  }
}
