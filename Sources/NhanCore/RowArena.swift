/// Memory for the rows that one thread makes for `SparseRows`: a few large pieces, which live as long as the arena.
package final class RowArena: @unchecked Sendable {
  /// Rows and who owns their memory.
  package struct Batch: @unchecked Sendable {
    let rows: [SparseRow]
    let arena: RowArena
  }

  /// Slots of the first piece, and of the largest that is made for more than one row: each is twice the one before.
  private static let sizes = (first: 1 << 13, largest: 1 << 21)

  private var pieces: [PageMemory<SparseRow.Slot>] = []
  /// Slots of the last piece that are taken.
  private var taken = 0
  private var nextSize: Int
  /// A row's entries whose columns have upper bits.
  private let others = PageArray<SparseRow.Entry>()
  /// By upper bits: how many of these there are, then the slot of the next one.
  private var places: [Int] = []

  /// Memory for any number of slots; if about so many are `expected`, in one piece.
  package init(expected: Int = 0) { nextSize = max(Self.sizes.first, expected) }

  /// The rows of several matrices side by side, the columns numbered on; where there are many columns, in the order of their
  /// upper bits. O(entries + rows · columns / 2¹⁶).
  package func batch(sideBySide blocks: [CSRMatrix]) -> Batch {
    let columnCount = blocks.reduce(0) { $0 + $1.columnCount }
    let uppers = (columnCount - 1) >> Int(SparseRow.entryBits) + 1
    if places.count != uppers { places = [Int](repeating: 0, count: uppers) }
    return Batch(
      rows: (0..<(blocks.first?.rowCount ?? 0)).map { row(ofEntries: $0, sideBySide: blocks) }, arena: self)
  }

  private func row(ofEntries index: Int, sideBySide blocks: [CSRMatrix]) -> SparseRow {
    let count = blocks.reduce(0) { $0 + $1.entries(ofRow: index).count }
    guard count > 0 else { return SparseRow(take(0), slots: 0, entries: 0) }
    let room = count + min(count, places.count) + Self.spare
    let base = take(room)
    others.removeAll()
    var (common, offset) = (0, UInt32(0))
    for block in blocks {
      common += copyCommon(
        block, block.entries(ofRow: index), columnsFrom: offset, to: base + (1 + common) * SparseRow.stride)
      offset += UInt32(block.columnCount)
    }
    if common > 0 { SparseRow.setHead(0, count: common, at: base) }
    let slots = copyOthers(to: base, behind: common > 0 ? 1 + common : 0)
    taken -= room - slots - Self.spare
    return SparseRow(base, slots: slots, entries: count)
  }

  /// Writes the entries whose columns have no upper bits, by far the most, to a row, and puts the others aside.
  /// - Returns: how many it wrote.
  private func copyCommon(
    _ block: CSRMatrix, _ entries: Range<Int>, columnsFrom offset: UInt32, to first: UnsafeMutableRawPointer
  ) -> Int {
    var slot = first
    block.columns.withUnsafeBufferPointer { columns in
      block.values.withUnsafeBufferPointer { values in
        others.append(upTo: entries.count) { others in
          var put = 0
          for entry in entries {
            let (column, value) = (columns[entry] &+ offset, values[entry])
            // Nobody can predict which kind it is, so both are written, and one is kept.
            SparseRow.set(UInt16(truncatingIfNeeded: column), value, at: slot)
            others[put] = SparseRow.Entry(column: column, value: value)
            // Only of zero the highest bit is set by subtracting 1.
            let isCommon = Int((UInt64(column >> SparseRow.entryBits) &- 1) >> 63)
            slot += isCommon &* SparseRow.stride
            put &+= 1 &- isCommon
          }
          return put
        }
      }
    }
    return (slot - first) / SparseRow.stride
  }

  /// Writes what was put aside, run by run.
  /// - Returns: the slot behind it.
  private func copyOthers(to base: UnsafeMutableRawPointer, behind slots: Int) -> Int {
    others.withUnsafeBufferPointer { entries in
      places.withUnsafeMutableBufferPointer { places in
        if entries.isEmpty { return slots }
        places.update(repeating: 0)
        for entry in entries { places[Int(entry.column >> SparseRow.entryBits)] &+= 1 }
        var end = slots
        for upper in places.indices where places[upper] > 0 {
          let count = places[upper]
          SparseRow.setHead(UInt16(upper), count: count, at: base + end * SparseRow.stride)
          places[upper] = end + 1
          end += 1 + count
        }
        for entry in entries {
          let upper = Int(entry.column >> SparseRow.entryBits)
          let slot = base + places[upper] &* SparseRow.stride
          SparseRow.set(UInt16(truncatingIfNeeded: entry.column), entry.value, at: slot)
          places[upper] &+= 1
        }
        return end
      }
    }
  }

  /// Slots that a row has to spare, for the heads of the parts into which it is cut.
  private static let spare = SparseRow.mostParts - 1

  /// Slots for a copy of a row.
  static func room(for row: SparseRow) -> Int { row.count == 0 ? 0 : Int(row.slotCount) + spare }

  /// A copy of a row.
  func copy(_ row: SparseRow) -> SparseRow {
    let base = take(Self.room(for: row))
    base.copyMemory(from: row.base, byteCount: Int(row.slotCount) * SparseRow.stride)
    return SparseRow(base, slots: Int(row.slotCount), entries: row.count)
  }

  /// Memory for so many slots.
  private func take(_ count: Int) -> UnsafeMutableRawPointer {
    if pieces.isEmpty || pieces[pieces.count - 1].count - taken < count { addPiece(for: count) }
    defer { taken += count }
    return UnsafeMutableRawPointer(pieces[pieces.count - 1].base + taken)
  }

  private func addPiece(for count: Int) {
    taken = 0
    if let piece = PageMemory<SparseRow.Slot>(reusingAtLeast: count, atMost: max(count, nextSize)) {
      pieces.append(piece)
    } else {
      pieces.append(PageMemory(zeroed: max(count, nextSize)))
      nextSize = min(Self.sizes.largest, 2 * nextSize)
    }
  }
}
