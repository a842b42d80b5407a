import NhanEvaluation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A threshold averaged over resamples of the documents.
///
/// The best cut of a sample hangs on the few documents about it. With a label of few documents it is far from the best cut
/// for others: the mean of the best cuts of resamples is nearer (Breiman 1996). In a resample every document has a weight
/// drawn from the exponential distribution with mean 1 (the Bayesian bootstrap, Rubin 1981), so that each keeps documents
/// with the label.
///
/// Only a cut right below a document with the label can have the greatest F. The documents without the label between two
/// such cuts come and go together, so their weights are drawn as one sum: a resample is O(documents with the label).
struct ResampledThreshold {
  /// A cut, and what it adds to the cut above.
  struct Step: Equatable {
    var positives: Int
    var negatives: Int
    var threshold: Double
  }

  /// From the top.
  private(set) var steps: [Step] = []
  /// Documents without the label since the last step.
  private var pending = 0

  /// Adds the next cut down: so many documents with and without the label lie between it and the cut above.
  mutating func add(positives: Int, negatives: Int, threshold: Double) {
    pending += negatives
    guard positives > 0 else { return }
    steps.append(Step(positives: positives, negatives: pending, threshold: threshold))
    pending = 0
  }

  /// The threshold whose log-odds are the mean of those with the greatest F_β in `resamples` resamples; the same at every
  /// call. There must be a step.
  func mean(beta: Double, resamples: Int) -> Double {
    var generator = SplitMix64(seed: 0)
    var weights = steps.map { _ in (positives: 0.0, negatives: 0.0) }
    var sum = 0.0
    for _ in 0..<resamples {
      for (i, step) in steps.enumerated() {
        weights[i].positives = GammaDistribution.draw(shape: step.positives, using: &generator)
        weights[i].negatives =
          step.negatives > 0 ? GammaDistribution.draw(shape: step.negatives, using: &generator) : 0
      }
      let threshold = steps[Self.best(weights, beta: beta)].threshold
      sum += log(threshold / (1 - threshold))
    }
    return 1 / (1 + exp(-sum / Double(resamples)))
  }

  /// The index of the cut with the greatest F_β.
  private static func best(_ weights: [(positives: Double, negatives: Double)], beta: Double) -> Int {
    let total = beta * beta * weights.reduce(0) { $0 + $1.positives }
    var hits = 0.0
    var given = 0.0
    var best = (index: 0, f: -1.0)
    for (i, weight) in weights.enumerated() {
      hits += weight.positives
      given += weight.positives + weight.negatives
      let f = hits / (total + given)
      if f > best.f { best = (i, f) }
    }
    return best.index
  }
}
