/// Why bytes are not JSON, and at which of them that shows.
public struct JSONError: Error, Sendable, Hashable {
  /// What was found and what was expected.
  public var message: String
  /// The zero-based offset of the first byte that does not fit; the input's length when it ends too early.
  public var offset: Int

  /// Makes an error.
  public init(_ message: String, offset: Int) {
    self.message = message
    self.offset = offset
  }

  /// The one-based line and the one-based column in bytes at which the error stands. O(offset).
  public func position(in bytes: some Collection<UInt8>) -> (line: Int, column: Int) {
    var line = 1
    var column = 1
    for byte in bytes.prefix(offset) {
      if byte == UInt8(ascii: "\n") {
        line += 1
        column = 1
      } else {
        column += 1
      }
    }
    return (line, column)
  }
}

extension JSONError: CustomStringConvertible {
  /// `byte N: message`
  public var description: String { "byte \(offset): \(message)" }
}
