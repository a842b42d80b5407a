/// What counts as a word.
public enum WordKind: Sendable, Hashable {
  /// Runs of letters, digits and `_`. A line end breaks a text.
  case plain
  /// These, and every punctuation mark, line end, and run of at least two spaces: how a text is set.
  case withMarks
}

/// The words of the texts of a batch, found once for all the extractors that read words.
///
/// Copies of a batch share its list, which is that of the batch written last. Memory: 8 bytes a word, kept from batch to
/// batch.
package final class WordList: @unchecked Sendable {
  private let numbers = PageArray<UInt32>()
  private let starts = PageArray<UInt32>()
  /// By part of a text, a title or a body: where it begins in the batch's bytes, and which is its first word.
  private var parts: [(start: Int, word: Int)] = []
  /// What the numbers stand for.
  package private(set) var numbering = WordNumbers()
  private var generation = 0

  /// Whether the numbers still stand for the words that were written. If not, the texts have to be read.
  package var isCurrent: Bool { generation == numbering.generation }

  /// Prepares for words with the numbers of `numbering`.
  package func begin(_ numbering: WordNumbers) {
    self.numbering = numbering
    generation = numbering.generation
  }

  /// What counts as a word in it.
  package let kind: WordKind

  /// No words.
  package init(_ kind: WordKind) { self.kind = kind }

  /// How many words and breaks there are.
  package var count: Int { numbers.count }

  /// Forgets the words and keeps the memory.
  package func removeAll() {
    numbers.removeAll()
    starts.removeAll()
    parts.removeAll(keepingCapacity: true)
  }

  /// Notes that a part of a text begins here, all of whose words begin at `start` or later, and all others before. Ranges of
  /// whole parts are found without a search for words.
  package func beginPart(at start: Int) { parts.append((start, count)) }

  /// Where words are written to: see `withRoom`.
  package struct Room {
    /// By word: its number. A break, at which a line or text ended, is a 0 before the word that follows it.
    package let numbers: UnsafeMutablePointer<UInt32>
    /// By word: where it begins in the batch's bytes. A break begins where the word behind it does.
    package let starts: UnsafeMutablePointer<UInt32>
    /// How many words and breaks fit.
    package let capacity: Int
    /// How many have been written.
    package var count = 0

    /// Writes a word, with a break before it or without.
    @inline(__always)
    package mutating func append(_ number: UInt32, at start: Int, afterBreak: Bool) {
      if afterBreak { append(0, start) }
      append(number, start)
    }

    @inline(__always)
    private mutating func append(_ number: UInt32, _ start: Int) {
      assert(count < capacity)
      numbers[count] = number
      starts[count] = UInt32(truncatingIfNeeded: start)
      count &+= 1
    }
  }

  /// Appends a word, with a break before it or without.
  package func append(_ number: UInt32, at start: Int, afterBreak: Bool) {
    withRoom(for: 2) { $0.append(number, at: start, afterBreak: afterBreak) }
  }

  /// Lends room for `minimum` words and breaks, which `body` fills from the front.
  package func withRoom(for minimum: Int, _ body: (inout Room) -> Void) {
    numbers.append(upTo: minimum) { numbers in
      var count = 0
      starts.append(upTo: minimum) { starts in
        var room = Room(numbers: numbers, starts: starts, capacity: minimum)
        body(&room)
        count = room.count
        return count
      }
      return count
    }
  }

  /// Lends the numbers of the words that begin in `bytes`, and of the breaks before them. O(log words) at worst, O(log parts)
  /// for whole parts.
  package func withNumbers(beginningIn bytes: Range<Int>, _ body: (UnsafeBufferPointer<UInt32>) -> Void) {
    let range = index(ofFirstAt: bytes.lowerBound)..<index(ofFirstAt: bytes.upperBound)
    body(UnsafeBufferPointer(start: numbers.base + range.lowerBound, count: range.count))
  }

  /// The first word or break that begins at `start` or later.
  private func index(ofFirstAt start: Int) -> Int {
    // The first part that begins behind it.
    var (low, high) = (0, parts.count)
    while low < high {
      let middle = (low + high) / 2
      if parts[middle].start > start { high = middle } else { low = middle + 1 }
    }
    let part = low > 0 ? parts[low - 1] : (start: 0, word: 0)
    if part.start == start { return part.word }
    let end = low < parts.count ? parts[low].word : count
    return index(ofFirstAt: start, in: part.word..<end, from: part.start)
  }

  /// The first of these words that begins at `start` or later, or the one behind them. Words are about equally long, so it is
  /// looked for in growing steps from where it should be, if the first one begins at about `first`.
  private func index(ofFirstAt start: Int, in words: Range<Int>, from first: Int) -> Int {
    if words.isEmpty { return words.lowerBound }
    let length = max(1, Int(starts.base[words.upperBound - 1]) - first)
    let guess = words.lowerBound + min(words.count, max(0, start - first) * words.count / length)
    var (low, high) = (guess, guess)
    var step = 32
    while high < words.upperBound, Int(starts.base[high]) < start {
      (low, high) = (high + 1, min(words.upperBound, high + step))
      step *= 2
    }
    while low > words.lowerBound, Int(starts.base[low - 1]) >= start {
      (low, high) = (max(words.lowerBound, low - step), low - 1)
      step *= 2
    }
    while low < high {
      let middle = (low + high) / 2
      if Int(starts.base[middle]) < start { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
