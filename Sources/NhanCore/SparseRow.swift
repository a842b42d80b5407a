/// A row of `SparseRows`, six bytes a column that is not zero.
///
/// It consists of *runs*: a head with the upper bits of the columns and the number of entries, then the entries, with the
/// lower 16 bits of the column and the value. Heads and entries take a *slot* each, three numbers of 16 bits. There is a run
/// for every 65,536 columns among which the row has any, or several; with so few columns, one.
public struct SparseRow {
  /// The memory of a head or of an entry.
  @usableFromInline package struct Slot: BitwiseCopyable {
    private let numbers: (UInt16, UInt16, UInt16)
  }

  /// A column that is not zero, outside of a row.
  @usableFromInline package struct Entry: BitwiseCopyable {
    @usableFromInline package let column: UInt32
    @usableFromInline package let value: Float

    @inlinable @inline(__always)
    package init(column: UInt32, value: Float) { (self.column, self.value) = (column, value) }
  }

  /// Bytes of a slot.
  @inlinable package static var stride: Int { 6 }
  /// The bits of a column that stand in an entry.
  @inlinable package static var entryBits: UInt32 { 16 }
  /// Into so many parts a row can be cut, each of which begins with a head.
  package static let mostParts = 8

  /// The first slot.
  @usableFromInline package let base: UnsafeMutableRawPointer
  /// The number of slots in use.
  @usableFromInline package internal(set) var slotCount: UInt32
  private let entryCount: UInt32

  init(_ base: UnsafeMutableRawPointer, slots: Int, entries: Int) {
    self.base = base
    (slotCount, entryCount) = (UInt32(slots), UInt32(entries))
  }

  /// The number of entries.
  public var count: Int { Int(entryCount) }

  /// All slots.
  @inlinable package var slots: Slots { Slots(start: base, end: base + Int(slotCount) * Self.stride) }

  /// Calls `body` with the column and the value of each entry.
  @inlinable @inline(__always)
  public func forEach(_ body: (_ column: Int, _ value: Float) -> Void) { slots.forEach(body) }

  /// Multiplies all values.
  package func multiply(by factor: Float) {
    for run in slots {
      for entry in run { Self.set(Self.column(entry), Self.value(entry) * factor, at: entry) }
    }
  }

  // MARK: Slots

  /// The lower bits of an entry's column.
  @inlinable @inline(__always)
  package static func column(_ entry: UnsafeRawPointer) -> UInt16 { entry.load(as: UInt16.self) }

  /// The value of an entry.
  @inlinable @inline(__always)
  package static func value(_ entry: UnsafeRawPointer) -> Float { (entry + 2).loadUnaligned(as: Float.self) }

  /// Makes a slot an entry.
  @inlinable @inline(__always)
  package static func set(_ column: UInt16, _ value: Float, at slot: UnsafeMutableRawPointer) {
    slot.storeBytes(of: column, as: UInt16.self)
    (slot + 2).storeBytes(of: value, as: Float.self)
  }

  /// Makes a slot the head of a run.
  @inlinable @inline(__always)
  package static func setHead(_ upper: UInt16, count: Int, at slot: UnsafeMutableRawPointer) {
    slot.storeBytes(of: upper, as: UInt16.self)
    (slot + 2).storeBytes(of: UInt32(truncatingIfNeeded: count), as: UInt32.self)
  }

  /// Whole runs.
  @usableFromInline package struct Slots: Sequence, IteratorProtocol {
    @usableFromInline package var start: UnsafeMutableRawPointer
    @usableFromInline package let end: UnsafeMutableRawPointer

    @inlinable @inline(__always)
    package init(start: UnsafeMutableRawPointer, end: UnsafeMutableRawPointer) {
      (self.start, self.end) = (start, end)
    }

    @inlinable @inline(__always)
    package mutating func next() -> Run? {
      guard start < end else { return nil }
      let upper = start.load(as: UInt16.self)
      let count = Int((start + 2).loadUnaligned(as: UInt32.self))
      let first = start + SparseRow.stride
      start = first + count &* SparseRow.stride
      return Run(firstColumn: Int(upper) << Int(SparseRow.entryBits), start: first, end: start)
    }

    /// Calls `body` with the column and the value of each entry.
    @inlinable @inline(__always)
    package func forEach(_ body: (_ column: Int, _ value: Float) -> Void) {
      for run in self {
        for entry in run { body(run.firstColumn &+ Int(SparseRow.column(entry)), SparseRow.value(entry)) }
      }
    }
  }

  /// The entries of a run.
  @usableFromInline package struct Run: Sequence, IteratorProtocol {
    /// What the columns of the entries are added to.
    @usableFromInline package let firstColumn: Int
    @usableFromInline package var start: UnsafeMutableRawPointer
    @usableFromInline package let end: UnsafeMutableRawPointer

    @inlinable @inline(__always)
    init(firstColumn: Int, start: UnsafeMutableRawPointer, end: UnsafeMutableRawPointer) {
      (self.firstColumn, self.start, self.end) = (firstColumn, start, end)
    }

    @inlinable @inline(__always)
    package mutating func next() -> UnsafeMutableRawPointer? {
      guard start < end else { return nil }
      defer { start += SparseRow.stride }
      return start
    }
  }
}
