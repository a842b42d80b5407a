extension JSONValue {
  /// Parses one JSON text, strictly as RFC 8259 has it.
  ///
  /// Arrays and objects may nest 512 deep. Lone surrogates and invalid UTF-8 become U+FFFD; of equal keys all
  /// are kept; a whole number that fits is an `.integer`, any other number a `.double`. O(bytes).
  /// - Throws: `JSONError` for the first byte that does not fit.
  public init(parsing bytes: UnsafeBufferPointer<UInt8>) throws(JSONError) {
    var cursor = JSONCursor(bytes)
    cursor.skipSpace()
    self = try cursor.parseValue(depth: 0)
    try cursor.expectEnd()
  }

  /// Parses one JSON text, strictly as RFC 8259 has it: see `init(parsing:)` over a buffer.
  public init(parsing bytes: [UInt8]) throws(JSONError) {
    // A closure of the standard library cannot throw a typed error in all places: carry it as a result.
    self = try bytes.withUnsafeBufferPointer { buffer in
      Result { () throws(JSONError) in try JSONValue(parsing: buffer) }
    }.get()
  }
}

extension JSONCursor {
  /// Builds the value at the cursor; `depth` arrays and objects are open around it.
  mutating func parseValue(depth: Int) throws(JSONError) -> JSONValue {
    switch current {
    case UInt8(ascii: "\""): return .string(try parseString())
    case UInt8(ascii: "["):
      guard depth < Self.depthLimit else { throw tooDeep(at: offset) }
      return .array(try parseArray(depth: depth + 1))
    case UInt8(ascii: "{"):
      guard depth < Self.depthLimit else { throw tooDeep(at: offset) }
      return .object(try parseObject(depth: depth + 1))
    case UInt8(ascii: "n"):
      try skipLiteral("null")
      return .null
    case UInt8(ascii: "t"):
      try skipLiteral("true")
      return .bool(true)
    case UInt8(ascii: "f"):
      try skipLiteral("false")
      return .bool(false)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try parseNumber()
    default: throw unexpected("a value")
    }
  }

  private mutating func parseArray(depth: Int) throws(JSONError) -> [JSONValue] {
    offset += 1
    skipSpace()
    var elements: [JSONValue] = []
    while !skip(UInt8(ascii: "]")) {
      if !elements.isEmpty { try skipComma(inObject: false) }
      elements.append(try parseValue(depth: depth))
      skipSpace()
    }
    return elements
  }

  private mutating func parseObject(depth: Int) throws(JSONError) -> [(key: String, value: JSONValue)] {
    offset += 1
    skipSpace()
    var members: [(key: String, value: JSONValue)] = []
    while !skip(UInt8(ascii: "}")) {
      if !members.isEmpty { try skipComma(inObject: true) }
      let key = try skipKey()
      members.append((text(key.content, isEscaped: key.isEscaped), try parseValue(depth: depth)))
      skipSpace()
    }
    return members
  }

  /// Moves over `byte` if it stands here.
  private mutating func skip(_ byte: UInt8) -> Bool {
    guard current == byte else { return false }
    offset += 1
    return true
  }

  private mutating func parseString() throws(JSONError) -> String {
    let string = try skipString()
    return text(string.content, isEscaped: string.isEscaped)
  }

  /// The text of a string's content, invalid UTF-8 repaired.
  func text(_ content: Range<Int>, isEscaped: Bool) -> String {
    let raw = UnsafeBufferPointer(rebasing: bytes[content])
    guard isEscaped else { return String(decoding: raw, as: UTF8.self) }
    return String(decoding: JSONString.unescaped(raw), as: UTF8.self)
  }

  private mutating func parseNumber() throws(JSONError) -> JSONValue {
    let start = offset
    let isWhole = try skipNumber()
    let text = String(decoding: bytes[start..<offset], as: UTF8.self)
    // No integer holds the sign of -0.
    if isWhole, text != "-0", let integer = Int(text) { return .integer(integer) }
    guard let double = Double(text), double.isFinite else {
      throw JSONError("the number is too large for a double", offset: start)
    }
    return .double(double)
  }
}
