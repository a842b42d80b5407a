/// Finds the name somebody probably meant.
public enum Suggestion {
  /// The candidate nearest to `name`, if it is near enough to be worth naming: at most a third of the
  /// longer name's letters differ. Ties go to the earlier candidate.
  public static func nearest(to name: String, among candidates: some Sequence<String>) -> String? {
    var best: (candidate: String, distance: Int)?
    for candidate in candidates {
      let limit = max(1, max(name.count, candidate.count) / 3)
      let found = distance(name.lowercased(), candidate.lowercased())
      if found <= limit, found < best?.distance ?? .max { best = (candidate, found) }
    }
    return best?.candidate
  }

  /// `did you mean 'x'? Known: a, b, c`, for the hint of an error about an unknown name.
  public static func hint(for name: String, among candidates: [String]) -> String {
    let known = candidates.isEmpty ? "none is known here" : "known: " + candidates.joined(separator: ", ")
    return nearest(to: name, among: candidates).map { "did you mean '\($0)'? \(known)" } ?? known
  }

  /// Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours.
  /// O(|a|·|b|) time, O(|b|) space. (Damerau 1964, restricted.)
  static func distance(_ a: String, _ b: String) -> Int {
    let a = Array(a), b = Array(b)
    if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in 1...a.count {
      var row = [i] + [Int](repeating: 0, count: b.count)
      for j in 1...b.count {
        let cost = a[i - 1] == b[j - 1] ? 0 : 1
        row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + cost)
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
          row[j] = min(row[j], beforeLast[j - 2] + 1)
        }
      }
      (beforeLast, last) = (last, row)
    }
    return last[b.count]
  }
}
