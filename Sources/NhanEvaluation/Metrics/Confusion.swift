/// Which labels are given in the place of which: a confusion matrix for documents with any number of labels.
///
/// With one label a document it is the ordinary matrix. (After Heydarian, Doyle and Samavi 2022.)
public struct Confusion: Sendable, Hashable {
  private let labelCount: Int
  private var cells: [Int]

  /// Counts. O(documents · labels²) at worst, O(documents · labels) when errors are few.
  public init(_ data: EvaluationData) {
    labelCount = data.labels.count
    cells = [Int](repeating: 0, count: (labelCount + 1) * (labelCount + 1))
    for row in data.documents.indices {
      let wrong = data.labels.indices.filter { !data.isCorrect(row, $0) }
      let missed = wrong.filter { data.isActual(row, $0) }
      let added = wrong.filter { !data.isActual(row, $0) }
      for label in data.labels.indices where data.isActual(row, label) && data.isPredicted(row, label) {
        count(label, label)
      }
      for label in missed {
        if added.isEmpty { count(label, nil) }
        for other in added { count(label, other) }
      }
      if missed.isEmpty { for other in added { count(nil, other) } }
    }
  }

  /// Documents that carry `carried` and were not given it, and were wrongly given `given`; on the diagonal, those that
  /// carry the label and were given it. `nil` stands for no label: nothing wrongly given instead, or nothing missed.
  public subscript(carried: Int?, given: Int?) -> Int { cells[index(carried, given)] }

  private mutating func count(_ carried: Int?, _ given: Int?) { cells[index(carried, given)] += 1 }

  private func index(_ carried: Int?, _ given: Int?) -> Int {
    (carried ?? labelCount) * (labelCount + 1) + (given ?? labelCount)
  }
}
