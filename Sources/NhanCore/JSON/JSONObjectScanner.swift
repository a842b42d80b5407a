/// What a JSON value is, as far as its first bytes tell.
public enum JSONKind: Sendable, Hashable {
  /// `null`
  case null
  /// `true` or `false`
  case bool
  /// A number.
  case number
  /// A string, with or without escapes in it.
  case string(isEscaped: Bool)
  /// An array.
  case array
  /// An object.
  case object
}

/// One member of a JSON object, as ranges of the scanned bytes.
public struct JSONMember: Sendable, Hashable {
  /// The key between its quotes.
  public var key: Range<Int>
  /// Whether there are escapes in the key.
  public var isKeyEscaped: Bool
  /// The value; of a string, with its quotes.
  public var value: Range<Int>
  /// What the value is.
  public var kind: JSONKind
}

/// Walks once over the members of one JSON object, for instance a line of a JSONL file, and builds nothing.
///
/// Every byte is checked against RFC 8259 (invalid UTF-8 in strings is let through). The members can be used
/// as they come; that the whole is well-formed is known when `next()` has given `nil`.
public struct JSONObjectScanner {
  private var cursor: JSONCursor
  private var isFirst = true

  /// Begins a walk over `bytes`, which stay valid until it is done.
  /// - Throws: `JSONError` when they do not begin with an object.
  public init(_ bytes: UnsafeBufferPointer<UInt8>) throws(JSONError) {
    cursor = JSONCursor(bytes)
    cursor.skipSpace()
    try cursor.expect(UInt8(ascii: "{"), "'{'")
  }

  /// The next member; `nil` behind the last one. O(its bytes).
  /// - Throws: `JSONError`; the walk cannot go on after it.
  public mutating func next() throws(JSONError) -> JSONMember? {
    cursor.skipSpace()
    if cursor.current == UInt8(ascii: "}") {
      cursor.offset += 1
      try cursor.expectEnd()
      return nil
    }
    if !isFirst { try cursor.skipComma(inObject: true) }
    isFirst = false
    let key = try cursor.skipKey()
    let start = cursor.offset
    let kind = try cursor.skipValue(depth: 1)
    return JSONMember(
      key: key.content, isKeyEscaped: key.isEscaped, value: start..<cursor.offset, kind: kind)
  }

  /// Whether the key of a member is `name`. O(name), no allocation unless the key has escapes.
  public func key(of member: JSONMember, is name: StaticString) -> Bool {
    if member.isKeyEscaped { return key(of: member) == name.description }
    guard member.key.count == name.utf8CodeUnitCount else { return false }
    return UnsafeBufferPointer(rebasing: cursor.bytes[member.key])
      .elementsEqual(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
  }

  /// The key of a member, invalid UTF-8 repaired.
  public func key(of member: JSONMember) -> String {
    cursor.text(member.key, isEscaped: member.isKeyEscaped)
  }

  /// The value of a member as it is written, invalid UTF-8 repaired.
  public func source(of member: JSONMember) -> String {
    String(decoding: cursor.bytes[member.value], as: UTF8.self)
  }

  /// What the value of a member stands for, if it is a string, invalid UTF-8 left as it is. O(bytes).
  public func bytes(ofString member: JSONMember) -> [UInt8]? {
    guard case .string(let isEscaped) = member.kind else { return nil }
    let content = UnsafeBufferPointer(
      rebasing: cursor.bytes[member.value.lowerBound + 1..<member.value.upperBound - 1])
    return isEscaped ? JSONString.unescaped(content) : Array(content)
  }

  /// The value of a member.
  /// - Throws: `JSONError` when it is or holds a number that no double can hold.
  public func value(of member: JSONMember) throws(JSONError) -> JSONValue {
    var inner = cursor
    inner.offset = member.value.lowerBound
    return try inner.parseValue(depth: 1)
  }
}
