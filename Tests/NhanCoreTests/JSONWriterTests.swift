import NhanCore
import TestSupport
import Testing

@Suite struct JSONWriterTests {
  private func text(_ write: (inout [UInt8]) -> Void) -> String {
    var output: [UInt8] = []
    write(&output)
    return String(decoding: output, as: UTF8.self)
  }

  @Test func compactBytes() {
    let value = JSONValue.object([
      ("id", .string("a/b \"c\" \\ \u{8}\t\n\u{C}\r\u{1}\u{1F}\u{7F}")), ("tiêu đề", .string("Biển, đảo 😀")),
      (
        "n",
        .array([
          .null, .bool(true), .bool(false), .integer(-7), .double(-0.0), .double(1e22),
          .double(.leastNonzeroMagnitude),
        ])
      ),
      ("bad", .array([.double(.nan), .double(-.infinity)])), ("empty", .array([.array([]), .object([])])),
      ("id", .integer(.min)),
    ])
    let expected =
      #"{"id":"a/b \"c\" \\ \b\t\n\f\r\u0001\u001f"# + "\u{7F}"
      + #"","tiêu đề":"Biển, đảo 😀","n":[null,true,false,-7,-0.0,1e+22,5e-324],"bad":[null,null],"#
      + #""empty":[[],{}],"id":-9223372036854775808}"#
    #expect(String(decoding: value.serialized(), as: UTF8.self) == expected)
  }

  @Test func prettyBytes() {
    let value = JSONValue.object([
      ("a", .array([.integer(1), .object([("b", .string("x"))])])), ("c", .object([])), ("d", .array([])),
    ])
    let expected = """
      {
        "a": [
          1,
          {
            "b": "x"
          }
        ],
        "c": {},
        "d": []
      }
      """
    #expect(value.prettySerialized() == expected)
    #expect(JSONValue.double(.infinity).prettySerialized() == "null")
  }

  @Test(arguments: [
    (0.5, 6, false, "0.5"), (1.0, 6, false, "1.0"), (0, 6, false, "0.0"), (0.123_456_5, 6, false, "0.123457"),
    (0.999_999_9, 6, false, "1.0"), (0.000_001, 6, false, "0.000001"), (0.000_000_4, 6, false, "0.0"),
    (-0.000_000_4, 6, false, "0.0"), (-1.25, 1, false, "-1.3"), (0.5, 3, true, "0.500"),
    (12, 2, true, "12.00"),
    (0.305, 6, false, "0.305"), (1e300, 6, false, "1e+300"), (.nan, 6, false, "null"),
    (-.infinity, 6, true, "null"),
  ])
  func roundedNumbers(number: Double, decimals: Int, keepsZeros: Bool, expected: String) {
    #expect(
      text { JSONWriter.append(number: number, decimals: decimals, keepsZeros: keepsZeros, to: &$0) }
        == expected)
  }

  @Test func floatsAreShortest() {
    #expect(text { JSONWriter.append(number: Float(0.1), to: &$0) } == "0.1")
    #expect(text { JSONWriter.append(number: Float.nan, to: &$0) } == "null")
  }

  @Test func randomValuesComeBack() throws {
    var random = SeededGenerator(seed: 3)
    for _ in 0..<2000 {
      let value = random.jsonValue(depth: 5)
      #expect(try JSONValue(parsing: value.serialized()) == value)
      #expect(try JSONValue(parsing: Array(value.prettySerialized().utf8)) == value)
    }
  }

  /// Escapes one byte at a time.
  private func naiveEscape(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    let short: [UInt8: String] = [
      8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: "\\\"", 92: "\\\\",
    ]
    var output = Array("\"".utf8)
    for byte in bytes {
      if let escape = short[byte] {
        output += Array(escape.utf8)
      } else if byte < 0x20 {
        let digits = String(byte, radix: 16)
        output += Array("\\u00".utf8) + Array((digits.count == 1 ? "0" : "").utf8) + Array(digits.utf8)
      } else {
        output.append(byte)
      }
    }
    return output + Array("\"".utf8)
  }

  @Test func everyByteAtEveryPlaceOfABlock() {
    for byte in UInt8.min ... .max {
      for length in 1...19 {
        for position in 0..<length {
          for filler: UInt8 in [0x20, 0x61, 0xFF, 0x21, 0x80] {
            var bytes = [UInt8](repeating: filler, count: length)
            bytes[position] = byte
            var output: [UInt8] = []
            JSONWriter.append(string: bytes, to: &output)
            if output != naiveEscape(bytes[...]) { Issue.record("byte \(byte) at \(position) of \(length)") }
          }
        }
      }
    }
  }

  @Test func slicesOfRandomBytes() {
    var random = SeededGenerator(seed: 4)
    for round in 0..<2000 {
      // Random bytes are full of escapes; among letters there are whole blocks without any.
      let letters = round % 3 == 0 ? UInt64(0) : UInt64(round % 80)
      let bytes = (0..<Int(random.next() % (round % 2 == 0 ? 70 : 300))).map { _ in
        letters > 0 && random.next() % letters > 0
          ? UInt8(ascii: "a") : UInt8(truncatingIfNeeded: random.next())
      }
      let slice = bytes.dropFirst(Int(random.next() % 9)).dropLast(Int(random.next() % 9))
      var output: [UInt8] = []
      JSONWriter.append(string: slice, to: &output)
      #expect(output == naiveEscape(slice))
      // And back, without its quotes.
      let back = output.withUnsafeBufferPointer {
        JSONString.unescaped(UnsafeBufferPointer(rebasing: $0[1..<$0.count - 1]))
      }
      #expect(back == Array(slice))
    }
  }
}
