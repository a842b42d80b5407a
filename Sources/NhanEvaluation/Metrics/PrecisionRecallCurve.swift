/// Precision over recall of one label for every threshold that makes a difference.
public struct PrecisionRecallCurve: Sendable, Hashable {
  /// What a threshold would give.
  public struct Point: Sendable, Hashable {
    /// The probability from which on the label would be given.
    public var threshold: Double
    /// The share of the documents given the label that carry it.
    public var precision: Double
    /// The share of the documents that carry the label that would be given it.
    public var recall: Double
  }

  /// By falling threshold, so that recall never falls; empty when no document carries the label.
  ///
  /// The area under the points as steps, Σ (Rₙ − Rₙ₋₁) Pₙ, is the average precision.
  public let points: [Point]

  /// What giving the label from a probability on means; `nil` when no document gets it. O(log points).
  public func point(at threshold: Double) -> Point? {
    var (low, high) = (0, points.count)
    while low < high {
      let middle = (low + high) / 2
      if points[middle].threshold >= threshold { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? nil : points[low - 1]
  }

  /// The curve of a label. O(documents · log documents).
  public init(_ data: EvaluationData, label: Int) {
    let rows = data.documents.indices.sorted { data.probability($0, label) > data.probability($1, label) }
    let support = rows.count { data.isActual($0, label) }
    var points: [Point] = []
    var hits = 0
    for (rank, row) in rows.enumerated() where support > 0 {
      if data.isActual(row, label) { hits += 1 }
      let threshold = data.probability(row, label)
      // Documents of equal probability enter together.
      if rank + 1 < rows.count, data.probability(rows[rank + 1], label) == threshold { continue }
      points.append(
        Point(
          threshold: threshold, precision: Double(hits) / Double(rank + 1),
          recall: Double(hits) / Double(support)))
    }
    self.points = points
  }
}
