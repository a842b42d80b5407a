import NhanCore

/// Fits an earlier run to the present one, or tells why they cannot be compared.
enum Baseline {
  /// The baseline with rows and columns in the order of `data`. O(documents · labels).
  /// - Throws: `NhanError` (usage) when it measured nothing, or has other labels, documents or right answers.
  static func align(_ baseline: EvaluationData, with data: EvaluationData) throws(NhanError) -> EvaluationData
  {
    guard baseline.actual.contains(true) || baseline.predicted.contains(true) else {
      throw NhanError(
        .usage, code: "baseline-empty",
        baseline.documents.isEmpty
          ? "the baseline holds no documents, so nothing can be compared with it"
          : "in the baseline no document carries or was given a label, so it measured nothing",
        hint: "make the baseline anew from labelled documents")
    }
    let columns = try self.columns(of: baseline, for: data)
    let rows = try self.rows(of: baseline, for: data)
    var aligned = try EvaluationData(labels: data.labels)
    for (row, source) in rows.enumerated() {
      let actual = columns.map { baseline.isActual(source, $0) }
      guard data.labels.indices.allSatisfy({ actual[$0] == data.isActual(row, $0) }) else {
        throw otherAnswers(baseline, source, data, row)
      }
      try aligned.append(
        data.documents[row], actual: actual, predicted: columns.map { baseline.isPredicted(source, $0) },
        probabilities: columns.map { baseline.probability(source, $0) })
    }
    return aligned
  }

  private static func columns(
    of baseline: EvaluationData, for data: EvaluationData
  ) throws(NhanError) -> [Int] {
    let here = data.labels.map(\.key)
    let there = baseline.labels.map(\.key)
    guard Set(here) == Set(there) else {
      throw NhanError(
        .usage, code: "baseline-other-labels",
        "the baseline has the labels \(Wording.list(there)), expected \(Wording.list(here))",
        hint: "make the baseline with a model of the same labels")
    }
    return here.compactMap(there.firstIndex(of:))
  }

  private static func rows(of baseline: EvaluationData, for data: EvaluationData) throws(NhanError) -> [Int] {
    let missing = data.documents.filter { baseline.row(of: $0.id) == nil }
    let extra = baseline.documents.filter { data.row(of: $0.id) == nil }
    guard missing.isEmpty, extra.isEmpty else {
      var parts: [String] = []
      if let first = missing.first { parts.append("\(missing.count) are not in it, such as '\(first.id)'") }
      if let first = extra.first {
        parts.append("\(extra.count) are only in it, such as '\(first.id)'")
      }
      throw NhanError(
        .usage, code: "baseline-other-documents",
        "the baseline is of other documents: " + parts.joined(separator: "; ")
          + "; expected the same \(data.documents.count) ids",
        hint: "evaluate the earlier model on these documents")
    }
    return data.documents.compactMap { baseline.row(of: $0.id) }
  }

  private static func otherAnswers(
    _ baseline: EvaluationData, _ source: Int, _ data: EvaluationData, _ row: Int
  ) -> NhanError {
    NhanError(
      .usage, code: "baseline-other-answers",
      "'\(data.documents[row].id)' carries \(Wording.list(data.actualKeys(row))) now and "
        + "\(Wording.list(baseline.actualKeys(source))) in the baseline, expected the same",
      at: data.documents[row].place,
      hint: "labels were corrected since: evaluate the earlier model on these documents")
  }
}
