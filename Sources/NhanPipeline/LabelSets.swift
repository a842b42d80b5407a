import NhanCore

/// The labels of many documents; what each label is called is kept once.
struct LabelSets: Sendable {
  /// The labels that occurred, in the order in which they first did. Those of a document are numbers of these.
  private(set) var keys: [String] = []
  private var numbers: [String: Int32] = [:]
  private var members: [Int32] = []
  /// By document: where its members end.
  private var ends: [Int] = []

  /// The number of documents.
  var count: Int { ends.count }
  /// How many documents have no label.
  var emptyCount: Int { ends.indices.lazy.filter { numbers(of: $0).isEmpty }.count }

  /// Which labels a document has.
  private func numbers(of row: Int) -> ArraySlice<Int32> {
    members[(row == 0 ? 0 : ends[row - 1])..<ends[row]]
  }

  /// Appends a document. O(labels).
  mutating func append(_ labels: [String]) {
    for label in labels { members.append(number(of: label)) }
    ends.append(members.count)
  }

  /// Appends the documents of another, each label of which is looked up once. O(documents).
  mutating func append(contentsOf other: LabelSets) {
    let renumbered = other.keys.map { number(of: $0) }
    let offset = members.count
    members += other.members.lazy.map { renumbered[Int($0)] }
    ends += other.ends.lazy.map { $0 + offset }
  }

  /// The number of a label, which may be new.
  private mutating func number(of label: String) -> Int32 {
    if let known = numbers[label] { return known }
    numbers[label] = Int32(keys.count)
    keys.append(label)
    return Int32(keys.count - 1)
  }

  /// Some of the documents, in the order given.
  func selecting(_ rows: [Int]) -> LabelSets {
    var result = self
    (result.members, result.ends) = ([], [])
    for row in rows {
      result.members += numbers(of: row)
      result.ends.append(result.members.count)
    }
    return result
  }

  /// Which document has which of some labels.
  func targets(_ labels: [Label]) -> TargetMatrix {
    let columns = Dictionary(labels.enumerated().map { ($1.key, $0) }) { first, _ in first }
    let byNumber = keys.map { columns[$0] }
    var values = [UInt8](repeating: 0, count: count * labels.count)
    for row in 0..<count {
      for number in numbers(of: row) {
        if let column = byNumber[Int(number)] { values[row * labels.count + column] = 1 }
      }
    }
    return TargetMatrix(labelCount: labels.count, values: values)
  }
}
