/// A document's text as units: characters, each with its bytes.
struct Units {
  /// By unit: the byte it is, or was before a program took it for Windows-1252; `nil` for characters beyond that.
  var bytes: [UInt8?] = []
  /// By unit: the character that it is in Unicode.
  var scalars: [Unicode.Scalar] = []
  /// By unit, and one more: where it begins in the text.
  var starts: [Int] = []
  /// Invalid UTF-8 sequences; if there are any, every byte is a unit of its own.
  var isUTF8: Bool

  /// Reads a text, as UTF-8 if it is valid, else byte by byte. O(bytes).
  init(_ text: ArraySlice<UInt8>) {
    let first = text.startIndex
    isUTF8 = String(validating: text, as: UTF8.self) != nil
    if isUTF8 {
      var at = first
      for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
        scalars.append(scalar)
        bytes.append(Self.byte(of: scalar))
        starts.append(at)
        at += UTF8.width(scalar)
      }
    } else {
      for (offset, byte) in text.enumerated() {
        scalars.append(Self.scalar(of: byte))
        bytes.append(byte)
        starts.append(first + offset)
      }
    }
    starts.append(text.endIndex)
  }

  /// The characters of Windows-1252 at 0x80 to 0x9F; 0 where there is none.
  private static let windows1252: [UInt32] = [
    0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,
    0x017d, 0, 0,
    0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e,
    0x0178,
  ]

  private static func byte(of scalar: Unicode.Scalar) -> UInt8? {
    if scalar.value < 0x100 { return UInt8(scalar.value) }
    return windows1252.firstIndex(of: scalar.value).map { UInt8(0x80 + $0) }
  }

  private static func scalar(of byte: UInt8) -> Unicode.Scalar {
    guard (0x80..<0xa0).contains(byte) else { return Unicode.Scalar(byte) }
    let value = windows1252[Int(byte) - 0x80]
    return value == 0 ? "\u{fffd}" : Unicode.Scalar(value)!
  }
}

/// A text decoded from an encoding.
struct Decoded {
  var scalars: [Unicode.Scalar] = []
  /// By character: the units it came from.
  var sources: [Range<Int>] = []

  /// Decodes units; those that the encoding does not map stay as they are. O(units).
  init(_ units: Units, from encoding: LegacyEncoding) {
    var at = 0
    let count = units.bytes.count
    while at < count {
      if encoding.escapes, units.bytes[at] == 0x5c, at + 1 < count {
        append(units.scalars[at + 1], at..<at + 2)
        at += 2
        continue
      }
      var key: [UInt8] = []
      var match: (letter: Unicode.Scalar, length: Int)?
      while key.count < encoding.longest, at + key.count < count, let byte = units.bytes[at + key.count] {
        key.append(byte)
        if let letter = encoding.table[key] { match = (letter, key.count) }
      }
      let length = match?.length ?? 1
      append(match?.letter ?? units.scalars[at], at..<at + length)
      at += length
    }
  }

  private mutating func append(_ scalar: Unicode.Scalar, _ source: Range<Int>) {
    scalars.append(scalar)
    sources.append(source)
  }
}
