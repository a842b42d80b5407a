#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A list that only grows, in memory straight from the kernel: growing moves page tables instead of bytes, and huge pages
/// save most of the page faults. For what becomes megabytes long; it takes at least a page.
///
/// The owner sees to it that no two threads write at once.
public final class PageArray<Element: BitwiseCopyable>: @unchecked Sendable {
  // Nobody reads the list in the middle of `append`, so that is not checked for at run time, word by word.
  /// The elements, up to `count`.
  @exclusivity(unchecked)
  public private(set) var base: UnsafeMutablePointer<Element>
  /// The number of elements.
  @exclusivity(unchecked)
  public private(set) var count = 0
  @exclusivity(unchecked)
  private var capacity: Int
  private var size: Int
  /// Bytes at the front that were freed.
  private var released = 0
  private let stock: PageStock

  /// An empty list.
  public convenience init() { self.init(stock: .shared) }

  /// An empty list, which frees to a stock.
  init(stock: PageStock) {
    self.stock = stock
    size = PagePool.pageSize
    base = PagePool.map(size).bindMemory(to: Element.self, capacity: size / MemoryLayout<Element>.stride)
    capacity = size / MemoryLayout<Element>.stride
  }

  deinit { munmap(UnsafeMutableRawPointer(base) + released, size - released) }

  /// Frees the memory of the first `count` elements, but for that which shares a huge page with others. They must not be read
  /// again, and nothing may be appended any more.
  public func release(first count: Int) {
    let start = UnsafeMutableRawPointer(base) + released
    let end = UnsafeMutableRawPointer(base + count).alignedDown(toMultipleOf: PagePool.hugePageSize)
    if end <= start { return }
    stock.free(start, end - start)
    released += end - start
  }

  /// Forgets the elements and keeps the memory.
  public func removeAll() {
    precondition(released == 0, "what has been freed in part cannot be filled anew")
    count = 0
  }

  /// Keeps only the elements at these places, which rise; places behind the end are left out. O(places).
  public func keep(_ places: [UInt32]) {
    precondition(released == 0, "what has been freed in part cannot be moved")
    var kept = 0
    while kept < places.count, Int(places[kept]) < count {
      base[kept] = base[Int(places[kept])]
      kept += 1
    }
    count = kept
  }

  /// Appends an element. O(1) amortized.
  @inline(__always)
  public func append(_ element: Element) {
    if count == capacity { grow(for: 1) }
    base[count] = element
    count &+= 1
  }

  /// Appends up to `limit` elements, which `body` writes to where it is told; it returns their number.
  @inline(__always)
  public func append(upTo limit: Int, _ body: (UnsafeMutablePointer<Element>) -> Int) {
    if capacity - count < limit { grow(for: limit) }
    count += body(base + count)
  }

  /// The elements, for the duration of the call.
  public func withUnsafeBufferPointer<Result>(
    _ body: (UnsafeBufferPointer<Element>) throws -> Result
  ) rethrows -> Result {
    try body(UnsafeBufferPointer(start: base, count: count))
  }

  @inline(never)
  private func grow(for more: Int) {
    precondition(released == 0, "nothing can be appended to what has been freed in part")
    var larger = size
    while larger / MemoryLayout<Element>.stride - count < more { larger *= 2 }
    let moved = PagePool.grow(base, from: size, to: larger)
    size = larger
    capacity = size / MemoryLayout<Element>.stride
    base = moved.bindMemory(to: Element.self, capacity: capacity)
  }
}
