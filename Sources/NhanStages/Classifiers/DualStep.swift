import NhanCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Finds the dual variables of one document that are best while those of all others stay, in memory that is used again.
///
/// With s the scores seen and q the stiffness, moving the variables from a to a′ moves the scores to s + c·q·(a′ − a), and
/// the best ones agree with the probabilities of the moved scores: a′ = y − p(s + c·q·(a′ − a)).
struct DualStep {
  /// By label.
  var scores: [Double]
  /// By label: the result.
  var duals: [Double]
  /// By label: the logarithms of the probabilities.
  private var logarithms: [Double]
  private var gaps: [Double]

  private static let maximumIterations = 40

  init(labels: Int) {
    scores = [Double](repeating: 0, count: labels)
    duals = scores
    logarithms = scores
    gaps = scores
  }

  /// Computes `duals` from `scores` and the document's duals so far.
  mutating func improve(
    _ before: UnsafePointer<Double>, _ row: Int, _ objective: LogisticObjective, stiffness: Double
  ) {
    if objective.task == .singleLabel {
      guard let own = objective.label(of: row) else { return }
      improveSoftmax(before, own: own, stiffness: objective.weight(row, own) * stiffness)
      return
    }
    for label in scores.indices {
      let sign = objective.isPositive(row, label) ? 1.0 : -1.0
      duals[label] =
        sign
        * Self.binary(
          margin: sign * scores[label], stiffness: objective.weight(row, label) * stiffness,
          from: sign * before[label])
    }
  }

  /// The t in 0...1 with t = sigmoid(−(margin + stiffness · (t − start))): Newton's method inside a bracket, which is
  /// halved where that gets on slowly.
  static func binary(margin: Double, stiffness: Double, from start: Double) -> Double {
    var (low, high) = (0.0, 1.0)
    var t = start
    var last = Double.infinity
    for _ in 0..<maximumIterations {
      let p = LogisticObjective.sigmoid(-(margin + stiffness * (t - start)))
      let excess = t - p
      let slope = 1 + stiffness * p * (1 - p)
      if abs(excess) <= 1e-7 * slope { break }
      if excess > 0 { high = t } else { low = t }
      let next = t - excess / slope
      t = next > low && next < high && abs(excess) <= last / 2 ? next : (low + high) / 2
      last = abs(excess)
    }
    return t
  }

  /// Newton's method for the logarithms u of the probabilities and their common offset ν:
  /// u + q · exp u + ν = s + q · (y − a) for every label, Σ exp u = 1.
  private mutating func improveSoftmax(_ before: UnsafePointer<Double>, own: Int, stiffness: Double) {
    let labels = scores.count
    var offset = 0.0
    for label in 0..<labels {
      let probability = (label == own ? 1 : 0) - before[label]
      scores[label] += stiffness * probability
      logarithms[label] = log(max(probability, 1e-5))
      offset += probability * (scores[label] - logarithms[label] - stiffness * probability)
    }
    for _ in 0..<Self.maximumIterations {
      var sum = 0.0, slope = 0.0, weighted = 0.0, worst = 0.0
      for label in 0..<labels {
        let probability = exp(logarithms[label])
        let gap = scores[label] - offset - logarithms[label] - stiffness * probability
        duals[label] = probability
        gaps[label] = gap
        let share = probability / (1 + stiffness * probability)
        sum += probability
        slope += share
        weighted += share * gap
        worst = max(worst, abs(gap) / (1 + stiffness * probability))
      }
      if abs(sum - 1) < 1e-8, worst < 1e-6 { break }
      let shift = (weighted + sum - 1) / slope
      offset += shift
      for label in 0..<labels {
        let step = (gaps[label] - shift) / (1 + stiffness * duals[label])
        logarithms[label] = min(0, logarithms[label] + step)
      }
    }
    let sum = duals.reduce(0, +)
    var others = 0.0
    for label in 0..<labels where label != own {
      duals[label] = -duals[label] / sum
      others -= duals[label]
    }
    duals[own] = others
  }
}
