import NhanCore

/// Sequences of characters (code points) inside words, a word's beginning and end counting as one character each:
/// they catch what words miss, such as misspellings, inflection and languages without spaces.
struct CharNgrams: TermSource {
  private let shortest: Int
  private let longest: Int
  private let sizes: UInt32
  private let scanner = WordScanner()

  /// The longest n-gram that can be asked for.
  static let maximumSize = 8
  /// Stands for the edge of a word; no UTF-8 text has this byte.
  private static let edge: UInt64 = 0xff

  init(sizes: [Int]) {
    self.sizes = sizes.reduce(0) { $0 | 1 << UInt32($1) }
    shortest = sizes.min() ?? 1
    longest = sizes.max() ?? 1
  }

  func forEachTerm<Sink: TermSink>(
    _ bytes: UnsafeBufferPointer<UInt8>, in range: Range<Int>, into sink: inout Sink
  ) {
    scanner.forEachWord(bytes, in: range) { start, end, _ in
      // Each n-gram is hashed from its first character on, so all sizes of one start share their prefix.
      var first = start - 1  // start - 1 stands for the leading edge
      while first < end {
        var hash: UInt64 = 0
        var count = 0
        var at = first
        while count < longest, at <= end {
          let next: Int
          if at < start || at == end {
            hash = TermHash.extend(hash, with: Self.edge)
            next = at + 1
          } else {
            next = min(at + Self.length(bytes[at]), end)
            hash = TermHash.extend(hash, with: TermHash.word(bytes, at, next))
          }
          count += 1
          if count >= shortest, sizes & (1 << UInt32(count)) != 0 {
            sink.take(hash, max(first, start), min(next, end))
          }
          at = next
        }
        first = first < start ? start : min(first + Self.length(bytes[first]), end)
      }
    }
  }

  /// The length of the character that begins with `lead`; 1 for anything unexpected.
  @inline(__always)
  private static func length(_ lead: UInt8) -> Int {
    lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
  }
}

extension TermVectorizer where Source == CharNgrams {
  /// The extractor `char-ngrams`.
  static func charNgrams(_ options: OptionValues) -> TermVectorizer {
    TermVectorizer(source: CharNgrams(sizes: options.ints("sizes")), options: options)
  }
}
