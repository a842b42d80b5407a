import NhanCore

/// Sequences of neighbouring words, with their places in the text. They do not cross the end of a line, unless it counts as a
/// word.
struct WordNgrams: TermSource {
  /// Bit n is set if n-grams of n words are wanted.
  private let sizes: UInt32
  /// The number of words in the longest n-gram wanted.
  let longest: Int
  /// What counts as a word.
  let kind: WordKind
  private let scanner = WordScanner()

  /// The longest n-gram that can be asked for.
  static let maximumSize = 5

  init(sizes: [Int], kind: WordKind = .plain) {
    self.kind = kind
    self.sizes = sizes.reduce(0) { $0 | 1 << UInt32($1) }
    longest = sizes.max() ?? 1
  }

  /// Whether n-grams of `size` words are wanted.
  func contains(size: Int) -> Bool { sizes & (1 << UInt32(size)) != 0 }

  func forEachTerm<Sink: TermSink>(
    _ bytes: UnsafeBufferPointer<UInt8>, in range: Range<Int>, into sink: inout Sink
  ) {
    // grams[n] is the hash of the last n + 1 words; starts[n] is where they begin. `known` of them are valid.
    var grams = InlineArray<5, UInt64>(repeating: 0)
    var starts = InlineArray<5, Int>(repeating: 0)
    var known = 0
    scanner.forEachWord(bytes, in: range, kind: kind) { start, end, afterBreak in
      if afterBreak { known = 0 }
      let word = TermHash.word(bytes, start, end)
      known = min(known + 1, longest)
      var n = known - 1
      while n > 0 {
        grams[n] = TermHash.extend(grams[n - 1], with: word)
        starts[n] = starts[n - 1]
        if contains(size: n + 1) { sink.take(grams[n], starts[n], end) }
        n -= 1
      }
      grams[0] = word
      starts[0] = start
      if contains(size: 1) { sink.take(word, start, end) }
    }
  }
}
