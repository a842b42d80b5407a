#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Zeroed memory straight from the kernel, for large tables that are read at random: in huge pages where the kernel
/// grants them, so that a read waits for the memory alone and not for its page tables, too.
///
/// Pages that are never touched cost nothing. The owner sees to it that no two threads write at once.
public final class PageMemory<Element: BitwiseCopyable>: @unchecked Sendable {
  /// `count` elements, all bits zero at first.
  public let base: UnsafeMutablePointer<Element>
  /// The number of elements.
  public let count: Int
  private let mapping: UnsafeMutableRawPointer
  private let size: Int

  private static var hugePage: Int { 1 << 21 }
  /// The advice to use huge pages, by the kernel's ABI the same on all machines; C's header does not show it to Swift.
  private static var adviseHugePages: CInt { 14 }

  /// Memory for `count` elements of zero bits.
  public init(zeroed count: Int) {
    let bytes = max(1, count) * MemoryLayout<Element>.stride
    let isLarge = bytes >= Self.hugePage
    size = isLarge ? bytes + Self.hugePage : bytes
    guard let mapping = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      mapping != MAP_FAILED
    else { fatalError("out of memory: \(size) bytes wanted") }
    self.mapping = mapping
    var start = mapping
    if isLarge {
      start = mapping.alignedUp(toMultipleOf: Self.hugePage)
      // Only advice: where it is not followed, everything is the same but slower.
      _ = madvise(start, bytes, Self.adviseHugePages)
    }
    base = start.bindMemory(to: Element.self, capacity: max(1, count))
    self.count = count
  }

  deinit { munmap(mapping, size) }
}
