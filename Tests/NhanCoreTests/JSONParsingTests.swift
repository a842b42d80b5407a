import NhanCore
import TestSupport
import Testing

@Suite struct JSONParsingTests {
  private func parse(_ text: String) throws(JSONError) -> JSONValue {
    try JSONValue(parsing: Array(text.utf8))
  }

  private func error(_ text: String) -> JSONError? {
    do {
      _ = try parse(text)
      return nil
    } catch { return error }
  }

  @Test(arguments: [
    ("null", JSONValue.null), (" true\n", .bool(true)), ("\tfalse\r", .bool(false)), ("0", .integer(0)),
    ("-12", .integer(-12)), ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
    ("9223372036854775808", .double(9_223_372_036_854_775_808)), ("1.0", .double(1)), ("-0", .double(-0.0)),
    ("1e2", .double(100)), ("2.5E-3", .double(0.0025)), ("1e-400", .double(0)), ("\"\"", .string("")),
    ("[]", .array([])), ("[ ]", .array([])), ("{}", .object([])), ("{ }", .object([])),
    ("[1, [2] ,{}]", .array([.integer(1), .array([.integer(2)]), .object([])])),
    (
      #"{"b":1,"a":{"b":null},"b":"x"}"#,
      .object([("b", .integer(1)), ("a", .object([("b", .null)])), ("b", .string("x"))])
    ),
    (#""\"\\\/\b\f\n\r\t\u00e9\u1EC7""#, .string("\"\\/\u{8}\u{C}\n\r\téệ")),
    (#""\ud83d\ude00""#, .string("😀")), (#""\ud83d""#, .string("\u{FFFD}")),
    (#""\ude00a""#, .string("\u{FFFD}a")), (#""\ud83d\u0041""#, .string("\u{FFFD}A")),
    (#""\ud83d\ud83d\ude00""#, .string("\u{FFFD}😀")), (#""\ud83d\n""#, .string("\u{FFFD}\n")),
    (#""\u0000""#, .string("\0")), ("\"\u{7F}Đảo\u{2028}\"", .string("\u{7F}Đảo\u{2028}")),
  ])
  func accepts(text: String, value: JSONValue) throws {
    #expect(try parse(text) == value)
  }

  @Test(arguments: [
    ("", 0, "the input ends, expected a value"), ("  ", 2, "the input ends, expected a value"),
    ("nul", 3, "the input ends, expected 'null'"), ("trux", 3, "found 'x', expected 'true'"),
    ("1 2", 2, "found '2', expected the end of the input"),
    ("01", 1, "found '1', expected the end of the input"),
    ("-", 1, "the input ends, expected a digit"), ("+1", 0, "found '+', expected a value"),
    ("1.", 2, "the input ends, expected a digit"), (".5", 0, "found '.', expected a value"),
    ("1e+", 3, "the input ends, expected a digit"), ("1e400", 0, "the number is too large for a double"),
    ("NaN", 0, "found 'N', expected a value"), ("[1,]", 3, "found ']', expected a value"),
    ("[,1]", 1, "found ',', expected a value"), ("[1 2]", 3, "found '2', expected ',' or ']'"),
    ("[1", 2, "the input ends, expected ',' or ']'"), ("[", 1, "the input ends, expected a value"),
    ("{\"a\":1,}", 7, "found '}', expected a key in quotes"),
    ("{a:1}", 1, "found 'a', expected a key in quotes"),
    ("{\"a\" 1}", 5, "found '1', expected ':'"), ("{\"a\":1 \"b\":2}", 7, "found '\"', expected ',' or '}'"),
    ("{\"a\":", 5, "the input ends, expected a value"), ("\"abc", 4, "the input ends, expected '\"'"),
    ("\"a\nb\"", 2, "found the byte 0x0A, expected a character or an escape such as \\n in a string"),
    ("\"\\x\"", 2, "found 'x', expected one of \" \\ / b f n r t u behind a backslash"),
    ("\"\\u12g4\"", 5, "found 'g', expected four hexadecimal digits behind \\u"),
    ("\"\\", 2, "the input ends, expected one of \" \\ / b f n r t u behind a backslash"),
    ("\u{FEFF}1", 0, "found the byte 0xEF, expected a value"), ("'a'", 0, "found ''', expected a value"),
    ("\0", 0, "found the byte 0x00, expected a value"),
    ("[1]]", 3, "found ']', expected the end of the input"),
  ])
  func rejects(text: String, offset: Int, message: String) {
    #expect(error(text) == JSONError(message, offset: offset))
  }

  @Test func nestingIsLimited() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(throws: Never.self) { try parse(nested(512)) }
    #expect(error(nested(513)) == JSONError("arrays and objects nest deeper than 512", offset: 512))
    #expect(error(String(repeating: "[", count: 1_000_000))?.offset == 512)
    #expect(error(String(repeating: "{\"a\":", count: 1_000_000))?.offset == 512 * 5)
  }

  @Test func invalidUTF8IsRepaired() throws {
    #expect(try JSONValue(parsing: [0x22, 0x61, 0xFF, 0xE1, 0xBB, 0x22]) == .string("a\u{FFFD}\u{FFFD}"))
  }

  @Test func errorsKnowTheirLine() {
    let bytes = Array("{\n \"a\": x\n}".utf8)
    #expect(error(String(decoding: bytes, as: UTF8.self))?.offset == 8)
    let position = JSONError("", offset: 8).position(in: bytes)
    #expect(position == (line: 2, column: 7))
  }

  /// Writes a random value with random white space and escapes, one character at a time.
  private func spell(_ value: JSONValue, _ random: inout SeededGenerator) -> String {
    let space = ["", "", " ", "\n", "\t \r\n"]
    let around = { (text: String, random: inout SeededGenerator) in
      space[Int(random.next() % 5)] + text + space[Int(random.next() % 5)]
    }
    switch value {
    case .null: return around("null", &random)
    case .bool(let bool): return around("\(bool)", &random)
    case .integer(let integer): return around("\(integer)", &random)
    case .double(let double): return around("\(double)", &random)
    case .string(let string): return around(spell(string, &random), &random)
    case .array(let elements):
      let inner = elements.map { spell($0, &random) }.joined(separator: ",")
      return around("[" + (elements.isEmpty ? around("", &random) : inner) + "]", &random)
    case .object(let members):
      let inner = members.map { around(spell($0.key, &random), &random) + ":" + spell($0.value, &random) }
      return around("{" + inner.joined(separator: ",") + "}", &random)
    }
  }

  private func spell(_ string: String, _ random: inout SeededGenerator) -> String {
    var result = "\""
    for scalar in string.unicodeScalars {
      if scalar.value < 0x20 || scalar == "\"" || scalar == "\\" || random.next() % 8 == 0 {
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16, uppercase: random.next() % 2 == 0)
          result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  @Test func parsesWhatANaiveSpellerWrites() throws {
    var random = SeededGenerator(seed: 1)
    for _ in 0..<2000 {
      let value = random.jsonValue(depth: 4)
      let text = spell(value, &random)
      #expect(try parse(text) == value, "\(text)")
    }
  }

  @Test func damagedTextNeverTraps() {
    var random = SeededGenerator(seed: 2)
    var failures = 0
    for _ in 0..<3000 {
      var bytes = random.jsonValue(depth: 4).serialized()
      if bytes.isEmpty { continue }
      let at = Int(random.next() % UInt64(bytes.count))
      if random.next() % 2 == 0 {
        bytes[at] = UInt8(truncatingIfNeeded: random.next())
      } else {
        bytes.removeSubrange(at...)
      }
      do {
        let value = try JSONValue(parsing: bytes)
        #expect(try JSONValue(parsing: value.serialized()) == value)
      } catch {
        failures += 1
        #expect((0...bytes.count).contains(error.offset))
      }
    }
    #expect(failures > 500)
  }
}
