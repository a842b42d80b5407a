/// How many decisions became right and how many became wrong since the baseline, and how probable a split as
/// uneven as that is by chance. Over the decisions about one label it is McNemar's exact test.
public struct SignTest: Sendable, Hashable {
  /// Wrong before, right now; of documents: fewer wrong labels now.
  public let better: Int
  /// Right before, wrong now; of documents: more wrong labels now.
  public let worse: Int
  /// The exact two-sided p-value: 1 when nothing changed.
  public let pValue: Double

  /// Tests. O(better + worse).
  public init(better: Int, worse: Int) {
    self.better = better
    self.worse = worse
    pValue = ExactBinomial.pValue(better, worse)
  }
}
