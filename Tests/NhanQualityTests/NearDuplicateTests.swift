import TestSupport
import Testing

@testable import NhanQuality

/// Shingles and the search for near-duplicates, against sets of arrays and all pairs.
@Suite struct NearDuplicateTests {
  /// Texts of syllables 0..<1000; each second one takes a part of the one before, from none to all.
  static func texts(seed: UInt64, count: Int) -> [[UInt64]] {
    var generator = SeededGenerator(seed: seed)
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

  static func naiveJaccard(_ a: Set<[UInt64]>, _ b: Set<[UInt64]>) -> Double {
    a.union(b).isEmpty ? 0 : Double(a.intersection(b).count) / Double(a.union(b).count)
  }

  @Test(arguments: 1...3) func similarityIsThatOfSets(seed: Int) {
    let texts =
      Self.texts(seed: UInt64(seed), count: 16) + [
        [], [1], [1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 1, 2, 3, 4, 5],
      ]
    let naive = texts.map(Self.naiveShingles)
    let sets = texts.map { ShingleSet($0, size: 5) }
    for a in texts.indices {
      for b in texts.indices {
        #expect(sets[a].jaccard(sets[b]) == Self.naiveJaccard(naive[a], naive[b]))
      }
    }
  }

  @Test(arguments: 1...3) func thePairsAreThoseOfAllPairs(seed: Int) throws {
    let texts = Self.texts(seed: UInt64(100 + seed), count: 60)
    let naive = texts.map(Self.naiveShingles)
    var expected: [NearDuplicates.Pair] = []
    for i in texts.indices {
      for j in texts.indices where j > i {
        let similarity = Self.naiveJaccard(naive[i], naive[j])
        if similarity >= 0.2 { expected.append(.init(first: i, second: j, similarity: similarity)) }
      }
    }
    let sets = texts.map { ShingleSet($0, size: 5) }
    let found = try NearDuplicates.pairs(sets, threshold: 0.2, threads: 2)
    #expect(expected.count > 8)
    #expect(found == expected)
    #expect(try NearDuplicates.pairs(sets, threshold: 0.2, threads: 1) == found)
  }

  @Test func textsWithoutSyllablesAreLikeNothing() throws {
    let sets = [[], [], [1, 2]].map { ShingleSet($0, size: 5) }
    #expect(try NearDuplicates.pairs(sets, threshold: 0.2, threads: 1).isEmpty)
  }
}
