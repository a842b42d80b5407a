import CLinux

/// Checks UTF-8 (Unicode 16, table 3-7).
enum UTF8Validity {
  /// How many bytes are compared at once.
  private static let blockSize = 64

  /// Whether `bytes` are valid UTF-8. O(bytes): block by block up to a byte that is rare, then byte by byte.
  static func isValid(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let base = bytes.baseAddress else { return true }
    var at = 0
    // Which of the next bytes have to continue the last sequence; bit 0 is the first.
    var lacking: UInt64 = 0
    while at &+ blockSize <= bytes.count {
      let block = Block(base + at)
      if block.isASCII, lacking == 0 {
        at &+= blockSize
        continue
      }
      if block.hasRareBytes { break }
      if block.continuations != block.expected | lacking { return false }
      lacking = block.lacking
      at &+= blockSize
    }
    // Back to where the last sequence begins.
    if lacking != 0 { repeat { at &-= 1 } while bytes[at] & 0xC0 == 0x80 }
    return isValidByteByByte(UnsafeBufferPointer(rebasing: bytes[at...]))
  }

  /// What 64 bytes are, each a bit.
  private struct Block {
    private let bytes: UnsafePointer<UInt8>
    private let ascii: UInt64
    private let belowC0: UInt64
    private let belowF0: UInt64
    private let threes: UInt64

    @inline(__always)
    init(_ bytes: UnsafePointer<UInt8>) {
      self.bytes = bytes
      ascii = nhan_bytes_below(bytes, 0x80)
      belowC0 = nhan_bytes_below(bytes, 0xC0)
      belowF0 = nhan_bytes_below(bytes, 0xF0)
      threes = belowF0 & ~nhan_bytes_below(bytes, 0xE0)
    }

    @inline(__always)
    var isASCII: Bool { ascii == .max }

    /// Whether there are bytes that no sequence has, that begin one of four, or after which not every continuation may come.
    @inline(__always)
    var hasRareBytes: Bool {
      let none = nhan_bytes_below(bytes, 0xC2) & ~belowC0
      return ~belowF0 | none | nhan_bytes_equal(bytes, 0xE0) | nhan_bytes_equal(bytes, 0xED) != 0
    }

    /// The bytes that continue a sequence.
    @inline(__always)
    var continuations: UInt64 { belowC0 & ~ascii }

    /// Those that begin one of two or three bytes.
    @inline(__always)
    private var leads: UInt64 { belowF0 & ~belowC0 }

    /// Those that have to continue a sequence, if none are rare.
    @inline(__always)
    var expected: UInt64 { leads << 1 | threes << 2 }

    /// The same of the bytes behind the block.
    @inline(__always)
    var lacking: UInt64 { leads >> 63 | threes >> 62 }
  }

  /// As `isValid`, with one table look-up and one shift a byte.
  ///
  /// A state is six times its number: the place of its six bits in a byte's row, where the next state stands
  /// ("shift-based DFA", P. Wang 2022). Shifting takes the count modulo 64, so the bits above do no harm.
  /// Each step waits for the one before: both halves are walked at once to use that time.
  private static func isValidByteByByte(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    var middle = bytes.count / 2
    while middle < bytes.count, bytes[middle] & 0xC0 == 0x80 { middle += 1 }
    let both = min(middle, bytes.count - middle)
    return transitions.withUnsafeBufferPointer { rows in
      var first = State.accept.shift
      var second = State.accept.shift
      for index in 0..<both {
        first = rows[Int(bytes[index])] &>> first
        second = rows[Int(bytes[middle &+ index])] &>> second
      }
      for index in both..<middle { first = rows[Int(bytes[index])] &>> first }
      for index in middle &+ both..<bytes.count { second = rows[Int(bytes[index])] &>> second }
      return (first | second) & 63 == State.accept.shift
    }
  }

  /// How many bytes belong to no valid sequence, and how many are not ASCII at all. O(bytes).
  static func countInvalid(in bytes: UnsafeBufferPointer<UInt8>) -> (invalid: Int, nonASCII: Int) {
    var invalid = 0
    var nonASCII = 0
    var index = 0
    while index < bytes.count {
      let length = sequenceLength(in: bytes, at: index)
      if bytes[index] >= 0x80 { nonASCII += max(1, length) }
      if length == 0 { invalid += 1 }
      index += max(1, length)
    }
    return (invalid, nonASCII)
  }

  /// The length of the valid sequence at `index`; 0 if there is none.
  private static func sequenceLength(in bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Int {
    var state = State.accept
    for length in 1...4 where index + length <= bytes.count {
      state = state.next(bytes[index + length - 1])
      if state == .accept { return length }
    }
    return 0
  }

  private static let transitions: [UInt64] = (UInt8.min ... .max).map { byte in
    State.allCases.reduce(0) { $0 | $1.next(byte).shift << $1.shift }
  }

  /// What may come next.
  private enum State: UInt64, CaseIterable {
    case accept, reject
    /// That many continuation bytes.
    case one, two, three
    /// Behind E0, ED, F0 and F4: a continuation byte that makes neither an overlong form, nor a surrogate,
    /// nor a number beyond U+10FFFF; then others.
    case afterE0, afterED, afterF0, afterF4

    var shift: UInt64 { rawValue * 6 }

    func next(_ byte: UInt8) -> State {
      switch (self, byte) {
      case (.accept, 0x00...0x7F): .accept
      case (.accept, 0xC2...0xDF): .one
      case (.accept, 0xE0): .afterE0
      case (.accept, 0xED): .afterED
      case (.accept, 0xE1...0xEF): .two
      case (.accept, 0xF0): .afterF0
      case (.accept, 0xF1...0xF3): .three
      case (.accept, 0xF4): .afterF4
      case (.one, 0x80...0xBF): .accept
      case (.two, 0x80...0xBF), (.afterE0, 0xA0...0xBF), (.afterED, 0x80...0x9F): .one
      case (.three, 0x80...0xBF), (.afterF0, 0x90...0xBF), (.afterF4, 0x80...0x8F): .two
      default: .reject
      }
    }
  }
}
