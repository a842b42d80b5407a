/// The feature rows of many documents, each left where the thread that made it has put it: what classifiers learn from.
/// Nothing moves when more come.
///
/// Whoever learns from rows takes them over, and may change the order of a row's entries, and their values, in place; no two
/// threads touch one row at once.
public final class SparseRows: @unchecked Sendable {
  /// A column of a row that is not zero.
  public struct Entry: BitwiseCopyable, Sendable, Equatable {
    /// The column.
    public var column: UInt32
    /// The value there.
    public var value: Float

    /// Makes an entry.
    @inline(__always)
    public init(column: UInt32, value: Float) { (self.column, self.value) = (column, value) }
  }

  /// The entries of a row, each column at most once.
  public typealias Row = UnsafeMutableBufferPointer<Entry>

  /// The number of columns; that of every entry is smaller.
  public let columnCount: Int
  /// The rows.
  public private(set) var rows: [Row] = []
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

  /// A copy of some of the rows, in the order given. O(entries taken).
  public func selecting(rows chosen: [Int]) -> SparseRows {
    let result = SparseRows(columnCount: columnCount)
    let arena = RowArena(expected: chosen.reduce(0) { $0 + rows[$1].count })
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
      result.columns.append(contentsOf: rows[row].lazy.map(\.column))
      result.values.append(contentsOf: rows[row].lazy.map(\.value))
      result.closeRow()
    }
    return result
  }
}
