import NhanCore

/// Sequences of neighbouring words. They do not cross the end of a line.
struct WordNgrams: TermSource {
  /// Bit n is set if n-grams of n words are wanted.
  private let sizes: UInt32
  private let longest: Int
  private let scanner = WordScanner()

  /// The longest n-gram that can be asked for.
  static let maximumSize = 5

  init(sizes: [Int]) {
    self.sizes = sizes.reduce(0) { $0 | 1 << UInt32($1) }
    longest = sizes.max() ?? 1
  }

  func forEachTerm<Sink: TermSink>(
    _ bytes: UnsafeBufferPointer<UInt8>, in range: Range<Int>, into sink: inout Sink
  ) {
    if longest <= 2 { return pairs(bytes, in: range, into: &sink) }
    // grams[n] is the hash of the last n + 1 words; starts[n] is where they begin. `known` of them are valid.
    var grams = InlineArray<5, UInt64>(repeating: 0)
    var starts = InlineArray<5, Int>(repeating: 0)
    var known = 0
    scanner.forEachWord(bytes, in: range) { start, end, afterBreak in
      if afterBreak { known = 0 }
      let word = TermHash.word(bytes, start, end)
      known = min(known + 1, longest)
      var n = known - 1
      while n > 0 {
        grams[n] = TermHash.extend(grams[n - 1], with: word)
        starts[n] = starts[n - 1]
        if sizes & (1 << UInt32(n + 1)) != 0 { sink.take(grams[n], starts[n], end) }
        n -= 1
      }
      grams[0] = word
      starts[0] = start
      if sizes & 2 != 0 { sink.take(word, start, end) }
    }
  }

  /// The common case of single words and pairs, without the loop over sizes.
  @inline(__always)
  private func pairs<Sink: TermSink>(
    _ bytes: UnsafeBufferPointer<UInt8>, in range: Range<Int>, into sink: inout Sink
  ) {
    let wantsWords = sizes & 2 != 0
    let wantsPairs = sizes & 4 != 0
    var previous: UInt64 = 0
    var previousStart = -1
    scanner.forEachWord(bytes, in: range) { start, end, afterBreak in
      let word = TermHash.word(bytes, start, end)
      if wantsPairs, !afterBreak, previousStart >= 0 {
        sink.take(TermHash.extend(previous, with: word), previousStart, end)
      }
      if wantsWords { sink.take(word, start, end) }
      (previous, previousStart) = (word, start)
    }
  }
}

extension TermVectorizer where Source == WordNgrams {
  /// The extractor `word-ngrams`.
  static func wordNgrams(_ options: OptionValues) -> TermVectorizer {
    TermVectorizer(source: WordNgrams(sizes: options.ints("sizes")), options: options)
  }
}
