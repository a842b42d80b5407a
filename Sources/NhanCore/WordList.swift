/// The words of the texts of a batch, found once for all the extractors that read words.
///
/// Memory: 12 bytes a word, kept from batch to batch.
package struct WordList: Sendable {
  private var hashes: [UInt64] = []
  private var starts: [UInt32] = []
  /// How many words and breaks there are; the arrays may be longer.
  package private(set) var count = 0

  /// No words.
  package init() {}

  /// Forgets the words and keeps the memory.
  package mutating func removeAll() { count = 0 }

  /// Where words are written to: see `withRoom`.
  package struct Room {
    /// By word: its hash. A break, at which a line or text ended, is a 0 before the word that follows it.
    package let hashes: UnsafeMutablePointer<UInt64>
    /// By word: where it begins in the batch's bytes. A break begins where the word behind it does.
    package let starts: UnsafeMutablePointer<UInt32>
    /// How many words and breaks fit.
    package let capacity: Int
    /// How many have been written.
    package var count = 0

    /// Writes a word, with a break before it or without.
    @inline(__always)
    package mutating func append(_ hash: UInt64, at start: Int, afterBreak: Bool) {
      if afterBreak { append(0, start) }
      append(hash, start)
    }

    @inline(__always)
    private mutating func append(_ hash: UInt64, _ start: Int) {
      assert(count < capacity)
      hashes[count] = hash
      starts[count] = UInt32(truncatingIfNeeded: start)
      count &+= 1
    }
  }

  /// Appends a word, with a break before it or without.
  package mutating func append(_ hash: UInt64, at start: Int, afterBreak: Bool) {
    withRoom(atLeast: 2) { $0.append(hash, at: start, afterBreak: afterBreak) }
  }

  /// Lends room for at least `minimum` words and breaks, which `body` fills from the front.
  package mutating func withRoom(atLeast minimum: Int, _ body: (inout Room) -> Void) {
    if hashes.count - count < minimum {
      let more = max(2 * hashes.count, count + minimum) - hashes.count
      hashes.append(contentsOf: repeatElement(0, count: more))
      starts.append(contentsOf: repeatElement(0, count: more))
    }
    hashes.withUnsafeMutableBufferPointer { hashes in
      starts.withUnsafeMutableBufferPointer { starts in
        var room = Room(
          hashes: hashes.baseAddress! + count, starts: starts.baseAddress! + count,
          capacity: hashes.count - count)
        body(&room)
        count += room.count
      }
    }
  }

  /// Lends the hashes of the words that begin in `bytes`, and of the breaks before them. O(log words).
  package func withHashes(beginningIn bytes: Range<Int>, _ body: (UnsafeBufferPointer<UInt64>) -> Void) {
    let range = index(ofFirstAt: bytes.lowerBound)..<index(ofFirstAt: bytes.upperBound)
    hashes.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[range])) }
  }

  /// The first word or break that begins at `start` or later.
  private func index(ofFirstAt start: Int) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if Int(starts[middle]) < start { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
