/// Cuts normalized text into syllables and sentences.
///
/// A syllable is a run of ASCII letters and digits and of characters beyond ASCII. A sentence ends at a line end, and
/// behind `.`, `!` or `?` before a space.
struct SyllableScanner {
  /// The hash of each syllable, in order.
  private(set) var syllables: [UInt64] = []
  /// For each sentence with syllables: which, and where it stands in the text.
  private(set) var sentences: [(syllables: Range<Int>, bytes: Range<Int>)] = []

  /// Scans a text. O(bytes).
  init(_ text: UnsafeBufferPointer<UInt8>) {
    var hash = Self.offset
    var inSyllable = false
    var first = 0
    var start: Int?
    var end = 0
    for (index, byte) in text.enumerated() {
      if Self.isLetter(byte) {
        if start == nil { start = index }
        hash = (hash ^ UInt64(byte)) &* Self.prime
        inSyllable = true
        end = index + 1
        continue
      }
      if inSyllable {
        syllables.append(hash)
        hash = Self.offset
        inSyllable = false
      }
      let isStop = byte == 0x2e || byte == 0x21 || byte == 0x3f
      if byte == 0x0a || isStop && (index + 1 == text.count || text[index + 1] <= 0x20) {
        close(&first, &start, end)
      }
    }
    if inSyllable { syllables.append(hash) }
    close(&first, &start, end)
  }

  private mutating func close(_ first: inout Int, _ start: inout Int?, _ end: Int) {
    if let start, first < syllables.count { sentences.append((first..<syllables.count, start..<end)) }
    first = syllables.count
    start = nil
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    byte >= 0x80 || (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte)
      || (0x41...0x5a).contains(byte)
  }

  // FNV-1a.
  private static let offset: UInt64 = 0xcbf2_9ce4_8422_2325
  private static let prime: UInt64 = 0x0000_0100_0000_01b3

  /// A hash of some syllables in their order: the mixing step of SplitMix64 after each.
  static func hash(_ syllables: ArraySlice<UInt64>) -> UInt64 {
    var hash: UInt64 = 0
    for syllable in syllables { hash = mix(hash &+ syllable &+ 0x9e37_79b9_7f4a_7c15) }
    return hash
  }

  /// The finalizer of SplitMix64 (Steele, Lea, Flood 2014): a bijection that spreads every bit over all.
  static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
