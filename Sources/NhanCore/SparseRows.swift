/// The feature rows of many documents, each left where the thread that made it has put it: what classifiers learn from.
/// Nothing moves when more come.
///
/// Whoever learns from rows takes them over, and may change the order of a row's entries, and their values, in place; no two
/// threads touch one row at once.
public final class SparseRows: @unchecked Sendable {
  /// The number of columns; that of every entry is smaller.
  public let columnCount: Int
  /// The rows.
  public private(set) var rows: [SparseRow] = []
  /// The number of entries of all rows.
  public private(set) var entryCount = 0
  /// What owns the memory of the rows.
  private var arenas: [RowArena] = []

  /// No rows yet.
  public init(columnCount: Int) { self.columnCount = columnCount }

  /// The rows of a matrix, copied. O(entries).
  public convenience init(_ matrix: CSRMatrix) {
    self.init(columnCount: matrix.columnCount)
    append(RowArena().batch(sideBySide: [matrix]))
  }

  /// Appends rows that a thread has made. O(rows).
  package func append(_ batch: RowArena.Batch) {
    rows += batch.rows
    entryCount += batch.rows.reduce(0) { $0 + $1.count }
    if !arenas.contains(where: { $0 === batch.arena }) { arenas.append(batch.arena) }
  }

  /// Leaves out some of the rows. O(rows).
  package func remove(_ unwanted: Set<Int>) {
    rows = rows.indices.filter { !unwanted.contains($0) }.map { rows[$0] }
    entryCount = rows.reduce(0) { $0 + $1.count }
  }

  /// Gives the memory of all rows back; nobody uses them any more.
  package func removeAll() { (rows, entryCount, arenas) = ([], 0, []) }

  /// Tells how many slots each row has, where it was cut into other runs. O(rows).
  package func setSlotCounts(_ count: (_ row: Int) -> UInt32) {
    for row in rows.indices { rows[row].slotCount = count(row) }
  }

  /// A copy of some of the rows, in the order given. O(entries taken).
  public func selecting(rows chosen: [Int]) -> SparseRows {
    let result = SparseRows(columnCount: columnCount)
    let arena = RowArena(expected: chosen.reduce(0) { $0 + RowArena.room(for: rows[$1]) })
    result.append(RowArena.Batch(rows: chosen.map { arena.copy(rows[$0]) }, arena: arena))
    return result
  }

  /// Some of the rows, in the order given, as one matrix. O(entries taken).
  public func matrix(ofRows chosen: [Int]) -> CSRMatrix {
    var result = CSRMatrix(columnCount: columnCount)
    let count = chosen.reduce(0) { $0 + rows[$1].count }
    result.columns.reserveCapacity(count)
    result.values.reserveCapacity(count)
    for row in chosen {
      rows[row].forEach { column, value in
        result.columns.append(UInt32(column))
        result.values.append(value)
      }
      result.closeRow()
    }
    return result
  }
}
