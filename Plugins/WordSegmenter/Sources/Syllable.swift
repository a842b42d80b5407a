/// A run of letters in normalized text.
struct Syllable {
  /// Of its bytes.
  let hash: UInt64
  let start: Int
  let end: Int
  /// Whether something stands before it that no word bridges: punctuation, a digit, the end of a line.
  let startsPhrase: Bool

  /// The hash of a word from that of its beginning and that of its next syllable.
  static func joined(_ beginning: UInt64, _ next: UInt64) -> UInt64 {
    mixed((beginning ^ 0x9e37_79b9_7f4a_7c15) &* 0xd6e8_feb8_6659_fd93 ^ next)
  }

  private static func mixed(_ value: UInt64) -> UInt64 {
    var x = value
    x = (x ^ (x >> 32)) &* 0xd6e8_feb8_6659_fd93
    x = (x ^ (x >> 32)) &* 0xd6e8_feb8_6659_fd93
    return x ^ (x >> 32)
  }

  /// Appends the syllables of a range to `output`, which is reused. Letters are ASCII letters and everything beyond ASCII
  /// but the blocks of punctuation and symbols. O(bytes).
  static func scan(_ bytes: UnsafeBufferPointer<UInt8>, in range: Range<Int>, into output: inout [Syllable]) {
    var at = range.lowerBound
    let end = range.upperBound
    var startsPhrase = true
    while at < end {
      let start = at
      var hash: UInt64 = 0xcbf2_9ce4_8422_2325
      while at < end {
        let length = letterLength(bytes, at, end)
        if length == 0 { break }
        for byte in bytes[at..<at + length] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        at += length
      }
      if at > start {
        output.append(Syllable(hash: mixed(hash), start: start, end: at, startsPhrase: startsPhrase))
        startsPhrase = false
      }
      // A single space joins syllables; anything else parts phrases.
      var spaces = 0
      while at < end, letterLength(bytes, at, end) == 0 {
        if bytes[at] == 0x20 { spaces += 1 } else { spaces = 2 }
        at += 1
      }
      if spaces > 1 { startsPhrase = true }
    }
  }

  /// Bytes of the letter at `at`; 0 if none stands there.
  private static func letterLength(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int, _ end: Int) -> Int {
    switch bytes[at] {
    case 0x41...0x5a, 0x61...0x7a: 1
    case 0xc3...0xdf: at + 1 < end && bytes[at] != 0xc2 ? 2 : 0
    case 0xe0, 0xe1, 0xe4...0xec: at + 2 < end ? 3 : 0
    default: 0
    }
  }
}
