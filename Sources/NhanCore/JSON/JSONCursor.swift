/// Walks over JSON bytes and checks them against RFC 8259; what the parser and the record scanner share.
///
/// The bytes belong to the caller, who keeps them alive. Every read goes through `byte(at:)` or stays below
/// `bytes.count` by a check of its own. Invalid UTF-8 inside strings is let through: a document with a few
/// broken bytes is still worth reading, and who makes a `String` of it repairs it.
struct JSONCursor {
  /// How deep arrays and objects may nest.
  static let depthLimit = 512

  let bytes: UnsafeBufferPointer<UInt8>
  var offset = 0

  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// The byte at `index`, or 0, which no JSON contains, behind the end.
  @inline(__always) func byte(at index: Int) -> UInt8 { index < bytes.count ? bytes[index] : 0 }

  /// The byte at the cursor.
  @inline(__always) var current: UInt8 { byte(at: offset) }

  /// Moves to the next byte that is not white space.
  @inline(__always) mutating func skipSpace() {
    while true {
      switch current {
      case 0x20, 0x09, 0x0A, 0x0D: offset += 1
      default: return
      }
    }
  }

  /// Moves behind `byte`, which must stand here.
  mutating func expect(_ byte: UInt8, _ expected: @autoclosure () -> String) throws(JSONError) {
    guard current == byte else { throw unexpected(expected()) }
    offset += 1
  }

  /// Requires that nothing but white space follows.
  mutating func expectEnd() throws(JSONError) {
    skipSpace()
    guard offset == bytes.count else { throw unexpected("the end of the input") }
  }

  /// The error for what stands at `index`, or at the cursor.
  func unexpected(_ expected: String, at index: Int? = nil) -> JSONError {
    let index = index ?? offset
    guard index < bytes.count else {
      return JSONError("the input ends, expected \(expected)", offset: bytes.count)
    }
    return JSONError("found \(Self.name(of: bytes[index])), expected \(expected)", offset: index)
  }

  private static func name(of byte: UInt8) -> String {
    if (0x21..<0x7F).contains(byte) { return "'\(Character(Unicode.Scalar(byte)))'" }
    return "the byte 0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
  }

  // MARK: Strings

  /// Moves over the string that begins with the quote at the cursor.
  /// - Returns: the bytes between the quotes and whether there are escapes among them.
  mutating func skipString() throws(JSONError) -> (content: Range<Int>, isEscaped: Bool) {
    offset += 1
    let start = offset
    var isEscaped = false
    while true {
      offset = JSONString.endOfCleanRun(in: bytes, from: offset)
      switch current {
      case UInt8(ascii: "\""):
        offset += 1
        return (start..<offset - 1, isEscaped)
      case UInt8(ascii: "\\"):
        isEscaped = true
        try skipEscape()
      default:
        throw offset < bytes.count
          ? unexpected("a character or an escape such as \\n in a string") : unexpected("'\"'")
      }
    }
  }

  private mutating func skipEscape() throws(JSONError) {
    switch byte(at: offset + 1) {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      offset += 2
    case UInt8(ascii: "u"):
      for index in offset + 2..<offset + 6 where JSONString.hexDigit(byte(at: index)) == nil {
        throw unexpected("four hexadecimal digits behind \\u", at: index)
      }
      offset += 6
    default:
      throw unexpected("one of \" \\ / b f n r t u behind a backslash", at: offset + 1)
    }
  }

  // MARK: Numbers and literals

  /// Moves over the number at the cursor.
  /// - Returns: whether it has neither fraction nor exponent.
  mutating func skipNumber() throws(JSONError) -> Bool {
    if current == UInt8(ascii: "-") { offset += 1 }
    if current == UInt8(ascii: "0") { offset += 1 } else { try skipDigits() }
    var isWhole = true
    if current == UInt8(ascii: ".") {
      isWhole = false
      offset += 1
      try skipDigits()
    }
    if current | 0x20 == UInt8(ascii: "e") {
      isWhole = false
      offset += 1
      if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { offset += 1 }
      try skipDigits()
    }
    return isWhole
  }

  private mutating func skipDigits() throws(JSONError) {
    guard Self.isDigit(current) else { throw unexpected("a digit") }
    repeat { offset += 1 } while Self.isDigit(current)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

  /// Moves over `null`, `true` or `false`.
  mutating func skipLiteral(_ literal: StaticString) throws(JSONError) {
    for index in 0..<literal.utf8CodeUnitCount where byte(at: offset + index) != literal.utf8Start[index] {
      throw unexpected("'\(literal)'", at: offset + index)
    }
    offset += literal.utf8CodeUnitCount
  }

  // MARK: Values

  /// Moves over the value at the cursor without building it; `depth` arrays and objects are open around it.
  /// O(its bytes); constant stack.
  mutating func skipValue(depth: Int) throws(JSONError) -> JSONKind {
    let kind = try skipScalarOrOpen()
    guard kind == .array || kind == .object else { return kind }
    // One Boolean a level: whether it is an object.
    var levels = [kind == .object]
    var isFirst = true
    while let isObject = levels.last {
      skipSpace()
      let close = isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")
      if current == close {
        offset += 1
        levels.removeLast()
        isFirst = false
        continue
      }
      if !isFirst { try skipComma(inObject: isObject) }
      if isObject { try skipKey() }
      switch try skipScalarOrOpen() {
      case .array: levels.append(false)
      case .object: levels.append(true)
      default:
        isFirst = false
        continue
      }
      guard depth + levels.count <= Self.depthLimit else { throw tooDeep(at: offset - 1) }
      isFirst = true
    }
    return kind
  }

  /// The error for an array or object that begins at `offset`, too deep.
  func tooDeep(at offset: Int) -> JSONError {
    JSONError("arrays and objects nest deeper than \(Self.depthLimit)", offset: offset)
  }

  /// Moves behind the comma, which must stand here, to what follows it: not the end of the container.
  mutating func skipComma(inObject: Bool) throws(JSONError) {
    try expect(UInt8(ascii: ","), inObject ? "',' or '}'" : "',' or ']'")
    skipSpace()
  }

  /// Moves over a key and its colon to the value.
  /// - Returns: the bytes between the key's quotes and whether there are escapes among them.
  @discardableResult
  mutating func skipKey() throws(JSONError) -> (content: Range<Int>, isEscaped: Bool) {
    guard current == UInt8(ascii: "\"") else { throw unexpected("a key in quotes") }
    let key = try skipString()
    skipSpace()
    try expect(UInt8(ascii: ":"), "':'")
    skipSpace()
    return key
  }

  /// Moves over a scalar, or over the bracket that opens an array or object.
  private mutating func skipScalarOrOpen() throws(JSONError) -> JSONKind {
    switch current {
    case UInt8(ascii: "\""): return .string(isEscaped: try skipString().isEscaped)
    case UInt8(ascii: "["):
      offset += 1
      return .array
    case UInt8(ascii: "{"):
      offset += 1
      return .object
    case UInt8(ascii: "n"):
      try skipLiteral("null")
      return .null
    case UInt8(ascii: "t"):
      try skipLiteral("true")
      return .bool
    case UInt8(ascii: "f"):
      try skipLiteral("false")
      return .bool
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      _ = try skipNumber()
      return .number
    default: throw unexpected("a value")
    }
  }
}
