import CLinux

/// The bytes of JSON strings: from their escaped form and to it.
public enum JSONString {
  /// How many bytes are looked at, or copied, together.
  private static let blockSize = 64

  /// Where the run of bytes that need no escape ends: the first `"`, `\` or control character at or behind
  /// `start`, or the end.
  @inline(__always)
  static func endOfCleanRun(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    var index = start
    guard let base = UnsafeRawPointer(bytes.baseAddress) else { return index }
    while index &+ blockSize <= bytes.count {
      // The bytes from `index` lie inside the buffer.
      let block = base + index
      let hits =
        nhan_bytes_below(block, 0x20) | nhan_bytes_equal(block, UInt8(ascii: "\""))
        | nhan_bytes_equal(block, UInt8(ascii: "\\"))
      if hits != 0 { return index &+ hits.trailingZeroBitCount }
      index &+= blockSize
    }
    while index < bytes.count {
      let byte = bytes[index]
      if byte < 0x20 || byte == 0x22 || byte == 0x5C { return index }
      index &+= 1
    }
    return index
  }

  /// What the content of a string, without its quotes, stands for. O(bytes).
  ///
  /// A lone surrogate becomes U+FFFD.
  /// - Precondition: the escapes are valid, as they are in what the scanner gives.
  public static func unescaped(_ content: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    // Nothing stands for more bytes than it has. Whole blocks are copied, the last one too long.
    [UInt8](unsafeUninitializedCapacity: content.count + blockSize) { output, count in
      PagePool.preferHugePages(UnsafeMutableRawBufferPointer(output))
      guard let base = output.baseAddress else { return }
      var index = 0
      while true {
        let start = index
        copyToEscape(in: content, from: &index, to: base + count)
        count += index - start
        guard index + 1 < content.count else { return }
        index += 2
        switch content[index - 1] {
        case UInt8(ascii: "b"): base[count] = 0x08
        case UInt8(ascii: "f"): base[count] = 0x0C
        case UInt8(ascii: "n"): base[count] = 0x0A
        case UInt8(ascii: "r"): base[count] = 0x0D
        case UInt8(ascii: "t"): base[count] = 0x09
        case UInt8(ascii: "u"):
          for byte in UTF8.encode(scalar(in: content, after: &index))! {
            base[count] = byte
            count += 1
          }
          continue
        case let byte: base[count] = byte
        }
        count += 1
      }
    }
  }

  /// Copies the bytes from `index` up to the next backslash, or to the end, and moves `index` there. There must be room for a
  /// block more.
  @inline(__always)
  private static func copyToEscape(
    in content: UnsafeBufferPointer<UInt8>, from index: inout Int, to target: UnsafeMutablePointer<UInt8>
  ) {
    guard let base = UnsafeRawPointer(content.baseAddress) else { return }
    var target = UnsafeMutableRawPointer(target)
    while index &+ blockSize <= content.count {
      target.copyMemory(from: base + index, byteCount: blockSize)
      let escapes = nhan_bytes_equal(base + index, UInt8(ascii: "\\"))
      if escapes != 0 {
        index &+= escapes.trailingZeroBitCount
        return
      }
      index &+= blockSize
      target += blockSize
    }
    while index < content.count, content[index] != UInt8(ascii: "\\") {
      target.storeBytes(of: content[index], as: UInt8.self)
      index &+= 1
      target += 1
    }
  }

  /// Reads the four digits of an escape `\u` at `index`, and those of a second one that completes a surrogate pair.
  private static func scalar(in content: UnsafeBufferPointer<UInt8>, after index: inout Int) -> Unicode.Scalar
  {
    let replacement: Unicode.Scalar = "\u{FFFD}"
    guard let unit = codeUnit(in: content, at: index) else {
      index = content.count
      return replacement
    }
    index += 4
    if let scalar = Unicode.Scalar(unit) { return scalar }
    guard unit < 0xDC00, index + 1 < content.count, content[index] == UInt8(ascii: "\\"),
      content[index + 1] == UInt8(ascii: "u"), let low = codeUnit(in: content, at: index + 2),
      (0xDC00..<0xE000).contains(low)
    else { return replacement }
    index += 6
    return Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)) ?? replacement
  }

  private static func codeUnit(in content: UnsafeBufferPointer<UInt8>, at index: Int) -> UInt32? {
    guard index + 4 <= content.count else { return nil }
    var unit: UInt32 = 0
    for byte in content[index..<index + 4] {
      guard let digit = hexDigit(byte) else { return nil }
      unit = unit << 4 | digit
    }
    return unit
  }

  static func hexDigit(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
  }

  /// Appends UTF-8 bytes as a JSON string with its quotes: `"`, `\` and control characters are escaped, all
  /// else is copied as it is, in blocks. O(bytes).
  ///
  /// The output is valid JSON if `bytes` are valid UTF-8.
  public static func append(escaping bytes: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
    output.makeRoom(for: bytes.count + 2)
    output.append(UInt8(ascii: "\""))
    var index = 0
    while true {
      let end = endOfCleanRun(in: bytes, from: index)
      output.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[index..<end]))
      guard end < bytes.count else { break }
      append(escape: bytes[end], to: &output)
      index = end + 1
    }
    output.append(UInt8(ascii: "\""))
  }

  private static func append(escape byte: UInt8, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\\"))
    switch byte {
    case 0x08: output.append(UInt8(ascii: "b"))
    case 0x09: output.append(UInt8(ascii: "t"))
    case 0x0A: output.append(UInt8(ascii: "n"))
    case 0x0C: output.append(UInt8(ascii: "f"))
    case 0x0D: output.append(UInt8(ascii: "r"))
    case 0x00..<0x20:
      output.append(contentsOf: byte < 0x10 ? "u000".utf8 : "u001".utf8)
      output.append(contentsOf: String(byte & 15, radix: 16).utf8)
    default: output.append(byte)
    }
  }
}
