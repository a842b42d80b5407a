import NhanCore
import TestSupport

extension SeededGenerator {
  mutating func jsonString() -> String {
    let alphabet: [Unicode.Scalar] = [
      "a", "b", " ", "đ", "ả", "o", "\u{301}", "😀", "漢", "\"", "\\", "/", "\n", "\u{1}", "\u{1F}", "\u{7F}",
      "\0",
    ]
    var string = ""
    for _ in 0..<(next() % 24) {
      string.unicodeScalars.append(alphabet[Int(next() % UInt64(alphabet.count))])
    }
    return string
  }

  mutating func jsonValue(depth: Int) -> JSONValue {
    switch next() % (depth > 0 ? 8 : 6) {
    case 0: return .null
    case 1: return .bool(next() % 2 == 0)
    case 2: return .integer(Int(truncatingIfNeeded: next()) >> Int(next() % 64))
    case 3:
      let double = Double(bitPattern: next())
      return .double(double.isFinite ? double : 0.5)
    case 4, 5: return .string(jsonString())
    case 6: return .array((0..<Int(next() % 5)).map { _ in jsonValue(depth: depth - 1) })
    default: return .object((0..<Int(next() % 5)).map { _ in (jsonString(), jsonValue(depth: depth - 1)) })
    }
  }
}
