import NhanCore

/// Splits normalized UTF-8 into words: runs of letters, digits, marks and `_`.
///
/// Works on bytes. ASCII is classified by a table; of the rest, everything is part of a word but the punctuation
/// and symbols of Latin-1 (save × and ÷, whose lead byte is that of most Vietnamese letters), General Punctuation to Miscellaneous Symbols and CJK Symbols.
struct WordScanner {
  /// For each byte: 0 separator, 1 word, 2 lead byte of a possible separator.
  private let classes: UnsafeBufferPointerBox<UInt8>

  /// One table for the whole process, never freed.
  private static let table: UnsafeBufferPointerBox<UInt8> = {
    let table = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 256)
    for byte in 0..<256 {
      table[byte] =
        switch UInt8(byte) {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x5f: 1
        case 0xc2, 0xe2, 0xe3: 2
        case 0x80...: 1
        default: 0
        }
    }
    return UnsafeBufferPointerBox(UnsafeBufferPointer(table))
  }()

  init() { classes = Self.table }

  /// The length of the separator that begins with the lead byte at `at`, or 0 if a word character begins there.
  @inline(never)
  private func separatorLength(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int, _ end: Int) -> Int {
    guard at + 1 < end else { return 0 }
    let second = bytes[at + 1]
    switch bytes[at] {
    case 0xc2:
      return (0xa0...0xbf).contains(second) && second != 0xaa && second != 0xb5 && second != 0xba ? 2 : 0
    case 0xe2: return (0x80...0xaf).contains(second) && at + 2 < end ? 3 : 0  // U+2000 ... U+2BFF
    default: return second == 0x80 && at + 2 < end ? 3 : 0  // U+3000 ... U+303F
    }
  }

  /// Calls `body` with the start and end of each word in `range`, and whether a sentence or line ended before it.
  @inline(__always)
  func forEachWord(
    _ bytes: UnsafeBufferPointer<UInt8>, in range: Range<Int>,
    _ body: (_ start: Int, _ end: Int, _ afterBreak: Bool) -> Void
  ) {
    var at = range.lowerBound
    let end = range.upperBound
    var broken = true
    while at < end {
      let start = at
      // The run of word bytes from here; a lead byte of class 2 is looked at closely.
      while at < end {
        let kind = classes.pointer[Int(bytes[at])]
        if kind == 1 {
          at &+= 1
        } else if kind == 0 || separatorLength(bytes, at, end) > 0 {
          break
        } else {
          at &+= 1
        }
      }
      if at > start {
        body(start, at, broken)
        broken = false
      }
      // The separators behind it.
      while at < end {
        let byte = bytes[at]
        let kind = classes.pointer[Int(byte)]
        if kind == 1 { break }
        if kind == 0 {
          if byte == 0x0a { broken = true }
          at &+= 1
        } else {
          let length = separatorLength(bytes, at, end)
          if length == 0 { break }
          at &+= length
        }
      }
    }
  }
}
