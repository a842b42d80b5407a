/// How often documents of a probability really carry a label.
public struct ReliabilityCurve: Sendable, Hashable {
  /// Documents of similar probability.
  public struct Bin: Sendable, Hashable {
    /// How many.
    public var count: Int
    /// Their mean probability.
    public var probability: Double
    /// The share of them that carry the label.
    public var share: Double
  }

  /// The bins with documents, by rising probability: those of `CalibrationError`.
  public let bins: [Bin]

  /// The curve of a label. O(documents).
  public init(_ data: EvaluationData, label: Int) {
    var counts = [(all: Int, carrying: Int, millionths: Int)](
      repeating: (0, 0, 0), count: Int(CalibrationError.binCount))
    for row in data.documents.indices {
      let probability = data.probabilities[row * data.labels.count + label]
      let bin = Int(CalibrationError.bin(of: probability))
      counts[bin].all += 1
      counts[bin].carrying += data.isActual(row, label) ? 1 : 0
      counts[bin].millionths += Int(probability)
    }
    bins = counts.filter { $0.all > 0 }.map { all, carrying, millionths in
      Bin(
        count: all, probability: Double(millionths) / Double(EvaluationData.certain) / Double(all),
        share: Double(carrying) / Double(all))
    }
  }
}
