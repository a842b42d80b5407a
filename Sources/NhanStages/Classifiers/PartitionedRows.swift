import CLinux
import NhanCore

/// Training rows for products with matrices `[column][lane]`, the entries of each row sorted into parts by column.
///
/// A part owns a range of the columns, so the threads of a product write apart, and while a few rows pass through a part,
/// its frequent columns stay in the cache. How many parts there are, and where they begin, depends on the data alone:
/// sums over parts are taken in their order, so that they do not depend on the number of threads.
///
/// Matrices and operands have rows of `width` elements, a multiple of four: a label has a lane. Sendable because the rows
/// are only read once they are sorted.
struct PartitionedRows: @unchecked Sendable {
  /// Columns of the matrix.
  let columnCount: Int
  /// What values were multiplied by, to stay far from overflow: 1 unless some are huge.
  let scale: Float
  /// By part: its first column, and at the end the number of columns.
  let firstColumns: [Int]
  /// By row: ‖x‖².
  let squaredNorms: [Double]
  private let rows: [SparseRow]
  /// What owns their memory.
  private let owner: SparseRows
  /// Row `i` has in part `p` its slots `bounds[i * (partCount + 1) + p]..<bounds[i * (partCount + 1) + p + 1]`.
  private let bounds: [UInt32]

  /// Rows of the matrix.
  var rowCount: Int { rows.count }
  /// Parts that the columns are cut into; the last may own none.
  var partCount: Int { firstColumns.count - 1 }

  /// The columns that a part owns.
  func columns(ofPart part: Int) -> Range<Int> { firstColumns[part]..<firstColumns[part + 1] }

  /// Takes rows over and sorts their entries where they are. O(entries + columns).
  init(_ matrix: SparseRows, threads: Int) {
    owner = matrix
    rows = matrix.rows
    columnCount = matrix.columnCount
    let buckets = ColumnBuckets(matrix, threads: threads)
    firstColumns = buckets.firstColumns
    var sorted = Self.sort(rows, buckets, threads: threads)
    scale = Self.scale(rows, greatest: sorted.greatest)
    if scale != 1 { sorted = Self.sort(rows, buckets, threads: threads) }
    (bounds, squaredNorms) = (sorted.bounds, sorted.squaredNorms)
    matrix.setSlotCounts { sorted.bounds[$0 * (buckets.partCount + 1) + buckets.partCount] }
  }

  /// Multiplies by a power of two that brings values beyond 2³⁰ down to 1, if there are any, and returns it; else 1.
  private static func scale(_ rows: [SparseRow], greatest: Float) -> Float {
    guard greatest.isFinite, greatest > 0x1p30 else { return 1 }
    let scale = Float(sign: .plus, exponent: -Int(greatest.exponent), significand: 1)
    for row in rows { row.multiply(by: scale) }
    return scale
  }

  /// Sorts each row by buckets of columns, stably, and tells where the parts of the rows begin, ‖row‖², and the greatest
  /// magnitude of a value.
  private static func sort(
    _ rows: [SparseRow], _ buckets: ColumnBuckets, threads: Int
  ) -> (bounds: [UInt32], squaredNorms: [Double], greatest: Float) {
    let width = buckets.partCount + 1
    var bounds = [UInt32](repeating: 0, count: rows.count * width)
    var squaredNorms = [Double](repeating: 0, count: rows.count)
    let chunks = Parallel.chunks(of: rows.count, size: 256)
    var greatest = [Float](repeating: 0, count: chunks.count)
    // Each row is touched by one thread.
    nonisolated(unsafe) let rows = rows
    bounds.withUnsafeMutableBufferPointer { bounds in
      squaredNorms.withUnsafeMutableBufferPointer { squaredNorms in
        greatest.withUnsafeMutableBufferPointer { greatest in
          guard let bounds = bounds.baseAddress, let norms = squaredNorms.baseAddress,
            let greatest = greatest.baseAddress
          else { return }
          let memory = (DisjointMemory(bounds), DisjointMemory(norms), DisjointMemory(greatest))
          Parallel.run(count: chunks.count, threads: threads) { chunk in
            let sorter = RowSorter(buckets, longest: rows[chunks[chunk]].reduce(0) { max($0, $1.count) })
            for row in chunks[chunk] {
              memory.1.base[row] = sorter.sort(rows[row], bounds: memory.0.base + row * width)
            }
            memory.2.base[chunk] = sorter.greatest
          }
        }
      }
    }
    return (bounds, squaredNorms, greatest.max() ?? 0)
  }

