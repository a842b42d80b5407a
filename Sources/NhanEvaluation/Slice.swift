import NhanCore

/// The figures of the documents that share a metadata value.
public struct Slice: Sendable, Hashable {
  /// The metadata key, such as `source`.
  public let key: String
  /// The value; `nil` for the documents without the key.
  public let value: String?
  /// What these documents measure.
  public let figures: Figures

  /// The rows of each value of a key, values in order, documents without it last.
  /// - Throws: `NhanError` (usage) when no document has the key.
  static func rows(
    of data: EvaluationData, by key: String
  ) throws(NhanError) -> [(value: String?, rows: [Int])] {
    let groups = Dictionary(grouping: data.documents.indices) { data.documents[$0].metadata[key] }
    guard groups.keys.contains(where: { $0 != nil }) else {
      let known = Set(data.documents.flatMap(\.metadata.keys)).sorted()
      throw NhanError(
        .usage, code: "unknown-slice", "no document has the metadata key '\(key)' to slice by",
        hint: Suggestion.hint(for: key, among: known))
    }
    let values = groups.keys.compactMap(\.self).sorted()
    return values.map { ($0, groups[$0]!) } + (groups[nil].map { [(nil, $0)] } ?? [])
  }
}
