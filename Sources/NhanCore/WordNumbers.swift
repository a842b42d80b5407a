/// Numbers that stand for words: small, rising from 1, the frequent words' among the first, so that what is known of a word
/// is found in a table of its own instead of by its hash. A word may have several. The number 0 stands for a break between
/// words.
///
/// One thread at a time uses it. Memory: 8 bytes a number.
package final class WordNumbers: @unchecked Sendable {
  private let list = PageArray<UInt64>()
  /// How often the words were numbered anew. Who knows something by number, knows it for one generation.
  package private(set) var generation = 0
  /// By number: the number in the generation before.
  private var former: [UInt32] = []

  /// None but that of a break.
  package init() { list.append(0) }

  /// All numbers are less.
  package var count: Int { list.count }

  /// By number: the hash of the word; 0 for a break.
  package var hashes: UnsafeBufferPointer<UInt64> { UnsafeBufferPointer(start: list.base, count: list.count) }

  /// Gives a word the next number. O(1) amortized.
  package func add(_ hash: UInt64) -> UInt32 {
    list.append(hash)
    return UInt32(list.count - 1)
  }

  /// Numbers anew the words with these numbers, which rise and begin with 0, in their order, and forgets all others.
  /// O(numbers kept).
  package func keep(_ kept: [UInt32]) {
    list.keep(kept)
    former = kept
    generation += 1
  }

  /// Brings what was known by number in `generation` to the present one, as far as it is still of use, and tells which that is.
  /// O(numbers) where words were numbered anew.
  package func bring<Known>(_ known: PageArray<Known>, from generation: inout Int) {
    if generation == self.generation { return }
    if generation + 1 == self.generation { known.keep(former) } else { known.removeAll() }
    generation = self.generation
  }
}
