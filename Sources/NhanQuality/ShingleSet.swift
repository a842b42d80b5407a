/// The runs of so many neighbouring syllables that occur in a text, as 64-bit hashes.
package struct ShingleSet: Sendable {
  /// Rising, each once.
  package let hashes: [UInt64]

  /// The shingles of syllables; one of all of them when there are fewer than `size`. O(n log n).
  package init(_ syllables: [UInt64], size: Int) {
    guard syllables.count > size else {
      hashes = syllables.isEmpty ? [] : [SyllableScanner.hash(syllables[...])]
      return
    }
    var hashes = (0...syllables.count - size).map { SyllableScanner.hash(syllables[$0..<$0 + size]) }
    hashes.sort()
    var kept = 0
    for hash in hashes where kept == 0 || hash != hashes[kept - 1] {
      hashes[kept] = hash
      kept += 1
    }
    hashes.removeSubrange(kept...)
    self.hashes = hashes
  }

  /// |A ∩ B| / |A ∪ B|; 0 when both are empty. O(|A| + |B|).
  package func jaccard(_ other: ShingleSet) -> Double {
    var (i, j, common) = (0, 0, 0)
    hashes.withUnsafeBufferPointer { a in
      other.hashes.withUnsafeBufferPointer { b in
        while i < a.count, j < b.count {
          let (x, y) = (a[i], b[j])
          common += x == y ? 1 : 0
          i += x <= y ? 1 : 0
          j += y <= x ? 1 : 0
        }
      }
    }
    let union = hashes.count + other.hashes.count - common
    return union == 0 ? 0 : Double(common) / Double(union)
  }
}
