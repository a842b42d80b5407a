import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Memory that nobody uses, kept for who needs some next.
///
/// A page that is touched first costs the kernel, and in a virtual machine the one around it, many times what writing to it
/// costs. So while large tables come and go, those that go are kept for those that come.
package final class PageStock: Sendable {
  /// Whole pages. Sendable because only its numbers are handed on.
  private struct Piece: @unchecked Sendable {
    let memory: UnsafeMutableRawBufferPointer
  }

  private struct State {
    /// How many want freed memory to be kept.
    var keepers = 0
    var pieces: [Piece] = []
  }

  /// Smaller pieces are not kept.
  private static let smallest = PagePool.hugePageSize

  /// That of the process.
  package static let shared = PageStock()

  private let state = Mutex(State())

  /// Nothing yet.
  init() {}

  /// Runs `body`. What is freed meanwhile, large pieces, is kept for who needs memory next; what is left of it goes back to the
  /// kernel in the end.
  package func keepingFreed<Result>(_ body: () throws -> Result) rethrows -> Result {
    state.withLock { $0.keepers += 1 }
    defer {
      state.withLock { state in
        state.keepers -= 1
        if state.keepers == 0 {
          for piece in state.pieces { munmap(piece.memory.baseAddress, piece.memory.count) }
          state.pieces = []
        }
      }
    }
    return try body()
  }

  /// Frees whole pages, a mapping or a part of one.
  func free(_ memory: UnsafeMutableRawPointer, _ bytes: Int) {
    let piece = Piece(memory: UnsafeMutableRawBufferPointer(start: memory, count: bytes))
    let isKept = state.withLock { state in
      guard state.keepers > 0, bytes >= Self.smallest else { return false }
      state.pieces.append(piece)
      return true
    }
    if !isKept { munmap(memory, bytes) }
  }

  /// Memory that was kept, with anything in it: a piece of at least `least` bytes, cut where it is much larger than `most`;
  /// `nil` if there is none. O(pieces).
  func take(atLeast least: Int, atMost most: Int) -> UnsafeMutableRawBufferPointer? {
    let piece = state.withLock { state -> Piece? in
      guard let index = state.pieces.lastIndex(where: { $0.memory.count >= least }) else { return nil }
      let memory = state.pieces[index].memory
      let taken = (max(least, most) + Self.smallest - 1) & ~(Self.smallest - 1)
      if memory.count < taken + Self.smallest { return state.pieces.remove(at: index) }
      state.pieces[index] = Piece(memory: UnsafeMutableRawBufferPointer(rebasing: memory[taken...]))
      return Piece(memory: UnsafeMutableRawBufferPointer(rebasing: memory[..<taken]))
    }
    return piece?.memory
  }
}
