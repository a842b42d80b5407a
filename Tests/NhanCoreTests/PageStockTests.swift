import Testing

@testable import NhanCore

/// Memory that is kept when it is freed, and used again.
@Suite struct PageStockTests {
  private let stock = PageStock()
  private static let count = 1 << 20

  /// As many numbers as fit, all of them, so that what is lent twice shows.
  private func fill(_ memory: PageMemory<UInt32>, with value: UInt32) {
    for index in 0..<memory.count { memory.base[index] = value }
  }

  private func holds(_ memory: PageMemory<UInt32>, _ value: UInt32) -> Bool {
    (0..<memory.count).allSatisfy { memory.base[$0] == value }
  }

  @Test func nothingIsKeptUnlessAskedFor() {
    fill(PageMemory(zeroed: Self.count, of: stock), with: 1)
    stock.keepingFreed {
      #expect(PageMemory<UInt32>(reusingAtLeast: 1, atMost: 1, of: stock) == nil)
      fill(PageMemory(zeroed: Self.count, of: stock), with: 1)
    }
    stock.keepingFreed { #expect(PageMemory<UInt32>(reusingAtLeast: 1, atMost: 1, of: stock) == nil) }
  }

  @Test func whatIsKeptIsUsedAgainPieceByPiece() {
    stock.keepingFreed {
      let other = PageMemory<UInt32>(zeroed: Self.count, of: stock)
      fill(other, with: 7)
      fill(PageMemory(zeroed: Self.count, of: stock), with: 1)
      #expect(PageMemory<UInt32>(reusingAtLeast: 8 * Self.count, atMost: 8 * Self.count, of: stock) == nil)
      var pieces: [PageMemory<UInt32>] = []
      while let piece = PageMemory<UInt32>(reusingAtLeast: 1000, atMost: Self.count / 4, of: stock) {
        #expect(piece.count >= 1000)
        pieces.append(piece)
        fill(piece, with: UInt32(pieces.count))
      }
      #expect(pieces.count > 1)
      #expect(pieces.reduce(0) { $0 + $1.count } >= Self.count)
      for (index, piece) in pieces.enumerated() { #expect(holds(piece, UInt32(index + 1))) }
      #expect(holds(other, 7))
    }
  }

  @Test func populatedMemoryIsZeroThoughItWasUsed() {
    stock.keepingFreed {
      fill(PageMemory(zeroed: 2 * Self.count, of: stock), with: .max)
      for _ in 0..<3 {
        let memory = PageMemory<UInt32>(zeroed: Self.count, populated: true, of: stock)
        #expect(memory.count == Self.count)
        #expect(holds(memory, 0))
        fill(memory, with: .max)
      }
    }
  }

  /// A list is read on while what was released of it serves others, and after that.
  @Test func aListOutlivesItsFront() {
    let list = PageArray<UInt16>(stock: stock)
    while list.count < 3 << 20 {
      list.append(upTo: 50_000) { target in
        for i in 0..<50_000 { target[i] = UInt16(truncatingIfNeeded: (list.count + i) &* 31) }
        return 50_000
      }
    }
    func isWhole(from first: Int) -> Bool {
      list.withUnsafeBufferPointer { list in
        (first..<list.count).allSatisfy { list[$0] == UInt16(truncatingIfNeeded: $0 &* 31) }
      }
    }
    stock.keepingFreed {
      for kept in [1, 1_200_001, 1_200_001, 2_500_000, 1_000] { list.release(first: kept) }
      let pieces = (0..<2).compactMap { _ in
        PageMemory<UInt32>(reusingAtLeast: 1000, atMost: Self.count, of: stock)
      }
      #expect(pieces.count == 2)
      for piece in pieces { fill(piece, with: .max) }
      #expect(isWhole(from: 2_500_000))
    }
    #expect(isWhole(from: 2_500_000))
    list.release(first: list.count)
  }
}
