import NhanCore

/// Ranges of columns with about equally many entries, as far as a sample of the rows tells: a number of buckets to each part
/// of `PartitionedRows`.
struct ColumnBuckets: Sendable {
  /// By part: its first column, and at the end the number of columns.
  let firstColumns: [Int]
  /// Buckets that a part has.
  let perPart: Int
  /// By group of `1 << shift` columns, which are not taken apart.
  fileprivate let buckets: [UInt8]
  fileprivate let shift: UInt32

  var partCount: Int { firstColumns.count - 1 }
  fileprivate var count: Int { partCount * perPart }

  init(_ matrix: borrowing CSRMatrix) {
    let parts = max(1, min(8, matrix.entryCount >> 12))
    // So few groups that the table stays in the first-level cache.
    let shift = UInt32(max(0, 64 - 13 - matrix.columnCount.leadingZeroBitCount))
    var counts = [Int](repeating: 0, count: matrix.columnCount >> Int(shift) + 1)
    let step = max(1, matrix.entryCount >> 20)
    for row in Swift.stride(from: 0, to: matrix.rowCount, by: step) {
      for entry in matrix.entries(ofRow: row) { counts[Int(matrix.columns[entry] >> shift)] += 1 }
    }
    let total = counts.reduce(0, +)
    let perPart = max(1, min(16, total / max(1, matrix.rowCount / step) / parts / 4))
    var buckets = [UInt8](repeating: 0, count: counts.count)
    var firstColumns = [0]
    var seen = 0
    for (group, count) in counts.enumerated() {
      let bucket = min(parts * perPart - 1, seen * parts * perPart / max(1, total))
      buckets[group] = UInt8(bucket)
      while firstColumns.count <= bucket / perPart {
        firstColumns.append(min(matrix.columnCount, group << Int(shift)))
      }
      seen += count
    }
    while firstColumns.count <= parts { firstColumns.append(matrix.columnCount) }
    self.firstColumns = firstColumns
    self.perPart = perPart
    self.buckets = buckets
    self.shift = shift
  }
}

/// Sorts the entries of a row by buckets, in memory that is used again.
final class RowSorter {
  private let buckets: ColumnBuckets
  private let columns: UnsafeMutablePointer<UInt32>
  private let values: UnsafeMutablePointer<Float>
  private let keys: UnsafeMutablePointer<UInt8>
  /// By bucket: where its next entry goes.
  private let next: UnsafeMutablePointer<Int>

  /// - Parameter longest: entries that a row has at most.
  init(_ buckets: ColumnBuckets, longest: Int) {
    self.buckets = buckets
    columns = .allocate(capacity: longest)
    values = .allocate(capacity: longest)
    keys = .allocate(capacity: longest)
    next = .allocate(capacity: buckets.count + 1)
  }

  deinit {
    columns.deallocate()
    values.deallocate()
    keys.deallocate()
    next.deallocate()
  }

  /// Counting sort. `bounds` gets where each part begins, counted from `first`.
  /// - Returns: the sum of the squares.
  func sort(
    _ columns: UnsafeMutablePointer<UInt32>, _ values: UnsafeMutablePointer<Float>, count: Int, first: Int,
    bounds: UnsafeMutablePointer<Int>
  ) -> Double {
    next.initialize(repeating: 0, count: buckets.count + 1)
    var squares: Float = 0
    var isSorted = true
    var last: UInt8 = 0
    buckets.buckets.withUnsafeBufferPointer { table in
      for entry in 0..<count {
        let key = table[Int(columns[entry] >> buckets.shift)]
        keys[entry] = key
        next[Int(key) &+ 1] &+= 1
        isSorted = isSorted && last <= key
        last = key
        squares += values[entry] * values[entry]
      }
    }
    for bucket in 0..<buckets.count { next[bucket + 1] += next[bucket] }
    for part in 0..<buckets.partCount { bounds[part] = first + next[part * buckets.perPart] }
    if isSorted { return Double(squares) }
    for entry in 0..<count {
      let key = Int(keys[entry])
      let place = next[key]
      next[key] = place &+ 1
      self.columns[place] = columns[entry]
      self.values[place] = values[entry]
    }
    columns.update(from: self.columns, count: count)
    values.update(from: self.values, count: count)
    return Double(squares)
  }
}
