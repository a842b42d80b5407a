import TestSupport
import Testing

@testable import NhanPipeline

@Suite struct CharacterIndexTests {
  @Test func characterStartsOfAllLengths() {
    let text = "a\u{301}đ ế\u{FEFF}😀𝐁🇻🇳\r\nta\u{300}u"
    let bytes = Array(text.utf8)
    let index = CharacterIndex(bytes)
    var at = 0
    for (number, scalar) in text.unicodeScalars.enumerated() {
      let next = at + String(scalar).utf8.count
      #expect(index.characters(in: at..<next) == number..<number + 1)
      // Whoever cuts a character cuts it off.
      #expect(index.characters(in: at..<at) == number..<number)
      at = next
    }
    #expect(index.characters(in: 0..<bytes.count) == 0..<text.unicodeScalars.count)
    #expect(CharacterIndex([]).characters(in: 0..<0) == 0..<0)
  }

  @Test(arguments: UInt64(1)...4) func invalidBytesCountAsTheirReplacements(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let pieces: [[UInt8]] = [
      [0x61], Array("ế".utf8), Array("😀".utf8), [0xFF], [0xE1, 0xBA], [0xF0, 0x9F, 0x98], [0x80], [0xC3],
      [0xED, 0xA0, 0x80],
    ]
    for _ in 0..<50 {
      var bytes: [UInt8] = []
      for _ in 0..<generator.below(12) { bytes += pieces[generator.below(pieces.count)] }
      bytes.append(0x2E)
      let index = CharacterIndex(bytes)
      let all = String(decoding: bytes, as: UTF8.self).unicodeScalars.count
      #expect(index.characters(in: 0..<bytes.count) == 0..<all, "\(bytes)")
      // The full stop at the end is a character wherever the others end.
      #expect(index.characters(in: bytes.count - 1..<bytes.count) == all - 1..<all, "\(bytes)")
    }
  }
}
