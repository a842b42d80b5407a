/// A decision that changed since the baseline.
public struct Flip: Sendable, Hashable {
  /// The document's row.
  public let row: Int
  /// The label's index.
  public let label: Int
  /// Whether the document is given the label now; before, it was the other way.
  public let isPredicted: Bool
  /// Whether the decision is right now; before, it was the other way.
  public let isCorrect: Bool
}
