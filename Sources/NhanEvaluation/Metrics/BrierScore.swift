/// The Brier score of a label: the mean of (p − y)², with y 1 for documents that carry it and 0 for others.
/// Lower is better. (Brier 1950, for two classes.)
struct BrierScore {
  private var sum = 0.0
  private var count = 0

  /// Takes a document whose p − y is `deviation` millionths, `weight` times.
  @inline(__always) mutating func add(deviation: Int, weight: Int) {
    sum += Double(deviation &* deviation &* weight)
    count &+= weight
  }

  /// The score; NaN without documents.
  var value: Double {
    let certain = Double(EvaluationData.certain)
    return sum / (certain * certain * Double(count))
  }
}
