import CLinux

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Whole pages from the kernel.
package enum PagePool {
  /// The size of a page, or a multiple of it: what is mapped at least.
  static let pageSize = 1 << 16
  /// The size of a page on the machines that have the smallest.
  private static let smallestPageSize = 1 << 12
  /// The size of a huge page, on the machines that have them.
  static let hugePageSize = 1 << 21
  /// The advice to use huge pages, by the kernel's ABI the same on all machines; C's header does not show it to Swift.
  private static let adviseHugePages: CInt = 14

  /// Zeroed memory.
  static func map(_ bytes: Int) -> UnsafeMutableRawPointer {
    guard let mapping = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      mapping != MAP_FAILED
    else { fatalError("out of memory: \(bytes) bytes wanted") }
    return mapping
  }

  /// Enlarges a mapping, maybe at another address. The bytes stay, those that are new are zero.
  static func grow(_ mapping: UnsafeMutableRawPointer, from size: Int, to larger: Int)
    -> UnsafeMutableRawPointer
  {
    guard let moved = nhan_grow_mapping(mapping, size, larger), moved != MAP_FAILED else {
      fatalError("out of memory: \(larger) bytes wanted")
    }
    preferHugePages(UnsafeMutableRawBufferPointer(start: moved, count: larger))
    return moved
  }

  /// Makes all pages of zeroed memory at once, by writing to each. The kernel's own advice to do so holds up every other
  /// thread that maps memory.
  static func populate(_ memory: UnsafeMutableRawBufferPointer) {
    for offset in stride(from: 0, to: memory.count, by: smallestPageSize) {
      memory.storeBytes(of: 0, toByteOffset: offset, as: UInt8.self)
    }
  }

  /// Asks for huge pages where whole ones fit. Only advice: where it is not followed, everything is the same but slower.
  package static func preferHugePages(_ memory: UnsafeMutableRawBufferPointer) {
    guard let base = memory.baseAddress else { return }
    let start = base.alignedUp(toMultipleOf: hugePageSize)
    let end = (base + memory.count).alignedDown(toMultipleOf: hugePageSize)
    if start < end { _ = madvise(start, end - start, adviseHugePages) }
  }
}

extension Array where Element: BitwiseCopyable {
  /// Sees to room for that many further elements, in huge pages where whole ones fit: a text of many megabytes costs more
  /// in faults than in work otherwise. O(1) amortized an element.
  package mutating func makeRoom(for more: Int) {
    if capacity - count >= more { return }
    let wanted = Swift.max(count + more, 2 * count)
    reserveCapacity(wanted)
    withUnsafeMutableBytes {
      // The room behind the elements is the array's, too.
      let room = wanted * MemoryLayout<Element>.stride
      PagePool.preferHugePages(
        UnsafeMutableRawBufferPointer(start: $0.baseAddress, count: $0.baseAddress == nil ? 0 : room))
    }
  }
}
