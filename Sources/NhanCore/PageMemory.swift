#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Zeroed memory straight from the kernel, for large tables that are read at random: in huge pages where the kernel
/// grants them, so that a read waits for the memory alone and not for its page tables, too.
///
/// Pages that are never touched cost nothing, unless they are populated. What others have freed may serve again, see
/// `PageStock`. The owner sees to it that no two threads write at once.
public final class PageMemory<Element: BitwiseCopyable>: @unchecked Sendable {
  /// `count` elements, all bits zero at first but where memory is reused as it is.
  public let base: UnsafeMutablePointer<Element>
  /// The number of elements.
  public let count: Int
  private let mapping: UnsafeMutableRawPointer
  private let size: Int
  private let stock: PageStock

  /// Memory that was freed before, as it is, if there is any for at least `least` elements; for not many more than `most`.
  init?(reusingAtLeast least: Int, atMost most: Int, of stock: PageStock = .shared) {
    let stride = MemoryLayout<Element>.stride
    guard let piece = stock.take(atLeast: least * stride, atMost: most * stride),
      let start = piece.baseAddress
    else { return nil }
    (mapping, size, count) = (start, piece.count, piece.count / stride)
    self.stock = stock
    base = start.bindMemory(to: Element.self, capacity: count)
  }

  /// Memory for `count` elements of zero bits.
  /// - Parameter populated: whether all pages are made at once. For tables that are used all over: it saves two faults a
  ///   page, one at the first reading and one at the first writing, of which the second stops all threads for a moment.
  public convenience init(zeroed count: Int, populated: Bool = false) {
    self.init(zeroed: count, populated: populated, of: .shared)
  }

  /// The same, of what a stock has, if it has some and all pages are wanted; it will be freed to the stock.
  init(zeroed count: Int, populated: Bool = false, of stock: PageStock) {
    self.stock = stock
    let bytes = max(1, count) * MemoryLayout<Element>.stride
    let isLarge = bytes >= PagePool.hugePageSize
    let wanted = isLarge ? bytes + PagePool.hugePageSize : bytes
    let used = populated && isLarge ? stock.take(atLeast: wanted, atMost: wanted) : nil
    (mapping, size) = used.map { ($0.baseAddress!, $0.count) } ?? (PagePool.map(wanted), wanted)
    let start = isLarge ? mapping.alignedUp(toMultipleOf: PagePool.hugePageSize) : mapping
    let memory = UnsafeMutableRawBufferPointer(start: start, count: bytes)
    if used != nil {
      memory.initializeMemory(as: UInt8.self, repeating: 0)
    } else {
      PagePool.preferHugePages(memory)
      if populated { PagePool.populate(memory) }
    }
    base = start.bindMemory(to: Element.self, capacity: max(1, count))
    self.count = count
  }

  deinit { stock.free(mapping, size) }
}
