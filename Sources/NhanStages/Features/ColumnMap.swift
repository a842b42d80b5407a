import NhanCore

/// Gives each term its column.
enum ColumnMap: Sendable {
  /// The columns of a learned vocabulary; other terms have none.
  case vocabulary(Vocabulary)
  /// The top bits of the term's hash, `1 << bits` columns: nothing to learn or store, but terms may share a column.
  case hashed(bits: Int)

  var columnCount: Int {
    switch self {
    case .vocabulary(let vocabulary): vocabulary.terms.count
    case .hashed(let bits): 1 << bits
    }
  }

  @inline(__always)
  func column(of term: UInt64) -> Int? {
    switch self {
    case .vocabulary(let vocabulary): vocabulary.column(of: term)
    case .hashed(let bits): Int(term >> UInt64(64 - bits))
    }
  }
}

/// A learned vocabulary: the terms by column, and a hash table from term to column.
///
/// A slot of the table holds the upper half of a term's hash and its column, so a look-up touches one cache line; the
/// lower half finds the slot. Two terms are confused only if both halves agree in effect: with a million terms
/// about one look-up in four thousand million.
final class Vocabulary: Sendable {
  /// The terms; a term's index is its column. Frequent terms come first, so that their weights share cache lines.
  let terms: TensorElements<UInt64>
  private let table: DisjointMemory<UInt64>
  private let mask: Int

  init(_ terms: TensorElements<UInt64>) {
    self.terms = terms
    var size = 16
    while size < terms.count * 2 { size *= 2 }
    mask = size - 1
    let table = UnsafeMutablePointer<UInt64>.allocate(capacity: size)
    table.initialize(repeating: 0, count: size)
    for (column, term) in terms.buffer.pointer.enumerated() {
      var at = Int(truncatingIfNeeded: term) & mask
      while table[at] != 0 { at = (at + 1) & mask }
      table[at] = term & 0xffff_ffff_0000_0000 | UInt64(column + 1)
    }
    self.table = DisjointMemory(table)
  }

  deinit { table.base.deallocate() }

  /// The column of a term; `nil` if it was not learned. O(1).
  func column(of term: UInt64) -> Int? {
    column(of: term, firstSlot: table.base[Int(truncatingIfNeeded: term) & mask])
  }

  /// Reads the first slot of each of many terms, salted. Nothing depends on what is read, so the reads wait for the memory
  /// together instead of one after the other.
  func readFirstSlots(
    of terms: UnsafeBufferPointer<UInt64>, salt: UInt64, into slots: UnsafeMutablePointer<UInt64>
  ) {
    let table = table.base
    let mask = mask
    for i in 0..<terms.count { slots[i] = table[Int(truncatingIfNeeded: terms[i] ^ salt) & mask] }
  }

  /// The column of a term whose first slot has been read.
  @inline(__always)
  func column(of term: UInt64, firstSlot: UInt64) -> Int? {
    var slot = firstSlot
    var at = Int(truncatingIfNeeded: term)
    while slot != 0 {
      if (slot ^ term) >> 32 == 0 { return Int(truncatingIfNeeded: slot & 0xffff_ffff) &- 1 }
      at &+= 1
      slot = table.base[at & mask]
    }
    return nil
  }
}
