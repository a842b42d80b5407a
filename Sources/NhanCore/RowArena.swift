/// Memory for the rows that one thread makes for `SparseRows`: a few large pieces, which live as long as the arena.
package final class RowArena: @unchecked Sendable {
  /// Rows and who owns their memory.
  package struct Batch: @unchecked Sendable {
    let rows: [SparseRows.Row]
    let arena: RowArena
  }

  /// Entries of the first piece, and of the largest that is made for more than one row: each is twice the one before.
  private static let sizes = (first: 1 << 13, largest: 1 << 21)

  private var pieces: [PageMemory<SparseRows.Entry>] = []
  /// Entries of the last piece that are taken.
  private var taken = 0
  private var nextSize: Int

  /// Memory for any number of entries; if about so many are `expected`, in one piece.
  package init(expected: Int = 0) { nextSize = max(Self.sizes.first, expected) }

  /// The rows of several matrices side by side, the columns numbered on. O(entries).
  package func batch(sideBySide blocks: [CSRMatrix]) -> Batch {
    let rows = (0..<(blocks.first?.rowCount ?? 0)).map { index in
      let row = take(blocks.reduce(0) { $0 + $1.entries(ofRow: index).count })
      var (filled, offset) = (0, 0)
      for block in blocks {
        let entries = block.entries(ofRow: index)
        copy(block, entries, columnsFrom: UInt32(offset), to: row, at: filled)
        filled += entries.count
        offset += block.columnCount
      }
      return row
    }
    return Batch(rows: rows, arena: self)
  }

  /// A copy of a row.
  func copy(_ row: SparseRows.Row) -> SparseRows.Row {
    let result = take(row.count)
    _ = result.update(fromContentsOf: row)
    return result
  }

  private func copy(
    _ block: CSRMatrix, _ entries: Range<Int>, columnsFrom offset: UInt32, to row: SparseRows.Row,
    at first: Int
  ) {
    block.columns.withUnsafeBufferPointer { columns in
      block.values.withUnsafeBufferPointer { values in
        for i in 0..<entries.count {
          let entry = entries.lowerBound &+ i
          row[first &+ i] = SparseRows.Entry(column: columns[entry] &+ offset, value: values[entry])
        }
      }
    }
  }

  /// Memory for a row.
  private func take(_ count: Int) -> SparseRows.Row {
    guard count > 0 else { return SparseRows.Row(start: nil, count: 0) }
    if pieces.isEmpty || pieces[pieces.count - 1].count - taken < count {
      addPiece(for: count)
    }
    defer { taken += count }
    return SparseRows.Row(start: pieces[pieces.count - 1].base + taken, count: count)
  }

  private func addPiece(for count: Int) {
    taken = 0
    if let piece = PageMemory<SparseRows.Entry>(reusingAtLeast: count, atMost: max(count, nextSize)) {
      pieces.append(piece)
    } else {
      pieces.append(PageMemory(zeroed: max(count, nextSize)))
      nextSize = min(Self.sizes.largest, 2 * nextSize)
    }
  }
}
