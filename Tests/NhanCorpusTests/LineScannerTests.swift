import TestSupport
import Testing

@testable import NhanCorpus

@Suite struct LineScannerTests {
  /// Against the standard library, with bytes that differ from a newline in one bit or by one.
  @Test(arguments: 0..<40)
  func findsTheLastNewline(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let others: [UInt8] = [0x00, 0x09, 0x0B, 0x0A ^ 0x80, 0x08, 0x2A, 0x61, 0xFF]
    for length in 0..<40 {
      let rarity = Int.random(in: 1...30, using: &generator)
      let bytes = (0..<length).map { _ in
        Int.random(in: 0..<rarity, using: &generator) == 0 ? 0x0A : others.randomElement(using: &generator)!
      }
      bytes.withUnsafeBufferPointer {
        #expect(LineScanner.lastNewline(in: $0) == bytes.lastIndex(of: 0x0A), "\(bytes)")
      }
    }
  }
}
