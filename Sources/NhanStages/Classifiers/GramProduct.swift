import NhanCore

/// Products with the Gram matrix X·Xᵀ of the training rows, without ever making it.
///
/// Holds X by column. For each column the product first gathers u = Σ value · a[row] and at once scatters
/// value · u to p[row], so the data stream by once and everything else stays in the cache: the dense operands have
/// as many rows as there are documents, not as there are features.
struct GramProduct: Sendable {
  /// Rows of X.
  let rowCount: Int
  /// Columns of X.
  let columnCount: Int
  /// Column `j` has the entries `starts[j]..<starts[j + 1]`.
  private let starts: [Int]
  private let rows: [UInt32]
  private let values: [Float]
  /// Columns in runs of about equally many entries. Fixed by the data alone: each run adds up its own product, and these
  /// are added in order, so that the sums do not depend on the number of threads.
  private let chunks: [Range<Int>]

  private static let maximumChunks = 8

  /// Transposes by counting sort. O(entries + columns).
  init(_ matrix: CSRMatrix) {
    rowCount = matrix.rowCount
    columnCount = matrix.columnCount
    var starts = [Int](repeating: 0, count: matrix.columnCount + 1)
    for column in matrix.columns { starts[Int(column) + 1] += 1 }
    for column in 0..<matrix.columnCount { starts[column + 1] += starts[column] }
    var next = starts
    var rows = [UInt32](repeating: 0, count: matrix.entryCount)
    var values = [Float](repeating: 0, count: matrix.entryCount)
    for row in 0..<matrix.rowCount {
      for entry in matrix.entries(ofRow: row) {
        let column = Int(matrix.columns[entry])
        rows[next[column]] = UInt32(row)
        values[next[column]] = matrix.values[entry]
        next[column] += 1
      }
    }
    chunks = Self.chunks(starts)
    self.starts = starts
    self.rows = rows
    self.values = values
  }

  private static func chunks(_ starts: [Int]) -> [Range<Int>] {
    let columns = starts.count - 1
    let size = max(1 << 14, (starts[columns] + maximumChunks - 1) / maximumChunks)
    var chunks: [Range<Int>] = []
    var first = 0
    for column in 0..<columns where starts[column + 1] - starts[first] >= size || column == columns - 1 {
      chunks.append(first..<column + 1)
      first = column + 1
    }
    return chunks
  }

  /// `product ← X·Xᵀ·operand`, both row-major with `width` elements a row, a multiple of four.
  /// 4 · entries · width floating point operations.
  func multiply(_ operand: [Double], width: Int, into product: inout [Double], threads: Int) {
    precondition(width % 4 == 0 && operand.count == rowCount * width && product.count == operand.count)
    let count = product.count
    var parts = [Double](repeating: 0, count: max(1, chunks.count) * count)
    operand.withUnsafeBufferPointer { operand in
      parts.withUnsafeMutableBufferPointer { parts in
        let operand = DisjointMemory(UnsafeMutablePointer(mutating: operand.baseAddress!))
        let parts = DisjointMemory(parts.baseAddress!)
        run(threads) { item in
          accumulate(chunks[item], operand.base, width, into: parts.base + item * count)
        }
      }
    }
    for i in 0..<count { product[i] = parts[i] }
    for part in 1..<max(1, chunks.count) {
      parts.withUnsafeBufferPointer {
        BLAS.addScaled(1, $0.baseAddress! + part * count, to: &product, count: count)
      }
    }
  }

  /// Adds the columns' part of the product.
  private func accumulate(
    _ columns: Range<Int>, _ operand: UnsafePointer<Double>, _ width: Int,
    into product: UnsafeMutablePointer<Double>
  ) {
    rows.withUnsafeBufferPointer { rows in
      values.withUnsafeBufferPointer { values in
        let source = UnsafeRawPointer(operand)
        let target = UnsafeMutableRawPointer(product)
        let stride = width &* MemoryLayout<Double>.stride
        for column in columns {
          let entries = starts[column]..<starts[column + 1]
          var block = 0
          while block < stride {
            var sum = SIMD4<Double>(repeating: 0)
            for entry in entries {
              let four = source.loadUnaligned(
                fromByteOffset: Int(rows[entry]) &* stride &+ block, as: SIMD4<Double>.self)
              sum += four * Double(values[entry])
            }
            for entry in entries {
              let at = Int(rows[entry]) &* stride &+ block
              let four = target.loadUnaligned(fromByteOffset: at, as: SIMD4<Double>.self)
              target.storeBytes(
                of: four + sum * Double(values[entry]), toByteOffset: at, as: SIMD4<Double>.self)
            }
            block &+= MemoryLayout<SIMD4<Double>>.stride
          }
        }
      }
    }
  }

  /// Xᵀ·operand as `[column][label]` with `labels` elements a column, of an operand with `width` a row.
  func weights(_ operand: [Double], width: Int, labels: Int, threads: Int) -> [Float] {
    var weights = [Float](repeating: 0, count: columnCount * labels)
    weights.withUnsafeMutableBufferPointer { weights in
      operand.withUnsafeBufferPointer { operand in
        let weights = DisjointMemory(weights.baseAddress!)
        let operand = DisjointMemory(UnsafeMutablePointer(mutating: operand.baseAddress!))
        run(threads) { item in
          for column in chunks[item] {
            for label in 0..<labels {
              var sum = 0.0
              for entry in starts[column]..<starts[column + 1] {
                sum += operand.base[Int(rows[entry]) &* width &+ label] * Double(values[entry])
              }
              weights.base[column * labels + label] = Float(sum)
            }
          }
        }
      }
    }
    return weights
  }

  private func run(_ threads: Int, _ body: @Sendable (Int) -> Void) {
    // The body does not throw, so neither does the loop.
    try? Parallel.forEach(count: chunks.count, threads: threads) { item, _ in body(item) }
  }
}
