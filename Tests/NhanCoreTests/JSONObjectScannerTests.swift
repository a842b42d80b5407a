import NhanCore
import TestSupport
import Testing

@Suite struct JSONObjectScannerTests {
  /// Every member as the scanner gives it: key, value, and the string where it is one.
  private func members(_ bytes: [UInt8]) throws -> [(key: String, value: JSONValue)] {
    try bytes.withUnsafeBufferPointer { buffer in
      var scanner = try JSONObjectScanner(buffer)
      var result: [(key: String, value: JSONValue)] = []
      while let member = try scanner.next() {
        let value = try scanner.value(of: member)
        #expect(try JSONValue(parsing: UnsafeBufferPointer(rebasing: buffer[member.value])) == value)
        let string = scanner.bytes(ofString: member)
        #expect(value.stringValue == string.map { String(decoding: $0, as: UTF8.self) })
        result.append((scanner.key(of: member), value))
      }
      return result
    }
  }

  @Test func agreesWithTheParser() throws {
    var random = SeededGenerator(seed: 5)
    for _ in 0..<2000 {
      let object = JSONValue.object(
        (0..<Int(random.next() % 6)).map { _ in (random.jsonString(), random.jsonValue(depth: 3)) })
      let text =
        random.next() % 2 == 0 ? object.serialized() : Array(" \(object.prettySerialized())\r\n".utf8)
      #expect(JSONValue.object(try members(text)) == object)
    }
  }

  @Test func rejectsWhatTheParserRejects() throws {
    var random = SeededGenerator(seed: 6)
    var rejected = 0
    for _ in 0..<4000 {
      var bytes = JSONValue.object([("a", random.jsonValue(depth: 4)), ("b", random.jsonValue(depth: 2))])
        .serialized()
      bytes[1 + Int(random.next() % UInt64(bytes.count - 1))] =
        Array("{}[],:\"\\x1 ".utf8)[Int(random.next() % 11)]
      do {
        let value = try JSONValue(parsing: bytes)
        if case .object = value { #expect(JSONValue.object(try members(bytes)) == value) }
      } catch let expected as JSONError {
        rejected += 1
        do {
          _ = try members(bytes)
          Issue.record("accepted \(String(decoding: bytes, as: UTF8.self))")
        } catch let error as JSONError {
          #expect(error == expected, "\(String(decoding: bytes, as: UTF8.self))")
        }
      }
    }
    #expect(rejected > 1000)
  }

  @Test func kindsAndRanges() throws {
    let text = #"{"id": 7, "t\u0065xt":"a\nb", "s":"x", "l":[1,{}], "o":{"p":[]}, "z":null, "y":true}"#
    try Array(text.utf8).withUnsafeBufferPointer { buffer in
      var scanner = try JSONObjectScanner(buffer)
      var kinds: [JSONKind] = []
      var raw: [String] = []
      var named: [Bool] = []
      while let member = try scanner.next() {
        kinds.append(member.kind)
        raw.append(String(decoding: buffer[member.value], as: UTF8.self))
        named.append(scanner.key(of: member, is: "text"))
      }
      #expect(
        kinds == [
          .number, .string(isEscaped: true), .string(isEscaped: false), .array, .object, .null, .bool,
        ])
      #expect(raw == ["7", #""a\nb""#, "\"x\"", "[1,{}]", #"{"p":[]}"#, "null", "true"])
      #expect(named == [false, true, false, false, false, false, false])
    }
  }

  @Test(arguments: [("[1]", 0), ("", 0), ("{", 1), ("{\"a\":1} x", 8), ("{\"a\":1,}", 7), ("{,}", 1)])
  func errors(text: String, offset: Int) throws {
    let error = #expect(throws: JSONError.self) { try members(Array(text.utf8)) }
    #expect(error?.offset == offset)
  }

  @Test func nestingIsLimitedAsInTheParser() throws {
    func nested(_ depth: Int) -> [UInt8] {
      Array(
        ("{\"a\":" + String(repeating: "[", count: depth - 1) + String(repeating: "]", count: depth - 1) + "}")
          .utf8)
    }
    #expect(throws: Never.self) { try members(nested(512)) }
    let error = #expect(throws: JSONError.self) { try members(nested(513)) }
    #expect(error == JSONError("arrays and objects nest deeper than 512", offset: 516))
  }
}
