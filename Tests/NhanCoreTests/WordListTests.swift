import NhanCore
import TestSupport
import Testing

/// Finding the words of a range of bytes, against looking at each, with parts and without.
@Suite struct WordListTests {
  /// Words of even, of very different, and of hardly any lengths, with breaks, which begin where their word does.
  @Test(arguments: [(1, 1), (3, 9), (1, 4000)], [0, 1, 2, 700])
  func lendsTheWordsThatBeginInARange(lengths: (Int, Int), count: Int) {
    for share in [0, 20, 2] { check(lengths, count, wordsPerPart: share) }
  }

  private func check(_ lengths: (Int, Int), _ count: Int, wordsPerPart: Int) {
    var random = SeededGenerator(seed: UInt64(lengths.1 * 1000 + count))
    let words = WordList(.plain)
    var starts: [Int] = []
    var at = Int.random(in: 0...9, using: &random)
    var parts: [Int] = []
    for _ in 0..<count {
      // Sometimes an empty one, too.
      while wordsPerPart > 0, Int.random(in: 0..<wordsPerPart, using: &random) == 0 {
        let first = max(parts.last ?? 0, (starts.last ?? -1) + 1)
        parts.append(Int.random(in: first...at, using: &random))
        words.beginPart(at: parts[parts.count - 1])
      }
      let isAfterBreak = Int.random(in: 0..<5, using: &random) == 0
      words.append(UInt32(at) + 1, at: at, afterBreak: isAfterBreak)
      starts += isAfterBreak ? [at, at] : [at]
      at += Int.random(in: lengths.0...lengths.1, using: &random)
    }
    #expect(words.count == starts.count)
    for _ in 0..<200 {
      func end() -> Int {
        Bool.random(using: &random)
          ? parts.randomElement(using: &random) ?? 0 : Int.random(in: 0...at + 9, using: &random)
      }
      let ends = [end(), end()].sorted()
      let expected = starts.filter { (ends[0]..<ends[1]).contains($0) }.count
      words.withWords(beginningIn: ends[0]..<ends[1]) { found in
        #expect(found.count == expected)
        if let last = found.last { #expect(last.number == UInt32(starts.last { $0 < ends[1] }!) + 1) }
      }
    }
  }
}
