/// Writes JSON by appending to bytes.
public enum JSONWriter {
  /// Appends a value without white space. O(its size).
  ///
  /// Doubles are written with the fewest digits that give them back; those that are not finite as `null`.
  public static func append(_ value: JSONValue, to output: inout [UInt8]) {
    switch value {
    case .array(let elements):
      output.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        append(element, to: &output)
      }
      output.append(UInt8(ascii: "]"))
    case .object(let members):
      output.append(UInt8(ascii: "{"))
      for (index, member) in members.enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        append(string: member.key, to: &output)
        output.append(UInt8(ascii: ":"))
        append(member.value, to: &output)
      }
      output.append(UInt8(ascii: "}"))
    default: append(scalar: value, to: &output)
    }
  }

  /// Appends a value for people to read: two spaces a level, one element or member a line. O(its size).
  public static func append(pretty value: JSONValue, depth: Int = 0, to output: inout [UInt8]) {
    switch value {
    case .array(let elements) where !elements.isEmpty:
      output.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        breakLine(afterItem: index > 0, depth: depth + 1, to: &output)
        append(pretty: element, depth: depth + 1, to: &output)
      }
      breakLine(afterItem: false, depth: depth, to: &output)
      output.append(UInt8(ascii: "]"))
    case .object(let members) where !members.isEmpty:
      output.append(UInt8(ascii: "{"))
      for (index, member) in members.enumerated() {
        breakLine(afterItem: index > 0, depth: depth + 1, to: &output)
        append(string: member.key, to: &output)
        output.append(contentsOf: ": ".utf8)
        append(pretty: member.value, depth: depth + 1, to: &output)
      }
      breakLine(afterItem: false, depth: depth, to: &output)
      output.append(UInt8(ascii: "}"))
    default: append(value, to: &output)
    }
  }

  private static func breakLine(afterItem: Bool, depth: Int, to output: inout [UInt8]) {
    if afterItem { output.append(UInt8(ascii: ",")) }
    output.append(UInt8(ascii: "\n"))
    output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth))
  }

  private static func append(scalar: JSONValue, to output: inout [UInt8]) {
    switch scalar {
    case .bool(let value): output.append(contentsOf: value ? "true".utf8 : "false".utf8)
    case .integer(let value): append(integer: value, to: &output)
    case .double(let value): append(number: value, to: &output)
    case .string(let value): append(string: value, to: &output)
    case .null, .array, .object: output.append(contentsOf: "null".utf8)
    }
  }

  /// Appends a string with its quotes, only `"`, `\` and control characters escaped. O(bytes).
  public static func append(string: String, to output: inout [UInt8]) {
    var string = string
    string.withUTF8 { JSONString.append(escaping: $0, to: &output) }
  }

  /// Appends UTF-8 bytes as a string with its quotes. O(bytes).
  public static func append(string bytes: [UInt8], to output: inout [UInt8]) {
    bytes.withUnsafeBufferPointer { JSONString.append(escaping: $0, to: &output) }
  }

  /// Appends part of some UTF-8 bytes as a string with its quotes. O(bytes).
  public static func append(string bytes: ArraySlice<UInt8>, to output: inout [UInt8]) {
    bytes.withUnsafeBufferPointer { JSONString.append(escaping: $0, to: &output) }
  }

  /// Appends an integer.
  public static func append(integer: Int, to output: inout [UInt8]) {
    // Most are digits of probabilities: no string is made for one digit.
    if 0..<10 ~= integer {
      output.append(UInt8(ascii: "0") + UInt8(integer))
    } else {
      output.append(contentsOf: integer.description.utf8)
    }
  }

  /// Appends a double with the fewest digits that give it back; `null` when it is not finite.
  public static func append(number: Double, to output: inout [UInt8]) {
    output.append(contentsOf: number.isFinite ? number.description.utf8 : "null".utf8)
  }

  /// Appends a float with the fewest digits that give it back; `null` when it is not finite.
  public static func append(number: Float, to output: inout [UInt8]) {
    output.append(contentsOf: number.isFinite ? number.description.utf8 : "null".utf8)
  }

  /// Appends a number rounded half away from zero to at most `decimals` decimals, at least one of which is
  /// written; `null` when it is not finite.
  /// - Parameter keepsZeros: whether all decimals are written, even if they are zeros.
  /// - Precondition: `decimals` is in `1...15`.
  public static func append(
    number: Double, decimals: Int, keepsZeros: Bool = false, to output: inout [UInt8]
  ) {
    precondition((1...15).contains(decimals))
    var unit = 1
    for _ in 0..<decimals { unit *= 10 }
    let scaled = (number.magnitude * Double(unit)).rounded()
    // Beyond 2^53 a double has no such decimals left to round.
    guard scaled < 0x1p53 else { return append(number: number, to: &output) }
    let digits = Int(scaled)
    if number < 0, digits > 0 { output.append(UInt8(ascii: "-")) }
    append(integer: digits / unit, to: &output)
    output.append(UInt8(ascii: "."))
    // The decimals from the last on; zeros at the end are passed by.
    var rest = digits % unit
    var length = decimals
    while !keepsZeros, length > 1, rest % 10 == 0 {
      rest /= 10
      length -= 1
    }
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: length) { digits in
      for place in 1...length {
        digits[length - place] = UInt8(ascii: "0") + UInt8(rest % 10)
        rest /= 10
      }
      output.append(contentsOf: UnsafeBufferPointer(digits))
    }
  }
}

extension JSONValue {
  /// The value as JSON without white space, UTF-8. O(its size).
  public func serialized() -> [UInt8] {
    var output: [UInt8] = []
    JSONWriter.append(self, to: &output)
    return output
  }

  /// The value as JSON for people to read: two spaces a level, no newline at the end. O(its size).
  public func prettySerialized() -> String {
    var output: [UInt8] = []
    JSONWriter.append(pretty: self, to: &output)
    return String(decoding: output, as: UTF8.self)
  }
}
