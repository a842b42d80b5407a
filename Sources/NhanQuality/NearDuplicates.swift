import NhanCore

/// Finds pairs of texts that share much, without comparing all pairs.
///
/// Candidates come from MinHash with locality-sensitive hashing (Broder 1997; Indyk and Motwani 1998): 160 bands of two
/// minima each. A pair of similarity s becomes a candidate with probability 1 − (1 − s²)^160: 0.9985 at 0.2, 0.99996 at
/// 0.25. Candidates are then compared exactly, so that no pair is reported wrongly. The hash functions are fixed: the
/// same texts give the same pairs.
package enum NearDuplicates {
  private static let bandCount = 160
  private static let rowsPerBand = 2

  /// Two texts, by their indices, and how alike they are.
  package struct Pair: Sendable, Hashable {
    /// The earlier text.
    package var first: Int
    /// The later text.
    package var second: Int
    /// The Jaccard similarity of their shingles.
    package var similarity: Double

    /// Makes a pair.
    package init(first: Int, second: Int, similarity: Double) {
      self.first = first
      self.second = second
      self.similarity = similarity
    }
  }

  /// The pairs whose similarity is at least `threshold`, in the order of their indices.
  ///
  /// O(320 · shingles + candidates · shingles a text); a band whose bucket holds k texts makes k² / 2 candidates, so equal
  /// texts should be put together before.
  package static func pairs(_ sets: [ShingleSet], threshold: Double, threads: Int) throws -> [Pair] {
    let signatures = try Parallel.map(count: sets.count, threads: threads) { item, _ in signature(sets[item])
    }
    let found = try Parallel.map(count: bandCount, threads: threads) { band, _ in collisions(signatures, band)
    }
    let candidates = Set(found.joined()).sorted()
    let chunks = Parallel.chunks(of: candidates.count, size: 4096)
    return try Parallel.map(count: chunks.count, threads: threads) { item, _ in
      candidates[chunks[item]].compactMap { code -> Pair? in
        let (first, second) = (Int(code >> 32), Int(code & 0xffff_ffff))
        let similarity = sets[first].jaccard(sets[second])
        return similarity >= threshold ? Pair(first: first, second: second, similarity: similarity) : nil
      }
    }.flatMap { $0 }
  }

  /// The least value of each hash function over the shingles; empty for a text without any.
  private static func signature(_ set: ShingleSet) -> [UInt64] {
    guard !set.hashes.isEmpty else { return [] }
    return multipliers.map { multiplier in
      // The shingles' hashes are spread evenly: an odd factor permutes them, the high bits best.
      var least = UInt64.max
      for hash in set.hashes { least = min(least, (hash ^ multiplier) &* multiplier) }
      return least
    }
  }

  private static let multipliers: [UInt64] = (1...UInt64(bandCount * rowsPerBand)).map {
    SyllableScanner.mix($0 &* 0x9e37_79b9_7f4a_7c15) | 1
  }

  /// Pairs of texts whose minima in a band agree, as `first << 32 | second`.
  private static func collisions(_ signatures: [[UInt64]], _ band: Int) -> [UInt64] {
    var keyed: [(key: UInt64, text: UInt32)] = []
    for (text, signature) in signatures.enumerated() where !signature.isEmpty {
      let minima = signature[band * rowsPerBand..<(band + 1) * rowsPerBand]
      keyed.append((SyllableScanner.hash(minima), UInt32(text)))
    }
    keyed.sort { ($0.key, $0.text) < ($1.key, $1.text) }
    var pairs: [UInt64] = []
    var start = 0
    while start < keyed.count {
      var end = start + 1
      while end < keyed.count, keyed[end].key == keyed[start].key { end += 1 }
      for i in start..<end {
        for j in i + 1..<end { pairs.append(UInt64(keyed[i].text) << 32 | UInt64(keyed[j].text)) }
      }
      start = end
    }
    return pairs
  }
}
