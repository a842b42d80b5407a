import NhanCore

/// Keeps the documents with the worst errors out of any number, in bounded memory.
public struct WorstErrors: Sendable {
  private let limit: Int
  private var kept: [(document: Document, severity: Double, order: Int)] = []
  private var count = 0

  /// Keeps up to `limit` documents.
  public init(limit: Int) {
    self.limit = limit
  }

  /// The documents, the worst first; of equally bad ones the earlier first.
  public var documents: [Document] { ranked.map(\.document) }

  private var ranked: ArraySlice<(document: Document, severity: Double, order: Int)> {
    kept.sorted { ($1.severity, $0.order) < ($0.severity, $1.order) }.prefix(limit)
  }

  /// Takes a document if it has errors and is bad enough. O(log limit) on average.
  mutating func consider(_ document: Document, severity: Double) {
    guard severity > 0, limit > 0 else { return }
    kept.append((document, severity, count))
    count += 1
    if kept.count >= 2 * limit { kept = Array(ranked) }
  }
}
