@testable import NhanQuality
import Testing

/// Shingles and the search for near-duplicates, against sets of arrays and all pairs.
@Suite struct NearDuplicateTests {
  /// Texts of syllables 0..<1000; each second one takes a part of the one before, from none to all.
  static func texts(seed: UInt64, count: Int) -> [[UInt64]] {
    var generator = SplitMix64(seed: seed)
    var texts: [[UInt64]] = []
    for index in 0..<count {
      var text = (0..<20 + generator.below(120)).map { _ in UInt64(generator.below(1000)) }
      if index % 2 == 1 {
        let earlier = texts[index - 1]
        text = Array(earlier.prefix(earlier.count * generator.below(11) / 10)) + text.prefix(60)
      }
      texts.append(text)
    }
    return texts
  }

  static func naiveShingles(_ text: [UInt64]) -> Set<[UInt64]> {
    if text.isEmpty { return [] }
    if text.count <= 5 { return [text] }
    return Set((0...text.count - 5).map { Array(text[$0..<$0 + 5]) })
  }

  static func naiveJaccard(_ a: [UInt64], _ b: [UInt64]) -> Double {
    let (x, y) = (naiveShingles(a), naiveShingles(b))
    return x.union(y).isEmpty ? 0 : Double(x.intersection(y).count) / Double(x.union(y).count)
  }

  @Test(arguments: 1...5) func similarityIsThatOfSets(seed: Int) {
    let texts =
      Self.texts(seed: UInt64(seed), count: 30) + [
        [], [1], [1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 1, 2, 3, 4, 5],
      ]
    for a in texts {
      for b in texts {
        #expect(
          ShingleSet(a, size: 5).jaccard(ShingleSet(b, size: 5)) == Self.naiveJaccard(a, b))
      }
    }
  }

  @Test(arguments: 1...5) func thePairsAreThoseOfAllPairs(seed: Int) throws {
    let texts = Self.texts(seed: UInt64(100 + seed), count: 120)
    var expected: [NearDuplicates.Pair] = []
    for i in texts.indices {
      for j in texts.indices where j > i {
        let similarity = Self.naiveJaccard(texts[i], texts[j])
        if similarity >= 0.2 { expected.append(.init(first: i, second: j, similarity: similarity)) }
      }
    }
    let sets = texts.map { ShingleSet($0, size: 5) }
    let found = try NearDuplicates.pairs(sets, threshold: 0.2, threads: 2)
    #expect(expected.count > 20)
    #expect(found == expected)
    #expect(try NearDuplicates.pairs(sets, threshold: 0.2, threads: 1) == found)
  }

  @Test func textsWithoutSyllablesAreLikeNothing() throws {
    let sets = [[], [], [1, 2]].map { ShingleSet($0, size: 5) }
    #expect(try NearDuplicates.pairs(sets, threshold: 0.2, threads: 1).isEmpty)
  }
}
