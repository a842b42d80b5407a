/// A sparse matrix in compressed sparse row form: the rows of features that extractors give and classifiers
/// read, a batch at a time.
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
