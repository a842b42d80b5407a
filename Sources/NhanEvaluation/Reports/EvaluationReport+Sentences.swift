/// The report in sentences.
extension EvaluationReport {
  /// What was measured and how it went, for the head of a report.
  public var summary: String {
    let label = data.labels.count == 1 ? "1 label" : "\(data.labels.count) labels"
    let document = data.documents.count == 1 ? "1 document" : "\(data.documents.count) documents"
    var text =
      "\(document), \(label): micro-f1 \(Wording.measurement(figures[.microF1])), "
      + "macro-f1 \(Wording.measurement(figures[.macroF1])), "
      + "every label right in \(Wording.measurement(figures[.subsetAccuracy]))."
    if !gates.isEmpty {
      let failed = gates.count { !$0.isPassed }
      text += failed == 0 ? " All \(gates.count) gates passed." : " \(failed) of \(gates.count) gates failed."
    }
    return text
  }

  /// The rows with a wrong decision, worst first: those whose probabilities were furthest from the truth,
  /// summed over their wrong labels. O(documents · labels).
  public var misjudgedRows: [Int] {
    let rows = data.documents.indices.filter { data.errorCount($0) > 0 }.map { (row: $0, data.severity($0)) }
    return rows.sorted { ($1.1, $0.row) < ($0.1, $1.row) }.map(\.row)
  }

  /// What was wrong about a document: the labels that are missing and those too many, with probabilities.
  func misjudgement(_ row: Int) -> String {
    func named(_ labels: [Int]) -> String {
      labels.map { "\(data.labels[$0].key) (\(Wording.number(data.probability(row, $0))))" }
        .joined(separator: ", ")
    }
    let wrong = data.labels.indices.filter { !data.isCorrect(row, $0) }
    let missing = wrong.filter { data.isActual(row, $0) }
    let extra = wrong.filter { !data.isActual(row, $0) }
    var parts: [String] = []
    if !missing.isEmpty { parts.append("missing: \(named(missing))") }
    if !extra.isEmpty { parts.append("wrongly given: \(named(extra))") }
    return parts.joined(separator: "; ")
  }
}
