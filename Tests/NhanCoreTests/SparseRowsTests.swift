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
      var chosen: Set<Int> = []
      while chosen.count < count { chosen.insert(Int.random(in: 0..<columns, using: &generator)) }
      for column in chosen.sorted().shuffled(using: &generator) {
        matrix.columns.append(UInt32(column))
        matrix.values.append(Float(generator.unit()))
      }
      matrix.closeRow()
    }
    return matrix
  }

  private static func entries(_ matrix: CSRMatrix, _ row: Int, columnsFrom offset: Int = 0) -> [Entry] {
    matrix.entries(ofRow: row).map { Entry(Int(matrix.columns[$0]) + offset, matrix.values[$0]) }
  }

  private static func entries(_ row: SparseRow) -> [Entry] {
    var entries: [Entry] = []
    row.forEach { entries.append(Entry($0, $1)) }
    return entries
  }

  /// Entries as they are to lie: by the upper bits of their columns, else as they come.
  private static func inOrder(_ entries: [Entry]) -> [Entry] {
    let runs = Dictionary(grouping: entries) { $0.column >> 16 }
    return runs.keys.sorted().flatMap { runs[$0] ?? [] }
  }

  private struct Entry: Equatable {
    let column: Int
    let value: Float

    init(_ column: Int, _ value: Float) { (self.column, self.value) = (column, value) }
  }

  @Test func aSlotTakesSixBytes() { #expect(MemoryLayout<SparseRow.Slot>.stride == SparseRow.stride) }

  @Test func ofAMatrixAndBack() {
    let matrix = Self.matrix(rows: 50, columns: 30, longest: 30, seed: 1)
    let rows = SparseRows(matrix)
    #expect(rows.columnCount == 30 && rows.entryCount == matrix.entryCount)
    #expect(rows.matrix(ofRows: Array(0..<50)) == matrix)
    #expect(rows.matrix(ofRows: []) == CSRMatrix(columnCount: 30))
  }

  /// Also where a batch takes more than one piece of memory, a row more than the first piece has, and where columns have
  /// upper bits.
  @Test(arguments: [(3, 40, 40), (200, 90, 90), (3, 20_000, 20_000), (40, 40_000, 300), (5, 300_000, 200)])
  func sideBySideFromSeveralThreads(rowCount: Int, columnCount: Int, longest: Int) {
    let rows = SparseRows(columnCount: 2 * columnCount + 5)
    let arenas = [RowArena(), RowArena()]
    var expected: [[Entry]] = []
    for batch in 0..<5 {
      let blocks = [columnCount, 5, columnCount].enumerated().map {
        Self.matrix(rows: rowCount, columns: $1, longest: longest, seed: UInt64(10 * batch + $0))
      }
      for row in 0..<rowCount {
        var (own, offset): ([Entry], Int) = ([], 0)
        for block in blocks {
          own += Self.entries(block, row, columnsFrom: offset)
          offset += block.columnCount
        }
        expected.append(Self.inOrder(own))
      }
      rows.append(arenas[batch % 2].batch(sideBySide: blocks))
    }
    #expect(rows.rows.map(Self.entries) == expected)
    #expect(rows.rows.map(\.count) == expected.map(\.count))
    #expect(rows.entryCount == expected.reduce(0) { $0 + $1.count })
  }

  @Test func aSelectionIsACopy() {
    let matrix = Self.matrix(rows: 20, columns: 9, longest: 9, seed: 2)
    let rows = SparseRows(matrix)
    let chosen = [7, 3, 3, 19]
    let copy = rows.selecting(rows: chosen)
    for row in copy.rows { row.multiply(by: -1) }
    #expect(rows.matrix(ofRows: Array(0..<20)) == matrix)
    #expect(copy.rows.map(\.count) == chosen.map { matrix.entries(ofRow: $0).count })
    #expect(copy.matrix(ofRows: [0]).values == rows.matrix(ofRows: [7]).values.map { -$0 })
  }

  @Test func rowsThatFailedAreLeftOut() {
    let matrix = Self.matrix(rows: 6, columns: 9, longest: 9, seed: 3)
    let rows = SparseRows(matrix)
    rows.remove([0, 4])
    #expect(rows.rows.map(Self.entries) == [1, 2, 3, 5].map { Self.entries(matrix, $0) })
    #expect(rows.entryCount == [1, 2, 3, 5].reduce(0) { $0 + matrix.entries(ofRow: $1).count })
  }
}
