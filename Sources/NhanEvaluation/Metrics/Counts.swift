/// How often a label was right, given, and both.
public struct Counts: Sendable, Hashable {
  /// The documents that carry the label: TP + FN.
  public var support = 0
  /// The documents that were given the label: TP + FP.
  public var predicted = 0
  /// The documents that carry the label and were given it.
  public var truePositives = 0

  /// Makes counts.
  public init(support: Int = 0, predicted: Int = 0, truePositives: Int = 0) {
    self.support = support
    self.predicted = predicted
    self.truePositives = truePositives
  }

  /// The documents that were given the label wrongly.
  public var falsePositives: Int { predicted - truePositives }
  /// The documents that carry the label and were not given it.
  public var falseNegatives: Int { support - truePositives }

  /// TP / (TP + FP), by the rule of `Ratio`.
  var precision: Double { Ratio.of(truePositives, predicted) }
  /// TP / (TP + FN), by the rule of `Ratio`.
  var recall: Double { Ratio.of(truePositives, support) }
  /// 2 TP / (2 TP + FP + FN), by the rule of `Ratio`.
  var f1: Double { Ratio.of(2 * truePositives, support + predicted) }

  /// Adds the counts of another label.
  static func += (sum: inout Counts, other: Counts) {
    sum.support += other.support
    sum.predicted += other.predicted
    sum.truePositives += other.truePositives
  }
}
