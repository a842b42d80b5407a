import NhanCore
import TestSupport
import Testing

@testable import NhanStages

@Suite struct PartitionedRowsTests {
  /// Rows of columns in any order, enough of them for several parts.
  private func matrix(rows: Int, columns: Int, seed: UInt64) -> CSRMatrix {
    let (matrix, _) = LogisticTests.problem(
      rows: rows, columns: columns, labels: 1, task: .multiLabel, seed: seed)
    var generator = SeededGenerator(seed: seed)
    var result = CSRMatrix(columnCount: columns)
    for row in 0..<rows {
      for entry in matrix.entries(ofRow: row).shuffled(using: &generator) {
        result.columns.append(matrix.columns[entry])
        result.values.append(matrix.values[entry])
      }
      result.closeRow()
    }
    return result
  }

  private func randomLanes(_ rows: Int, _ width: Int, seed: UInt64) -> LaneMatrix {
    var generator = SeededGenerator(seed: seed)
    let matrix = LaneMatrix(rows: rows, width: width)
    for i in 0..<rows * width { matrix.row(0)[i] = Float.random(in: -1...1, using: &generator) }
    return matrix
  }

  /// Few columns in every fourth row, any of very many.
  private func wideMatrix(rows: Int, columns: Int, seed: UInt64) -> CSRMatrix {
    var generator = SeededGenerator(seed: seed)
    var result = CSRMatrix(columnCount: columns)
    for row in 0..<rows {
      let end = row.isMultiple(of: 4) ? 500 : columns
      let own = Set((0..<60).map { _ in Int.random(in: 0..<end, using: &generator) })
      for column in own.sorted().shuffled(using: &generator) {
        result.columns.append(UInt32(column))
        result.values.append(Float.random(in: -1...1, using: &generator))
      }
      result.closeRow()
    }
    return result
  }

  @Test(arguments: [200, 300_000]) func everyEntryIsInThePartThatOwnsItsColumn(columns: Int) {
    let matrix =
      columns == 200
      ? matrix(rows: 300, columns: 200, seed: 31) : wideMatrix(rows: 300, columns: columns, seed: 39)
    let taken = SparseRows(matrix)
    check(PartitionedRows(taken, threads: 2), matrix)
    // What was taken over once, and so cut, can be again.
    check(PartitionedRows(taken, threads: 1), matrix)
    check(PartitionedRows(taken.selecting(rows: Array(0..<300)), threads: 1), matrix)
  }

  private func check(_ rows: PartitionedRows, _ matrix: CSRMatrix) {
    #expect(rows.partCount > 1 && rows.firstColumns.last == matrix.columnCount)
    var sizes = [Int](repeating: 0, count: rows.partCount)
    for row in 0..<matrix.rowCount {
      var found: [UInt32: Float] = [:]
      for part in 0..<rows.partCount {
        rows.forEachEntry(row: row, part: part) { column, value in
          #expect(rows.columns(ofPart: part).contains(column))
          found[UInt32(column)] = value
          sizes[part] += 1
        }
      }
      let entries = matrix.entries(ofRow: row)
      #expect(
        found == Dictionary(uniqueKeysWithValues: zip(matrix.columns[entries], matrix.values[entries])))
      let square = matrix.values[entries].reduce(0) { $0 + Double($1) * Double($1) }
      #expect(abs(rows.squaredNorms[row] - square) < 1e-4)
    }
    #expect(sizes.reduce(0, +) == matrix.entryCount)
    #expect(sizes.max()! < 2 * matrix.entryCount / rows.partCount)
  }

  @Test(arguments: [
    (4, 120), (8, 120), (12, 120), (16, 120), (20, 120), (36, 120), (8, 70_000), (20, 70_000),
  ])
  func productsAreTheDenseOnes(width: Int, columns: Int) {
    let matrix =
      columns == 120
      ? matrix(rows: 150, columns: 120, seed: 32) : wideMatrix(rows: 150, columns: columns, seed: 40)
    let operand = randomLanes(150, width, seed: 33)
    let rows = PartitionedRows(SparseRows(matrix), threads: 1)
    var byColumn = [Double](repeating: 0, count: columns * width)
    for row in 0..<150 {
      for entry in matrix.entries(ofRow: row) {
        for lane in 0..<width {
          byColumn[Int(matrix.columns[entry]) * width + lane] +=
            Double(matrix.values[entry]) * Double(operand.row(row)[lane])
        }
      }
    }
    let weights = randomLanes(columns, width, seed: 34)  // to be overwritten
    rows.transposedProduct(operand, into: weights, threads: 3)
    #expect(byColumn.indices.allSatisfy { abs(Double(weights.row(0)[$0]) - byColumn[$0]) < 1e-4 })
    let product = rows.product(weights, threads: 3)
    for row in 0..<150 {
      for lane in 0..<width {
        var expected = 0.0
        for entry in matrix.entries(ofRow: row) {
          expected += Double(matrix.values[entry]) * byColumn[Int(matrix.columns[entry]) * width + lane]
        }
        #expect(abs(Double(product.row(row)[lane]) - expected) < 1e-3)
      }
    }
  }

  @Test func sameBytesAtAnyNumberOfThreads() {
    let matrix = matrix(rows: 700, columns: 90, seed: 35)
    let operand = randomLanes(700, 8, seed: 36)
    let results = [1, 2, 3, 5].map { threads in
      let rows = PartitionedRows(SparseRows(matrix), threads: threads)
      let weights = LaneMatrix(rows: 90, width: 8)
      rows.transposedProduct(operand, into: weights, threads: threads)
      let product = rows.product(weights, threads: threads)
      return (0..<90 * 8).map { weights.row(0)[$0] } + (0..<700 * 8).map { product.row(0)[$0] }
    }
    for result in results { #expect(result == results[0]) }
  }

  @Test func hugeValuesAreScaledByAPowerOfTwo() {
    var matrix = CSRMatrix(columnCount: 2)
    matrix.columns = [0, 1]
    matrix.values = [3e30, 5]
    matrix.closeRow()
    let rows = PartitionedRows(SparseRows(matrix), threads: 1)
    #expect(rows.scale.significand == 1 && rows.squaredNorms[0] < 4)
    #expect(PartitionedRows(SparseRows(self.matrix(rows: 5, columns: 5, seed: 37)), threads: 1).scale == 1)
  }

  @Test func thereMayBeNothing() {
    for (rowCount, columnCount) in [(0, 3), (2, 3), (2, 0)] {
      var matrix = CSRMatrix(columnCount: columnCount)
      for _ in 0..<rowCount { matrix.closeRow() }
      let rows = PartitionedRows(SparseRows(matrix), threads: 2)
      let weights = randomLanes(columnCount, 4, seed: 38)
      rows.transposedProduct(LaneMatrix(rows: rowCount, width: 4), into: weights, threads: 2)
      #expect((0..<4 * columnCount).allSatisfy { weights.row(0)[$0] == 0 })
      let product = rows.product(weights, threads: 2)
      #expect(product.rowCount == rowCount)
    }
  }
}
