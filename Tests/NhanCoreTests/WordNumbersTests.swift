import TestSupport
import Testing

@testable import NhanCore

@Suite struct WordNumbersTests {
  /// Words are kept in their order, and what is known of them by number follows, whether all of them were known or not.
  @Test func whatIsKnownFollowsTheNumbers() {
    var random = SeededGenerator(seed: 4)
    for _ in 0..<200 {
      let (words, known) = (WordNumbers(), PageArray<UInt64>())
      var generation = words.generation
      known.append(0)
      for round in 0..<Int.random(in: 1...4, using: &random) {
        for _ in 0..<Int.random(in: 0...40, using: &random) {
          _ = words.add(UInt64.random(in: 1...UInt64.max, using: &random))
        }
        let learned = Int.random(in: min(known.count, words.count)...words.count, using: &random)
        for number in known.count..<max(known.count, learned) { known.append(words.hashes[number]) }
        let before = Array(words.hashes)
        let kept =
          [0] + (1..<max(1, words.count)).filter { _ in Bool.random(using: &random) }.map { UInt32($0) }
        words.keep(kept)
        #expect(Array(words.hashes) == kept.map { before[Int($0)] })
        // Once in a while somebody sleeps through a generation.
        if round == 2 { words.keep([0]) }
        words.bring(known, from: &generation)
        #expect(generation == words.generation)
        let left = known.withUnsafeBufferPointer { Array($0) }
        #expect(left == Array(words.hashes.prefix(left.count)))
        let expected = round == 2 ? 0 : kept.filter { $0 < UInt32(max(1, learned)) }.count
        #expect(left.count == expected)
        if left.isEmpty { known.append(0) }
      }
    }
  }
}
