import NhanCore

/// What was found in labelled articles.
public struct DataReport: Sendable {
  /// How often a label occurs.
  public struct LabelCount: Sendable, Hashable {
    /// The label.
    public var label: String
    /// Articles with it, by path.
    public var counts: [Int]

    /// Articles with it in all.
    public var total: Int { counts.reduce(0, +) }
  }

  /// How often two labels occur together.
  public struct PairCount: Sendable, Hashable {
    /// The one.
    public var first: String
    /// The other.
    public var second: String
    /// Articles with both.
    public var count: Int
  }

  /// How many findings of a kind there are, and how many are let pass.
  public struct Verdict: Sendable, Hashable {
    /// The kind.
    public var kind: FindingKind
    /// How many there are.
    public var count: Int
    /// How many are let pass; `nil` for any number.
    public var allowance: Int?

    /// Whether there are not too many.
    public var isPassed: Bool { allowance.map { count <= $0 } ?? true }
  }

  /// The paths, and the articles read from each.
  public var paths: [(path: String, documents: Int)]
  /// The labels, the most frequent first.
  public var labels: [LabelCount]
  /// Articles labelled with none, by path.
  public var withoutLabel: [Int]
  /// Pairs of labels that occur together, the most frequent first.
  public var pairs: [PairCount]
  /// What is wrong, kind by kind, the worst of each first.
  public var findings: [Finding]
  /// By kind, of those that were looked for.
  public var verdicts: [Verdict]

  /// Articles read.
  public var documents: Int { paths.reduce(0) { $0 + $1.documents } }
  /// Whether there is not too much of anything.
  public var isPassed: Bool { verdicts.allSatisfy(\.isPassed) }

  /// The report as JSON.
  public var json: JSONValue {
    func integers(_ counts: [Int]) -> JSONValue { .array(counts.map { .integer($0) }) }
    return .object([
      ("version", .integer(1)), ("passed", .bool(isPassed)), ("documents", .integer(documents)),
      (
        "paths",
        .array(paths.map { .object([("path", .string($0.path)), ("documents", .integer($0.documents))]) })
      ),
      (
        "labels",
        .array(
          labels.map {
            .object([
              ("label", .string($0.label)), ("documents", .integer($0.total)),
              ("by-path", integers($0.counts)),
            ])
          })
      ),
      ("without-label", integers(withoutLabel)),
      (
        "together",
        .array(
          pairs.map {
            .object([
              ("labels", .array([.string($0.first), .string($0.second)])), ("documents", .integer($0.count)),
            ])
          })
      ),
      (
        "checks",
        .array(
          verdicts.map {
            .object([
              ("kind", .string($0.kind.rawValue)), ("findings", .integer($0.count)),
              ("allowed", $0.allowance.map { .integer($0) } ?? .null), ("passed", .bool($0.isPassed)),
            ])
          })
      ),
      ("findings", .array(findings.map(\.json))),
    ])
  }
}
