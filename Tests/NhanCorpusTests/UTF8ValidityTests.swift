import TestSupport
import Testing

@testable import NhanCorpus

/// Validity of UTF-8, against the standard library.
@Suite struct UTF8ValidityTests {
  private static func check(_ bytes: [UInt8]) {
    let expected = String(validating: bytes, as: UTF8.self) != nil
    let found = bytes.withUnsafeBufferPointer(UTF8Validity.isValid)
    #expect(found == expected, "\(bytes)")
  }

  /// The first and last of each row of the Unicode standard's table, and those just outside.
  private static let leads: [UInt8] = [
    0x7F, 0x80, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4,
    0xF5,
    0xF8, 0xFF,
  ]
  private static let others: [UInt8] = [0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC3, 0xE1]

  /// At every place around the border of two blocks, behind text of all lengths, and at the end.
  @Test(arguments: [0, 1, 40, 58, 59, 60, 61, 62, 63, 64, 65, 127])
  func everyKindOfSequenceIsJudgedEverywhere(before: Int) {
    for lead in Self.leads {
      for second in Self.others {
        for rest in [[], [0x80], [0x80, 0xBF], [0xBF, 0x80, 0x80], [0x7F], [0x80, 0x41]] as [[UInt8]] {
          let sequence = [UInt8](repeating: 0x61, count: before) + [lead, second] + rest
          Self.check(sequence)
          Self.check(sequence + [UInt8](repeating: 0x62, count: 70))
        }
      }
    }
  }

  @Test(arguments: 0..<40)
  func damagedTextIsFound(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let text = Array("Trường Sa – “biển, đảo” của Việt Nam 🇻🇳 ทะเล 한국 ộ\u{7FF}\u{800}\u{FFFD}\u{10FFFF}".utf8)
    for _ in 0..<200 {
      var bytes = Array((0..<random.below(5)).map { _ in text }.joined())
      Self.check(bytes)
      bytes = Array(bytes.dropFirst(random.below(3)).dropLast(random.below(3)))
      Self.check(bytes)
      for _ in 0..<random.below(3) where !bytes.isEmpty {
        bytes[random.below(bytes.count)] = UInt8(random.below(256))
      }
      Self.check(bytes)
    }
  }
}
