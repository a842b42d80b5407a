/// Expected calibration error of a label: documents are put into ten bins of equal width by probability, and
/// the distance between a bin's mean probability and its share of documents that carry the label is averaged
/// over the bins, by their sizes. Lower is better. (Naeini, Cooper, Hauskrecht 2015.)
///
/// A bin includes its lower bound; the last one also 1.
struct CalibrationError {
  static let binCount: Int32 = 10

  private var binDeviation = 0
  private var sum = 0
  private var count = 0

  /// The bin of a probability in millionths.
  static func bin(of probability: Int32) -> Int32 {
    min(probability / (EvaluationData.certain / binCount), binCount - 1)
  }

  /// Takes the next document by falling probability, whose p − y is `deviation` millionths, `weight` times.
  @inline(__always) mutating func add(deviation: Int, weight: Int, endsBin: Bool) {
    binDeviation &+= deviation &* weight
    count &+= weight
    guard endsBin else { return }
    sum &+= abs(binDeviation)
    binDeviation = 0
  }

  /// The error; NaN without documents.
  var value: Double { Double(sum) / (Double(EvaluationData.certain) * Double(count)) }
}
