#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Zeroed memory straight from the kernel, for large tables that are read at random: in huge pages where the kernel
/// grants them, so that a read waits for the memory alone and not for its page tables, too.
///
/// Pages that are never touched cost nothing, unless they are populated. The owner sees to it that no two threads write at
/// once.
public final class PageMemory<Element: BitwiseCopyable>: @unchecked Sendable {
  /// `count` elements, all bits zero at first.
  public let base: UnsafeMutablePointer<Element>
  /// The number of elements.
  public let count: Int
  private let mapping: UnsafeMutableRawPointer
  private let size: Int

  /// Memory for `count` elements of zero bits.
  /// - Parameter populated: whether all pages are made at once. For tables that are used all over: it saves two faults a
  ///   page, one at the first reading and one at the first writing, of which the second stops all threads for a moment.
  public init(zeroed count: Int, populated: Bool = false) {
    let bytes = max(1, count) * MemoryLayout<Element>.stride
    let isLarge = bytes >= PagePool.hugePageSize
    size = isLarge ? bytes + PagePool.hugePageSize : bytes
    mapping = PagePool.map(size)
    let start = isLarge ? mapping.alignedUp(toMultipleOf: PagePool.hugePageSize) : mapping
    PagePool.preferHugePages(UnsafeMutableRawBufferPointer(start: start, count: bytes))
    if populated { PagePool.populate(UnsafeMutableRawBufferPointer(start: start, count: bytes)) }
    base = start.bindMemory(to: Element.self, capacity: max(1, count))
    self.count = count
  }

  deinit { munmap(mapping, size) }
}
