extension Model {
  /// The labels in doubt, as indices in rising order: those whose probability lies within `band` of where the decision
  /// would turn over, that is the threshold or, for `single-label`, the likeliest two labels' middle.
  public func doubts(_ probabilities: [Float], band: Float) -> [Int] {
    guard configuration.task == .singleLabel else {
      return probabilities.indices.filter { abs(probabilities[$0] - thresholds[$0]) <= band }
    }
    let order = probabilities.indices.sorted { (probabilities[$1], $0) < (probabilities[$0], $1) }
    guard order.count > 1, (probabilities[order[0]] - probabilities[order[1]]) / 2 <= band else { return [] }
    let limit = probabilities[order[0]] - 2 * band
    return probabilities.indices.filter { probabilities[$0] >= limit }
  }

  /// The labels that were nearly given, as indices in rising order: those not given whose probability is at least half
  /// of what it takes, which is the threshold or, for `single-label`, the likeliest label's probability.
  public func nearMisses(_ probabilities: [Float]) -> [Int] {
    let given = decide(probabilities)
    let likeliest = probabilities.max() ?? 0
    return probabilities.indices.filter { label in
      let needed = configuration.task == .singleLabel ? likeliest : thresholds[label]
      return !given.contains(label) && probabilities[label] >= needed / 2
    }
  }
}
