import NhanCore

/// How often labels occur, alone and together.
struct LabelStatistics {
  let counts: [DataReport.LabelCount]
  let withoutLabel: [Int]
  let pairs: [DataReport.PairCount]

  /// Counts. O(articles · labels²) in the labels of an article.
  init(_ articles: [Article], paths: Int) {
    var counts: [String: [Int]] = [:]
    var pairs: [[String]: Int] = [:]
    var withoutLabel = [Int](repeating: 0, count: paths)
    for article in articles {
      guard let labels = article.document.labels?.sorted() else { continue }
      if labels.isEmpty { withoutLabel[article.path] += 1 }
      for (index, label) in labels.enumerated() {
        counts[label, default: [Int](repeating: 0, count: paths)][article.path] += 1
        for other in labels[(index + 1)...] { pairs[[label, other], default: 0] += 1 }
      }
    }
    self.counts = counts.map { DataReport.LabelCount(label: $0, counts: $1) }
      .sorted { ($1.total, $0.label) < ($0.total, $1.label) }
    self.pairs = pairs.map { DataReport.PairCount(first: $0[0], second: $0[1], count: $1) }
      .sorted { ($1.count, $0.first, $0.second) < ($0.count, $1.first, $1.second) }
    self.withoutLabel = withoutLabel
  }

  /// Labels with few articles, with the frequent label that may have been meant, and labels that a path lacks.
  func findings(paths: [String], minimum: Int) -> [Finding] {
    let frequent = counts.filter { $0.total >= minimum }.map(\.label)
    var findings: [Finding] = []
    for count in counts where count.total < minimum {
      let hint = Suggestion.nearest(to: count.label, among: frequent).map { "; was '\($0)' meant?" } ?? ""
      findings.append(
        Finding(
          .rareLabel,
          "the label '\(count.label)' has \(count.total) \(count.total == 1 ? "article" : "articles"), fewer than \(minimum)\(hint)",
          at: []))
    }
    for count in counts where count.total >= minimum && count.counts.contains(0) {
      let lacking = paths.indices.filter { count.counts[$0] == 0 }.map { paths[$0] }.joined(separator: ", ")
      findings.append(
        Finding(.rareLabel, "the label '\(count.label)' does not occur in \(lacking)", at: []))
    }
    return findings
  }
}
