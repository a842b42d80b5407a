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

  /// Calls `body` with the start and end of each word in `range`, and whether a line ended before it or the text begins
  /// there.
  @inline(__always)
  func forEachWord(
    _ bytes: UnsafeBufferPointer<UInt8>, in range: Range<Int>,
    _ body: (_ start: Int, _ end: Int, _ afterBreak: Bool) -> Void
  ) {
    var isAfterBreak = true
    forEachWord(bytes, in: range, afterBreak: &isAfterBreak, body)
  }

  /// The same for a part of a text.
  /// - Parameter broken: whether a line ended between the last word and the next, before the call and after it.
  @inline(__always)
  func forEachWord(
    _ bytes: UnsafeBufferPointer<UInt8>, in range: Range<Int>, afterBreak broken: inout Bool,
    _ body: (_ start: Int, _ end: Int, _ afterBreak: Bool) -> Void
  ) {
    var at = range.lowerBound
    let end = range.upperBound
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

  /// A place in a text at which `hashes` goes on.
  struct Position {
    var at: Int
    let end: Int
    /// Whether a line ended before `at`, or the text begins there.
    var isAfterBreak = true

    init(_ range: Range<Int>) { (at, end) = (range.lowerBound, range.upperBound) }
    var isAtEnd: Bool { at == end }
  }

  /// Writes the hashes of the words from `position` on, a 0 before each that begins a line or the text, until `capacity`
  /// are written or the text ends. The same words and breaks as `forEachWord` gives. Returns how many were written.
  ///
  /// Eight bytes a step: most words end within one load, which then holds all that is hashed of them.
  func hashes(
    _ bytes: UnsafeBufferPointer<UInt8>, from position: inout Position,
    into hashes: UnsafeMutablePointer<UInt64>,
    capacity: Int
  ) -> Int {
    guard let base = bytes.baseAddress else { return 0 }
    let classes = classes.pointer
    let end = position.end
    let lastLoad = bytes.count - 8
    var at = position.at
    var isAfterBreak = position.isAfterBreak
    var count = 0
    // Room for a break and a word.
    while at < end, count &+ 2 <= capacity {
      // The separators before the word.
      let kind = classes[Int(bytes[at])]
      if kind == 0 {
        if bytes[at] == 0x0a { isAfterBreak = true }
        at &+= 1
        continue
      }
      if kind == 2 {
        let length = separatorLength(bytes, at, end)
        if length > 0 {
          at &+= length
          continue
        }
      }
      if isAfterBreak {
        hashes[count] = 0
        count &+= 1
        isAfterBreak = false
      }
      if at <= lastLoad {
        let word = UInt64(littleEndian: UnsafeRawPointer(base + at).loadUnaligned(as: UInt64.self))
        let stops = Self.stops(in: word)
        let length = stops.trailingZeroBitCount >> 3
        if stops != 0, at &+ length < end, classes[Int(bytes[at &+ length])] == 0 {
          hashes[count] = TermHash.word(short: word, length: length)
          count &+= 1
          at &+= length
          continue
        }
      }
      let start = at
      at = endOfWord(bytes, at, end)
      hashes[count] = TermHash.word(bytes, start, at)
      count &+= 1
    }
    position.at = at
    position.isAfterBreak = isAfterBreak
    return count
  }

  /// Behind the word at `start`.
  private func endOfWord(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Int {
    var at = start
    while at < end {
      let kind = classes.pointer[Int(bytes[at])]
      if kind == 0 || kind == 2 && separatorLength(bytes, at, end) > 0 { break }
      at &+= 1
    }
    return at
  }

  /// The bytes of a little-endian word that are not of class 1, as their highest bits.
  @inline(__always)
  static func stops(in word: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let low = word & (ones &* 0x7f)
    let folded = low | (ones &* 0x20)
    // Adding 0x80 - x to seven bits sets the highest where they are at least x; nothing carries into the next byte.
    let letters = (folded &+ (ones &* 0x1f)) & ~(folded &+ (ones &* 0x05))
    let digits = (low &+ (ones &* 0x50)) & ~(low &+ (ones &* 0x46))
    let underscores = ~((low ^ (ones &* 0x5f)) &+ (ones &* 0x7f))
    // 0xc2 and 0xe2 differ in one bit; 0xe3 is the third.
    let leads =
      ~(((low ^ (ones &* 0x42)) & (ones &* 0x5f)) &+ (ones &* 0x7f))
      | ~((low ^ (ones &* 0x63)) &+ (ones &* 0x7f))
    let others = word & ~leads
    return ~((letters | digits | underscores) & ~word | others) & (ones &* 0x80)
  }
}
