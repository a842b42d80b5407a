import CLinux
import NhanCore

/// Makes rows of tf-idf values of the places of terms, one row after the other, in memory that is used again.
///
/// Memory: 12 bytes a column, of which only the columns in use are touched.
final class RowBuilder {
  /// How many terms may be added at once.
  static let capacity = NgramWindow.capacity
  /// How many terms ahead of the one counted their columns are asked for.
  private static let lead = 64

  private let settings: TermSettings
  private let columnCount: UInt32
  /// By column; not read without idf.
  private let idf: TensorElements<Float>
  /// By column: the current row's weighted count, in units of `TermSettings.weightUnit`; zero between rows. By itself, so that
  /// many columns that are counted often share a cache line.
  private let counts: PageMemory<UInt32>
  /// The columns counted in this row, in the order of their first terms.
  private let touched: PageMemory<UInt32>
  private var touchedCount = 0
  private let values: PageMemory<Float>
  /// The columns to count, closely packed: most terms of a text, the common ones, have none.
  private let packed: UnsafeMutablePointer<UInt32>

  init(settings: TermSettings, idf: TensorElements<Float>, columnCount: Int) {
    self.settings = settings
    self.columnCount = UInt32(columnCount)
    self.idf = idf
    counts = PageMemory(zeroed: columnCount, populated: true)
    touched = PageMemory(zeroed: columnCount + Self.lead)
    values = PageMemory(zeroed: columnCount + 1)
    // What is asked for ahead of the last ones is of no use, but has to be there.
    packed = .allocate(capacity: Self.capacity + Self.lead)
    packed.initialize(repeating: 0, count: Self.capacity + Self.lead)
  }

  deinit { packed.deallocate() }

  /// Counts terms by their places (column + 1; anything else has no column), each with `weight` units.
  @inline(__always)
  func add(_ places: UnsafePointer<UInt32>, count: Int, weight: UInt32) {
    let counts = counts.base
    let touched = touched.base
    let packed = packed
    let packedCount = pack(places, count)
    var filled = touchedCount
    for i in 0..<min(Self.lead, packedCount) { nhan_prefetch(counts + Int(packed[i])) }
    for i in 0..<packedCount {
      nhan_prefetch(counts + Int(packed[i &+ Self.lead]))
      let column = packed[i]
      let before = counts[Int(column)]
      touched[filled] = column
      filled &+= before == 0 ? 1 : 0
      counts[Int(column)] = before &+ weight
    }
    touchedCount = filled
  }

  /// Gathers the places that are columns. Without branches: which are, nobody can predict.
  @inline(__always)
  private func pack(_ places: UnsafePointer<UInt32>, _ count: Int) -> Int {
    assert(count <= Self.capacity)
    let packed = packed
    let columnCount = UInt64(columnCount)
    var packedCount = 0
    for i in 0..<count {
      let column = places[i] &- 1
      packed[packedCount] = column
      // 1 if it is less, 0 if not; of a comparison the compiler would make a branch.
      packedCount &+= Int(truncatingIfNeeded: (UInt64(column) &- columnCount) >> 63)
    }
    return packedCount
  }

  /// Appends the row of what was counted, and begins the next.
  func closeRow(of rows: inout CSRMatrix) {
    let squares = settings.usesIDF ? weigh(idf.buffer.pointer.baseAddress) : weigh(nil)
    let values = values.base
    let scale = settings.weight * (settings.normalized && squares > 0 ? 1 / squares.squareRoot() : 1)
    if scale != 1 { for i in 0..<touchedCount { values[i] *= scale } }
    rows.appendRow(
      columns: UnsafeBufferPointer(start: touched.base, count: touchedCount),
      values: UnsafeBufferPointer(start: values, count: touchedCount))
    touchedCount = 0
  }

  /// Writes the values of the columns touched, before they are scaled, and zeros their counts. Returns the sum of the
  /// values' squares.
  @inline(__always)
  private func weigh(_ idf: UnsafePointer<Float>?) -> Float {
    let (counts, touched, values) = (counts.base, touched.base, values.base)
    var squares: Float = 0
    if let idf { for i in 0..<min(Self.lead, touchedCount) { nhan_prefetch(idf + Int(touched[i])) } }
    for i in 0..<touchedCount {
      if let idf { nhan_prefetch(idf + Int(touched[i &+ Self.lead])) }
      let column = Int(touched[i])
      let value = settings.termFrequency(counts[column]) * (idf.map { $0[column] } ?? 1)
      counts[column] = 0
      squares += value * value
      values[i] = value
    }
    return squares
  }
}
