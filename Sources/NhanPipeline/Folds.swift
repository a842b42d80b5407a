import NhanCore

/// Cuts training documents into the parts of a cross-validation.
enum Folds {
  /// The part of each document: stratified, so that every combination of labels spreads evenly over the parts, and
  /// grouped, so that documents with the same non-empty group stay together. Depends only on what is passed in.
  ///
  /// Groups (a document without one is a group of its own) are ordered by their labels, rarest first, and within them
  /// by a hash with the seed; each goes to the part that has the least of its labels.
  static func assign(_ targets: TargetMatrix, groups: [String], ids: [String], count: Int, seed: Int) -> [Int]
  {
    var members: [String: [Int]] = [:]
    for row in 0..<targets.rowCount {
      let key = groups[row].isEmpty ? "d" + ids[row] : "g" + groups[row]
      members[key, default: []].append(row)
    }
    let supports = targets.supports
    let ordered = members.map { key, rows in
      let labels = labelCounts(rows, targets)
      let rarest = labels.indices.filter { labels[$0] > 0 }.map { supports[$0] }.min() ?? Int.max
      return (rows: rows, labels: labels, rarest: rarest, hash: hash(key, seed: seed), key: key)
    }.sorted {
      ($0.rarest, -$0.rows.count, $0.hash, $0.key) < ($1.rarest, -$1.rows.count, $1.hash, $1.key)
    }
    var folds = [Int](repeating: 0, count: targets.rowCount)
    var sizes = [Int](repeating: 0, count: count)
    var loads = [[Int]](repeating: [Int](repeating: 0, count: targets.labelCount), count: count)
    for group in ordered {
      let fold = (0..<count).min { a, b in
        let (loadA, loadB) = (
          weight(group.labels, loads[a], supports), weight(group.labels, loads[b], supports)
        )
        return loadA != loadB ? loadA < loadB : (sizes[a], a) < (sizes[b], b)
      }!
      for row in group.rows { folds[row] = fold }
      sizes[fold] += group.rows.count
      for label in group.labels.indices { loads[fold][label] += group.labels[label] }
    }
    return folds
  }

  /// Whether the documents with a label lie in several parts. Where they do not, whoever judges one of them has seen none,
  /// and nothing is learned of how the label's documents are judged.
  static func separate(_ positives: [Bool], _ folds: [Int]) -> Bool {
    guard let first = positives.firstIndex(of: true) else { return false }
    return positives.indices.contains { positives[$0] && folds[$0] != folds[first] }
  }

  private static func labelCounts(_ rows: [Int], _ targets: TargetMatrix) -> [Int] {
    (0..<targets.labelCount).map { label in rows.lazy.filter { targets[$0, label] }.count }
  }

  /// How full a part is with the labels of a group, rare labels counting more.
  private static func weight(_ labels: [Int], _ load: [Int], _ supports: [Int]) -> Double {
    var sum = 0.0
    for label in labels.indices where labels[label] > 0 {
      sum += Double(load[label]) / Double(supports[label])
    }
    return sum
  }

  /// FNV-1a, enough for an order that looks random and never changes.
  private static func hash(_ text: String, seed: Int) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ UInt64(bitPattern: Int64(seed))
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    return hash
  }
}
