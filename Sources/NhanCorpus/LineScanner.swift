import Glibc

/// Finds lines by memchr.
enum LineScanner {
  /// The first newline at or behind `start`; `nil` if there is none.
  static func newline(in bytes: UnsafeBufferPointer<UInt8>, from start: Int = 0) -> Int? {
    guard start < bytes.count, let base = bytes.baseAddress else { return nil }
    return memchr(base + start, 0x0A, bytes.count - start).map {
      UnsafeRawPointer($0) - UnsafeRawPointer(base)
    }
  }

  /// The last newline; `nil` if there is none.
  static func lastNewline(in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    var index = bytes.count
    let newlines: UInt64 = 0x0A0A_0A0A_0A0A_0A0A
    while index >= 8 {
      // Eight bytes at once: a byte of zeros in the difference is a newline (Mycroft's null-byte test).
      let word = UnsafeRawPointer(bytes.baseAddress! + (index &- 8)).loadUnaligned(as: UInt64.self) ^ newlines
      if (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080 != 0 { break }
      index &-= 8
    }
    while index > 0 {
      index &-= 1
      if bytes[index] == 0x0A { return index }
    }
    return nil
  }

  /// How many newlines there are. O(bytes).
  static func countNewlines(in bytes: UnsafeBufferPointer<UInt8>) -> Int {
    var count = 0
    var start = 0
    while let found = newline(in: bytes, from: start) {
      count += 1
      start = found + 1
    }
    return count
  }

  /// Calls `body` with each line that is not blank, without its line end (LF or CRLF), and its number.
  static func forEachLine(
    in bytes: UnsafeBufferPointer<UInt8>, firstNumber: Int, _ body: (UnsafeBufferPointer<UInt8>, Int) -> Void
  ) {
    var start = 0
    var number = firstNumber
    while start < bytes.count {
      let next = newline(in: bytes, from: start) ?? bytes.count
      let hasReturn = next > start && bytes[next - 1] == UInt8(ascii: "\r")
      let line = UnsafeBufferPointer(rebasing: bytes[start..<(hasReturn ? next - 1 : next)])
      if !TextCheck.isBlank(line) { body(line, number) }
      start = next + 1
      number += 1
    }
  }
}
