import NhanCore
import NhanPipeline

/// What is looked for in labelled articles, and how much of it is let pass.
public struct DataCheckOptions: Sendable {
  /// From which Jaccard similarity of their shingles on two articles are near-duplicates.
  public var similarity = 0.2
  /// In how many articles a sentence may stand.
  public var sentenceLimit = 2
  /// Shorter sentences, in syllables, may stand anywhere.
  public var sentenceSyllables = 6
  /// A label with fewer articles is rare.
  public var minimumDocuments = 10
  /// The labels allowed and, by cross-validation of the model it describes, doubted; `nil` to do neither.
  public var configuration: Configuration?
  /// How far the model's probability must lie from what an article says.
  public var doubt = 0.95
  /// By kind: how many findings are let pass, `nil` for any number, where it is not the kind's default.
  public var allowances: [FindingKind: Int?] = [:]
  /// How many threads work.
  public var threads = 1

  /// The defaults.
  public init() {}

  /// How many findings of a kind are let pass; `nil` for any number.
  public func allowance(_ kind: FindingKind) -> Int? { allowances[kind] ?? kind.defaultAllowance }

  /// Takes an allowance as `near-duplicate=3` or `boilerplate=any`.
  /// - Throws: `NhanError` (usage) for an unknown kind or what is no number.
  public mutating func allow(parsing text: String) throws(NhanError) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let names = FindingKind.allCases.map(\.rawValue)
    guard let kind = FindingKind(rawValue: parts[0]) else {
      throw NhanError(
        .usage, code: "unknown-finding", "unknown kind of finding '\(parts[0])'",
        hint: Suggestion.hint(for: parts[0], among: names))
    }
    if parts.count == 2, parts[1] == "any" {
      allowances[kind] = .some(nil)
    } else if parts.count == 2, let number = Int(parts[1]), number >= 0 {
      allowances[kind] = number
    } else {
      throw NhanError(
        .usage, code: "bad-allowance", "the allowance '\(text)' has no number, expected '\(kind.rawValue)=3'",
        hint: "'\(kind.rawValue)=any' lets all of them pass")
    }
  }

  /// - Throws: `NhanError` (usage) for a number out of its range.
  func validate() throws(NhanError) {
    for (name, share, range) in [("similarity", similarity, 0.1...1), ("doubt", doubt, 0.5...1)]
    where !range.contains(share) {
      throw NhanError(
        .usage, code: "bad-\(name)",
        "the \(name) is \(share), expected a number from \(range.lowerBound) to \(range.upperBound)")
    }
    for (name, count) in [
      ("sentence limit", sentenceLimit), ("syllables of a sentence", sentenceSyllables),
      ("documents of a label", minimumDocuments),
    ] where count < 1 {
      throw NhanError(.usage, code: "bad-limit", "the \(name) is \(count), expected 1 or more")
    }
  }
}
