import CLinux
import NhanCore

/// Makes rows of tf-idf values of the places of terms, one row after the other, in memory that is used again.
///
/// Memory: 16 bytes a column, of which only the columns in use are touched.
final class RowBuilder {
  /// What is known of a column: together, so that counting brings the idf into the cache.
  private struct Column {
    var idf: Float
    /// The current row's weighted count, in units of `TermSettings.weightUnit`; zero between rows.
    var count: UInt32
  }

  /// How many terms ahead of the one counted their columns are asked for.
  private static let lead = 16
  private static let trashCount: UInt32 = 8

  private let settings: TermSettings
  /// By column; some more at the end count in turn what has no column, so that counting neither needs a branch nor waits
  /// for the count before.
  private let columns: PageMemory<Column>
  private let trash: UInt32
  /// The columns counted in this row, in the order of their first terms.
  private let touched: PageMemory<UInt32>
  private var touchedCount = 0
  private let values: PageMemory<Float>

  init(settings: TermSettings, idf: TensorElements<Float>, columnCount: Int) {
    self.settings = settings
    trash = UInt32(columnCount)
    columns = PageMemory(zeroed: columnCount + Int(Self.trashCount))
    touched = PageMemory(zeroed: columnCount + 1)
    values = PageMemory(zeroed: columnCount + 1)
    let pointer = idf.buffer.pointer
    for column in 0..<columnCount { columns.base[column].idf = settings.usesIDF ? pointer[column] : 1 }
    emptyTrash()
  }

  /// Counts terms by their places (column + 1; anything else has no column), each with `weight` units.
  @inline(__always)
  func add(_ places: UnsafePointer<UInt32>, count: Int, weight: UInt32) {
    let columns = columns.base
    let touched = touched.base
    var filled = touchedCount
    for i in 0..<count {
      let ahead = min(places[min(i &+ Self.lead, count &- 1)] &- 1, trash)
      nhan_prefetch(columns + Int(ahead))
      var column = min(places[i] &- 1, trash)
      column &+= column == trash ? UInt32(truncatingIfNeeded: i) % Self.trashCount : 0
      let before = columns[Int(column)].count
      touched[filled] = column
      filled &+= before == 0 ? 1 : 0
      columns[Int(column)].count = before &+ weight
    }
    touchedCount = filled
    emptyTrash()
  }

  /// Never to zero, which would look like a column's first count.
  private func emptyTrash() {
    for i in 0..<Int(Self.trashCount) { columns.base[Int(trash) + i].count = 1 }
  }

  /// Appends the row of what was counted, and begins the next.
  func closeRow(of rows: inout CSRMatrix) {
    let columns = columns.base
    let values = values.base
    var squares: Float = 0
    for i in 0..<touchedCount {
      let column = Int(touched.base[i])
      let value = settings.termFrequency(columns[column].count) * columns[column].idf
      columns[column].count = 0
      squares += value * value
      values[i] = value
    }
    let scale = settings.weight * (settings.normalized && squares > 0 ? 1 / squares.squareRoot() : 1)
    if scale != 1 { for i in 0..<touchedCount { values[i] *= scale } }
    rows.appendRow(
      columns: UnsafeBufferPointer(start: touched.base, count: touchedCount),
      values: UnsafeBufferPointer(start: values, count: touchedCount))
    touchedCount = 0
  }
}
