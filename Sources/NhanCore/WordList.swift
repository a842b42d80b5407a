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
  /// A word, or a break, at which a line or text ended, before the word that follows it.
  package struct Word: BitwiseCopyable {
    /// The word's number; 0 for a break.
    package var number: UInt32
    /// Where it begins in the batch's bytes. A break begins where the word behind it does.
    package var start: UInt32
  }

  private let words = PageArray<Word>()
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
  package var count: Int { words.count }

  /// Forgets the words and keeps the memory.
  package func removeAll() {
    words.removeAll()
    parts.removeAll(keepingCapacity: true)
  }

  /// Notes that a part of a text begins here, all of whose words begin at `start` or later, and all others before. Ranges of
  /// whole parts are found without a search for words.
  package func beginPart(at start: Int) { parts.append((start, count)) }

  /// Where words are written to: see `withRoom`.
  package struct Room {
    /// The words and breaks.
    package let words: UnsafeMutablePointer<Word>
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
      words[count] = Word(number: number, start: UInt32(truncatingIfNeeded: start))
      count &+= 1
    }
  }

  /// Appends a word, with a break before it or without.
  package func append(_ number: UInt32, at start: Int, afterBreak: Bool) {
    withRoom(for: 2) { $0.append(number, at: start, afterBreak: afterBreak) }
  }

  /// Lends room for `minimum` words and breaks, which `body` fills from the front.
  package func withRoom(for minimum: Int, _ body: (inout Room) -> Void) {
    words.append(upTo: minimum) { words in
      var room = Room(words: words, capacity: minimum)
      body(&room)
      return room.count
    }
  }

  /// Lends the words that begin in `bytes`, and the breaks before them. O(log words) at worst, O(log parts) for whole parts.
  package func withWords(beginningIn bytes: Range<Int>, _ body: (UnsafeBufferPointer<Word>) -> Void) {
    let range = index(ofFirstAt: bytes.lowerBound)..<index(ofFirstAt: bytes.upperBound)
    body(UnsafeBufferPointer(start: words.base + range.lowerBound, count: range.count))
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

  /// The first of these that begins at `start` or later, or the one behind them. Words are about equally long, so it is
  /// looked for in growing steps from where it should be, if the first one begins at about `first`.
  private func index(ofFirstAt start: Int, in range: Range<Int>, from first: Int) -> Int {
    if range.isEmpty { return range.lowerBound }
    let words = words.base
    let length = max(1, Int(words[range.upperBound - 1].start) - first)
    let guess = range.lowerBound + min(range.count, max(0, start - first) * range.count / length)
    var (low, high) = (guess, guess)
    var step = 32
    while high < range.upperBound, Int(words[high].start) < start {
      (low, high) = (high + 1, min(range.upperBound, high + step))
      step *= 2
    }
    while low > range.lowerBound, Int(words[low - 1].start) >= start {
      (low, high) = (max(range.lowerBound, low - step), low - 1)
      step *= 2
    }
    while low < high {
      let middle = (low + high) / 2
      if Int(words[middle].start) < start { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
