import NhanCore

/// The rows of a training matrix in both orders, for products with dense matrices of few columns.
///
/// X·W goes over rows and Xᵀ·R over columns, so each result element is written by one thread in one order, and sums are
/// the same at any number of threads. The dense operand of each product is indexed by column or row with all
/// labels of it side by side.
struct SparseProducts: Sendable {
  let rows: CSRMatrix
  /// The same entries by column: column `j` has the entries `columnStarts[j]..<columnStarts[j + 1]`.
  private let columnStarts: [Int]
  private let rowIndices: [UInt32]
  private let columnValues: [Float]
  /// Columns in runs of about equally many entries: the unit of parallel work.
  private let columnChunks: [Range<Int>]
  private let rowChunks: [Range<Int>]

  /// Transposes by counting sort. O(entries + columns).
  init(_ rows: CSRMatrix) {
    self.rows = rows
    var starts = [Int](repeating: 0, count: rows.columnCount + 1)
    for column in rows.columns { starts[Int(column) + 1] += 1 }
    for column in 0..<rows.columnCount { starts[column + 1] += starts[column] }
    var next = starts
    var indices = [UInt32](repeating: 0, count: rows.entryCount)
    var values = [Float](repeating: 0, count: rows.entryCount)
    for row in 0..<rows.rowCount {
      for entry in rows.entries(ofRow: row) {
        let column = Int(rows.columns[entry])
        indices[next[column]] = UInt32(row)
        values[next[column]] = rows.values[entry]
        next[column] += 1
      }
    }
    columnStarts = starts
    rowIndices = indices
    columnValues = values
    columnChunks = Self.chunks(columnStarts)
    rowChunks = Self.chunks(rows.rowStarts)
  }

  /// Cuts `0..<starts.count - 1` into runs of about 2^16 entries.
  private static func chunks(_ starts: [Int]) -> [Range<Int>] {
    var chunks: [Range<Int>] = []
    var first = 0
    for index in 1..<max(1, starts.count)
    where starts[index] - starts[first] >= 1 << 16 || index == starts.count - 1 {
      chunks.append(first..<index)
      first = index
    }
    return chunks
  }

  /// `product[row][label] = Σ value · dense[column][label]`; both row-major with `labels` in a row.
  /// 2 · entries · labels floating point operations.
  func multiply(
    _ dense: UnsafePointer<Double>, labels: Int, into product: UnsafeMutablePointer<Double>, threads: Int
  ) {
    let dense = DisjointMemory(UnsafeMutablePointer(mutating: dense))
    let product = DisjointMemory(product)
    run(rowChunks, threads) { chunk in
      rows.columns.withUnsafeBufferPointer { columns in
        rows.values.withUnsafeBufferPointer { values in
          for row in chunk {
            Self.accumulate(
              rows.entries(ofRow: row), columns, values, dense.base, labels, into: product.base + row * labels
            )
          }
        }
      }
    }
  }

  /// `product[column][label] = Σ value · dense[row][label]`: the transposed product.
  func multiplyTransposed(
    _ dense: UnsafePointer<Double>, labels: Int, into product: UnsafeMutablePointer<Double>, threads: Int
  ) {
    let dense = DisjointMemory(UnsafeMutablePointer(mutating: dense))
    let product = DisjointMemory(product)
    run(columnChunks, threads) { chunk in
      rowIndices.withUnsafeBufferPointer { indices in
        columnValues.withUnsafeBufferPointer { values in
          for column in chunk {
            Self.accumulate(
              columnStarts[column]..<columnStarts[column + 1], indices, values, dense.base, labels,
              into: product.base + column * labels)
          }
        }
      }
    }
  }

  private func run(_ chunks: [Range<Int>], _ threads: Int, _ body: @Sendable (Range<Int>) -> Void) {
    // The body does not throw, so neither does the loop.
    try? Parallel.forEach(count: chunks.count, threads: threads) { item, _ in body(chunks[item]) }
  }

  /// `sum[label] = Σ over entries of value · dense[index][label]`.
  @inline(__always)
  private static func accumulate(
    _ entries: Range<Int>, _ indices: UnsafeBufferPointer<UInt32>, _ values: UnsafeBufferPointer<Float>,
    _ dense: UnsafePointer<Double>, _ labels: Int, into sum: UnsafeMutablePointer<Double>
  ) {
    var label = 0
    // Four labels at a time in registers; what is left, one by one.
    while label + 4 <= labels {
      var total = SIMD4<Double>(repeating: 0)
      for entry in entries {
        let at = Int(indices[entry]) &* labels &+ label
        let four = UnsafeRawPointer(dense + at).loadUnaligned(as: SIMD4<Double>.self)
        total += four * Double(values[entry])
      }
      UnsafeMutableRawPointer(sum + label).storeBytes(of: total, as: SIMD4<Double>.self)
      label += 4
    }
    while label < labels {
      var total = 0.0
      for entry in entries {
        let at = Int(indices[entry]) &* labels &+ label
        total += dense[at] * Double(values[entry])
      }
      sum[label] = total
      label += 1
    }
  }
}
