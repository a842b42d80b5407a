/// Average precision: Σ (Rₙ − Rₙ₋₁) Pₙ over the distinct probabilities, the highest first, where Pₙ and Rₙ are
/// precision and recall if everything from the n-th probability up is given the label.
///
/// Documents of equal probability enter together, as in scikit-learn's `average_precision_score`, so their
/// order does not matter.
struct AveragePrecision {
  private var seen = 0
  private var positives = 0
  private var tiedPositives = 0
  private var sum = 0.0

  /// Takes the next document by falling probability, `weight` times.
  @inline(__always) mutating func add(isActual: Bool, weight: Int, endsTie: Bool) {
    seen &+= weight
    if isActual { tiedPositives &+= weight }
    guard endsTie, tiedPositives > 0 else { return }
    positives &+= tiedPositives
    sum += Double(tiedPositives) * (Double(positives) / Double(seen))
    tiedPositives = 0
  }

  /// The average precision; NaN without a document that carries the label.
  var value: Double { sum / Double(positives) }
}
