import NhanCore
import TestSupport
import Testing

/// Rows left where they were made, against a matrix of the same rows.
@Suite struct SparseRowsTests {
  private static func matrix(rows: Int, columns: Int, longest: Int, seed: UInt64) -> CSRMatrix {
    var generator = SeededGenerator(seed: seed)
    var matrix = CSRMatrix(columnCount: columns)
    for _ in 0..<rows {
      let count = Int.random(in: 0...min(longest, columns), using: &generator)
      for column in (0..<columns).shuffled(using: &generator).prefix(count) {
        matrix.columns.append(UInt32(column))
        matrix.values.append(Float(generator.unit()))
      }
      matrix.closeRow()
    }
    return matrix
  }

  private static func entries(_ matrix: CSRMatrix, _ row: Int) -> [SparseRows.Entry] {
    matrix.entries(ofRow: row).map { SparseRows.Entry(column: matrix.columns[$0], value: matrix.values[$0]) }
  }

  @Test func ofAMatrixAndBack() {
    let matrix = Self.matrix(rows: 50, columns: 30, longest: 30, seed: 1)
    let rows = SparseRows(matrix)
    #expect(rows.columnCount == 30 && rows.entryCount == matrix.entryCount)
    #expect(rows.matrix(ofRows: Array(0..<50)) == matrix)
    #expect(rows.matrix(ofRows: []) == CSRMatrix(columnCount: 30))
  }

  /// Also where a batch takes more than one piece of memory, and a row more than the first piece has.
  @Test(arguments: [(3, 40), (200, 90), (3, 20_000)])
  func sideBySideFromSeveralThreads(rowCount: Int, columnCount: Int) {
    let rows = SparseRows(columnCount: 2 * columnCount + 5)
    let arenas = [RowArena(), RowArena()]
    var expected: [[SparseRows.Entry]] = []
    for batch in 0..<5 {
      let blocks = [columnCount, 5, columnCount].enumerated().map {
        Self.matrix(rows: rowCount, columns: $1, longest: $1, seed: UInt64(10 * batch + $0))
      }
      for row in 0..<rowCount {
        var offset: UInt32 = 0
        expected.append([])
        for block in blocks {
          expected[expected.count - 1] += Self.entries(block, row).map {
            SparseRows.Entry(column: $0.column + offset, value: $0.value)
          }
          offset += UInt32(block.columnCount)
        }
      }
      rows.append(arenas[batch % 2].batch(sideBySide: blocks))
    }
    #expect(rows.rows.map(Array.init) == expected)
    #expect(rows.entryCount == expected.reduce(0) { $0 + $1.count })
  }

  @Test func aSelectionIsACopy() {
    let matrix = Self.matrix(rows: 20, columns: 9, longest: 9, seed: 2)
    let rows = SparseRows(matrix)
    let chosen = [7, 3, 3, 19]
    let copy = rows.selecting(rows: chosen)
    for row in copy.rows { for index in row.indices { row[index].value = -1 } }
    #expect(rows.matrix(ofRows: Array(0..<20)) == matrix)
    #expect(copy.rows.map(\.count) == chosen.map { matrix.entries(ofRow: $0).count })
    #expect(copy.matrix(ofRows: [0]).values.allSatisfy { $0 == -1 })
  }

  @Test func rowsThatFailedAreLeftOut() {
    let matrix = Self.matrix(rows: 6, columns: 9, longest: 9, seed: 3)
    let rows = SparseRows(matrix)
    rows.remove([0, 4])
    #expect(rows.rows.map(Array.init) == [1, 2, 3, 5].map { Self.entries(matrix, $0) })
    #expect(rows.entryCount == [1, 2, 3, 5].reduce(0) { $0 + matrix.entries(ofRow: $1).count })
  }
}
