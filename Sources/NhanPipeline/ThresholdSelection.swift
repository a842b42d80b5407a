import NhanCore

/// Chooses the probability from which on a label is given.
struct ThresholdSelection: Sendable {
  /// β of the F measure to maximize; `nil` leaves every threshold at 0.5.
  let beta: Double?
  let minimumPrecision: Double
  let minimumRecall: Double

  /// How many resamples a threshold is averaged over; 0 takes the best one for the documents as they are.
  let resamples: Int
  /// A label whose best F stays below this cannot be told apart by its scores. The best cut would give it to hundreds of
  /// documents for the sake of one, so it is given only above every document's probability instead.
  /// (SCutFBR: Yang 2001; Lewis et al. 2004.)
  let worthwhile: Double

  init(beta: Double?, minimumPrecision: Double, minimumRecall: Double, resamples: Int, worthwhile: Double) {
    self.beta = beta
    self.minimumPrecision = minimumPrecision
    self.minimumRecall = minimumRecall
    self.resamples = resamples
    self.worthwhile = worthwhile
  }

  init(_ options: OptionValues) {
    switch options.string("maximize") {
    case "none": beta = nil
    case "f-beta": beta = options.double("beta")
    default: beta = 1
    }
    minimumPrecision = options.double("minimum-precision")
    minimumRecall = options.double("minimum-recall")
    resamples = options.int("resamples")
    worthwhile = options.double("worthwhile")
  }

  /// The threshold with the greatest F for held-out probabilities, among those that keep the floors. It lies halfway
  /// between two probabilities that occurred; of equally good ones the one nearest to 0.5 is taken. If none keeps
  /// the floors, the one that comes nearest to keeping them. Without floors, the mean of the best ones of `resamples`
  /// resamples. O(n log n + resamples · positives).
  func choose(_ probabilities: [Double], _ positives: [Bool]) -> Double {
    guard let beta, positives.contains(true) else { return positives.isEmpty || beta == nil ? 0.5 : 1 }
    let order = probabilities.indices.sorted { probabilities[$0] > probabilities[$1] }
    let total = positives.lazy.filter { $0 }.count
    var best: (goodness: (Double, Double), threshold: Double)?
    var hits = 0
    var last = (hits: 0, rank: -1)
    var resampled = ResampledThreshold()
    for (rank, index) in order.enumerated() {
      hits += positives[index] ? 1 : 0
      let here = probabilities[index]
      let below = rank + 1 < order.count ? probabilities[order[rank + 1]] : 0
      guard below < here else { continue }
      let precision = Double(hits) / Double(rank + 1)
      let recall = Double(hits) / Double(total)
      let shortfall = max(0, minimumPrecision - precision) + max(0, minimumRecall - recall)
      let goodness = (-shortfall, Self.f(precision, recall, beta: beta))
      let threshold = min(max((here + below) / 2, 1e-6), 1 - 1e-6)
      resampled.add(
        positives: hits - last.hits, negatives: rank - last.rank - (hits - last.hits), threshold: threshold)
      last = (hits, rank)
      if let best {
        if goodness < best.goodness { continue }
        if goodness == best.goodness, abs(threshold - 0.5) >= abs(best.threshold - 0.5) { continue }
      }
      best = (goodness, threshold)
    }
    guard let best else { return 0.5 }
    let hasFloor = minimumPrecision > 0 || minimumRecall > 0
    if hasFloor { return best.threshold }
    if best.goodness.1 < worthwhile, let top = probabilities.max() { return min((top + 1) / 2, 1 - 1e-6) }
    return resamples > 0 ? resampled.mean(beta: beta, resamples: resamples) : best.threshold
  }

  /// F_β = (1 + β²) · precision · recall / (β² · precision + recall); 0 when both are 0.
  static func f(_ precision: Double, _ recall: Double, beta: Double) -> Double {
    let denominator = beta * beta * precision + recall
    return denominator > 0 ? (1 + beta * beta) * precision * recall / denominator : 0
  }
}