  // MARK: Products of single rows with a part

  /// What a row has in a part.
  @inline(__always)
  private func slots(row: Int, part: Int) -> SparseRow.Slots {
    let at = row &* (partCount &+ 1) &+ part
    let base = rows[row].base
    return SparseRow.Slots(
      start: base + Int(bounds[at]) &* SparseRow.stride, end: base + Int(bounds[at &+ 1]) &* SparseRow.stride)
  }

  /// How many rows ahead of the one in hand its entries are asked for.
  private static let lead = 4
  private static let cacheLine = 64

  /// Has the entries of a row in a part fetched.
  @inline(__always)
  func ask(row: Int, part: Int) {
    let slots = slots(row: row, part: part)
    for offset in stride(from: 0, to: slots.end - slots.start, by: Self.cacheLine) {
      nhan_prefetch(slots.start + offset)
    }
  }

  /// Calls `body` with each of some rows, whose entries in a part have been asked for.
  @inline(__always)
  func forEach(_ rows: Range<Int>, part: Int, _ body: (Int) -> Void) {
    for row in rows {
      if row &+ Self.lead < rows.upperBound { ask(row: row &+ Self.lead, part: part) }
      body(row)
    }
  }

  /// `sums[lane] += Σ value · matrix[column][lane]` over the entries of a row in a part.
  @inline(__always)
  func gather(
    row: Int, part: Int, _ matrix: UnsafePointer<Float>, width: Int, into sums: UnsafeMutablePointer<Float>
  ) {
    let slots = slots(row: row, part: part)
    var lane = 0
    while lane < width {
      let (from, to) = (UnsafeRawPointer(matrix + lane), UnsafeMutableRawPointer(sums + lane))
      switch width &- lane {
      case 4: Kernel.gather(1, slots, from, width, to)
      case 8: Kernel.gather(2, slots, from, width, to)
      case 12: Kernel.gather(3, slots, from, width, to)
      default: Kernel.gather(4, slots, from, width, to)
      }
      lane &+= 16
    }
  }

  /// `matrix[column][lane] += value · operand[lane]` for the entries of a row in a part.
  @inline(__always)
  func scatter(
    row: Int, part: Int, _ operand: UnsafePointer<Float>, width: Int, into matrix: UnsafeMutablePointer<Float>
  ) {
    let slots = slots(row: row, part: part)
    var lane = 0
    while lane < width {
      let (from, to) = (UnsafeRawPointer(operand + lane), UnsafeMutableRawPointer(matrix + lane))
      switch width &- lane {
      case 4: Kernel.scatter(1, slots, from, width, to)
      case 8: Kernel.scatter(2, slots, from, width, to)
      case 12: Kernel.scatter(3, slots, from, width, to)
      default: Kernel.scatter(4, slots, from, width, to)
      }
      lane &+= 16
    }
  }

  /// Calls `body` with the column and value of each entry of a row in a part.
  @inline(__always)
  func forEachEntry(row: Int, part: Int, _ body: (Int, Float) -> Void) {
    slots(row: row, part: part).forEach(body)
  }

  // MARK: Products of all rows

  /// Rows that pass together through the parts: so many that what they have of a part, over and over the same columns, is
  /// found in the cache.
  private static let blockSize = 8192

  /// `result ← Xᵀ·operand`. 2 · entries · width floating point operations.
  func transposedProduct(_ operand: LaneMatrix, into result: LaneMatrix, threads: Int) {
    precondition(
      operand.rowCount == rowCount && result.rowCount == columnCount && operand.width == result.width)
    let width = operand.width
    forEachBlock(threads: threads) { part, rows in
      if rows.lowerBound == 0 { result.clear(columns(ofPart: part)) }
      forEach(rows, part: part) { row in
        scatter(row: row, part: part, operand.row(row), width: width, into: result.row(0))
      }
    }
  }

