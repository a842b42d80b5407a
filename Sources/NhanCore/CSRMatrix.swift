/// A sparse matrix in compressed sparse row form: the rows of features that extractors give and classifiers
/// read.
///
/// Row `i` has the entries `rowStarts[i]..<rowStarts[i + 1]` of `columns` and `values`.
public struct CSRMatrix: Sendable, Equatable {
  /// The number of columns; every element of `columns` is smaller.
  public var columnCount: Int
  /// Where each row starts; `rowCount + 1` elements, the first 0, never falling.
  public private(set) var rowStarts: [Int] = [0]
  /// The columns of the entries; within a row each at most once.
  public var columns: [UInt32] = []
  /// The values of the entries.
  public var values: [Float] = []

  /// A matrix without rows.
  public init(columnCount: Int) { self.columnCount = columnCount }

  /// The number of rows.
  public var rowCount: Int { rowStarts.count - 1 }
  /// The number of stored entries.
  public var entryCount: Int { columns.count }

  /// The entries of row `i`, as a range of `columns` and `values`.
  public func entries(ofRow i: Int) -> Range<Int> { rowStarts[i]..<rowStarts[i + 1] }

  /// Closes the row whose entries have been appended to `columns` and `values`.
  public mutating func closeRow() {
    assert(columns.count == values.count)
    rowStarts.append(columns.count)
  }

  /// Appends a row of these entries. O(entries).
  public mutating func appendRow(columns: UnsafeBufferPointer<UInt32>, values: UnsafeBufferPointer<Float>) {
    precondition(columns.count == values.count)
    self.columns.append(contentsOf: columns)
    self.values.append(contentsOf: values)
    closeRow()
  }

  /// Forgets the rows and keeps the memory.
  public mutating func removeAllRows() {
    rowStarts.removeAll(keepingCapacity: true)
    rowStarts.append(0)
    columns.removeAll(keepingCapacity: true)
    values.removeAll(keepingCapacity: true)
  }

  /// Appends all rows of `other`, which has the same columns. O(entries of `other`).
  public mutating func append(rowsOf other: CSRMatrix) {
    precondition(other.columnCount == columnCount)
    let base = columns.count
    columns.append(contentsOf: other.columns)
    values.append(contentsOf: other.values)
    rowStarts.append(contentsOf: other.rowStarts.dropFirst().lazy.map { $0 + base })
  }

  /// Makes room, if the rows so far are about this share of all that are to come, so that growing does not double the
  /// memory.
  public mutating func reserve(rowShare: Double) {
    guard rowShare > 0, rowShare < 1 else { return }
    let expected = Int(Double(entryCount) / rowShare * 1.05)
    columns.reserveHugePages(expected)
    values.reserveHugePages(expected)
  }

  /// The matrix of some of the rows, in the order given. O(entries taken).
  public func selecting(rows: [Int]) -> CSRMatrix {
    var result = CSRMatrix(columnCount: columnCount)
    result.rowStarts.reserveCapacity(rows.count + 1)
    for row in rows {
      let range = entries(ofRow: row)
      result.columns.append(contentsOf: columns[range])
      result.values.append(contentsOf: values[range])
      result.closeRow()
    }
    return result
  }

  /// Matrices of the same rows side by side, the columns numbered on. O(entries).
  public static func concatenatingColumns(of blocks: [CSRMatrix]) -> CSRMatrix {
    if blocks.count == 1 { return blocks[0] }
    var result = CSRMatrix(columnCount: blocks.reduce(0) { $0 + $1.columnCount })
    let count = blocks.reduce(0) { $0 + $1.entryCount }
    result.values.reserveCapacity(count)
    result.columns = [UInt32](unsafeUninitializedCapacity: count) { columns, filled in
      for row in 0..<(blocks.first?.rowCount ?? 0) {
        var offset: UInt32 = 0
        for block in blocks {
          let range = block.entries(ofRow: row)
          block.columns.withUnsafeBufferPointer {
            for entry in range {
              columns[filled] = $0[entry] &+ offset
              filled &+= 1
            }
          }
          result.values.append(contentsOf: block.values[range])
          offset += UInt32(block.columnCount)
        }
        result.rowStarts.append(filled)
      }
    }
    return result
  }
}
