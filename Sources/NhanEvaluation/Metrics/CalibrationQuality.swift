/// How far the probabilities of one label may be trusted: the figures of `LabelMetric` by themselves, without a
/// whole evaluation.
public struct CalibrationQuality: Sendable, Hashable {
  /// Mean squared distance of probability and truth; lower is better.
  public let brier: Double
  /// Expected calibration error, ten bins of equal width; lower is better.
  public let calibrationError: Double

  /// Measures a label. O(n log n).
  /// - Parameters:
  ///   - probabilities: from 0 to 1, one a document.
  ///   - outcomes: whether the document carries the label; as many.
  /// - Returns: `nil` without documents.
  public init?(_ probabilities: [Double], _ outcomes: [Bool]) {
    precondition(probabilities.count == outcomes.count, "one outcome a probability")
    guard !probabilities.isEmpty else { return nil }
    let certain = EvaluationData.certain
    let millionths = probabilities.map { Int32(($0 * Double(certain)).rounded()) }
    let rows = millionths.indices.sorted { millionths[$0] > millionths[$1] }
    var brier = BrierScore()
    var error = CalibrationError()
    for (rank, row) in rows.enumerated() {
      let deviation = Int(millionths[row]) - (outcomes[row] ? Int(certain) : 0)
      let bin = CalibrationError.bin(of: millionths[row])
      let endsBin = rank + 1 == rows.count || CalibrationError.bin(of: millionths[rows[rank + 1]]) != bin
      brier.add(deviation: deviation, weight: 1)
      error.add(deviation: deviation, weight: 1, endsBin: endsBin)
    }
    self.brier = brier.value
    calibrationError = error.value
  }
}