  /// X·matrix. 2 · entries · width floating point operations.
  func product(_ matrix: LaneMatrix, threads: Int) -> LaneMatrix {
    precondition(matrix.rowCount == columnCount)
    let result = LaneMatrix(rows: rowCount, width: matrix.width)
    let share = (rowCount + threads - 1) / max(1, threads)
    let chunks = Parallel.chunks(of: rowCount, size: min(Self.blockSize, max(1, share)))
    Parallel.run(count: chunks.count, threads: threads) { chunk in
      for part in 0..<partCount {
        forEach(chunks[chunk], part: part) { row in
          gather(row: row, part: part, matrix.row(0), width: matrix.width, into: result.row(row))
        }
      }
    }
    return result
  }

  /// Calls `body` with every part and, in order, all rows in blocks; the parts of a block at once, the blocks of a part one
  /// after the other. If there are no rows, with no rows once.
  func forEachBlock(threads: Int, _ body: @Sendable (_ part: Int, _ rows: Range<Int>) -> Void) {
    let blocks = max(1, (rowCount + Self.blockSize - 1) / Self.blockSize)
    PhasedWork.run(phases: blocks, items: partCount, threads: threads) { block, part in
      body(part, block * Self.blockSize..<min(rowCount, (block + 1) * Self.blockSize))
    }
  }
}

/// The inner loops, for one to four vectors of four lanes. `vectors` is a literal, so that what it rules out is gone after
/// inlining and the sums stay in registers.
private enum Kernel {
  @inline(__always)
  static func gather(
    _ vectors: Int, _ slots: SparseRow.Slots, _ matrix: UnsafeRawPointer, _ width: Int,
    _ sums: UnsafeMutableRawPointer
  ) {
    var (a, b, c, d) = (SIMD4<Float>.zero, SIMD4<Float>.zero, SIMD4<Float>.zero, SIMD4<Float>.zero)
    for run in slots {
      let first = matrix + run.firstColumn &* (width &* 4)
      for entry in run {
        let from = first + Int(SparseRow.column(entry)) &* (width &* 4)
        let value = SparseRow.value(entry)
        a += from.loadUnaligned(as: SIMD4<Float>.self) * value
        if vectors > 1 { b += from.loadUnaligned(fromByteOffset: 16, as: SIMD4<Float>.self) * value }
        if vectors > 2 { c += from.loadUnaligned(fromByteOffset: 32, as: SIMD4<Float>.self) * value }
        if vectors > 3 { d += from.loadUnaligned(fromByteOffset: 48, as: SIMD4<Float>.self) * value }
      }
    }
    add(a, to: sums)
    if vectors > 1 { add(b, to: sums + 16) }
    if vectors > 2 { add(c, to: sums + 32) }
    if vectors > 3 { add(d, to: sums + 48) }
  }

  @inline(__always)
  static func scatter(
    _ vectors: Int, _ slots: SparseRow.Slots, _ operand: UnsafeRawPointer, _ width: Int,
    _ matrix: UnsafeMutableRawPointer
  ) {
    let a = operand.loadUnaligned(as: SIMD4<Float>.self)
    let b = vectors > 1 ? operand.loadUnaligned(fromByteOffset: 16, as: SIMD4<Float>.self) : a
    let c = vectors > 2 ? operand.loadUnaligned(fromByteOffset: 32, as: SIMD4<Float>.self) : a
    let d = vectors > 3 ? operand.loadUnaligned(fromByteOffset: 48, as: SIMD4<Float>.self) : a
    for run in slots {
      let first = matrix + run.firstColumn &* (width &* 4)
      for entry in run {
        let to = first + Int(SparseRow.column(entry)) &* (width &* 4)
        let value = SparseRow.value(entry)
        add(a * value, to: to)
        if vectors > 1 { add(b * value, to: to + 16) }
        if vectors > 2 { add(c * value, to: to + 32) }
        if vectors > 3 { add(d * value, to: to + 48) }
      }
    }
  }

  @inline(__always)
  private static func add(_ four: SIMD4<Float>, to target: UnsafeMutableRawPointer) {
    target.storeBytes(of: target.loadUnaligned(as: SIMD4<Float>.self) + four, as: SIMD4<Float>.self)
  }
}

extension Parallel {
  /// `forEach` for a body that does not throw and needs no scratch memory.
  static func run(count: Int, threads: Int, _ body: @Sendable (Int) -> Void) {
    try? forEach(count: count, threads: threads) { item, _ in body(item) }
  }
}
