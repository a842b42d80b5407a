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

  init(_ rows: SparseRows, threads: Int) {
    let parts = max(1, min(SparseRow.mostParts, rows.entryCount >> 12))
    // So few groups that the table stays in the first-level cache.
    let shift = UInt32(max(0, 64 - 13 - rows.columnCount.leadingZeroBitCount))
    let step = max(1, rows.entryCount >> 20)
    let counts = Self.counts(rows, step: step, shift: shift, threads: threads)
    let total = counts.reduce(0, +)
    let perPart = max(1, min(16, total / max(1, rows.rows.count / step) / parts / 4))
    var buckets = [UInt8](repeating: 0, count: counts.count)
    var firstColumns = [0]
    var seen = 0
    for (group, count) in counts.enumerated() {
      let bucket = min(parts * perPart - 1, seen * parts * perPart / max(1, total))
      buckets[group] = UInt8(bucket)
      while firstColumns.count <= bucket / perPart {
        firstColumns.append(min(rows.columnCount, group << Int(shift)))
      }
      seen += count
    }
    while firstColumns.count <= parts { firstColumns.append(rows.columnCount) }
    self.firstColumns = firstColumns
    self.perPart = perPart
    self.buckets = buckets
    self.shift = shift
  }

  /// By group of columns: the entries in every `step`-th row.
  private static func counts(_ rows: SparseRows, step: Int, shift: UInt32, threads: Int) -> [Int] {
    // Only read here.
    nonisolated(unsafe) let all = rows.rows
    let groups = rows.columnCount >> Int(shift) + 1
    let parts = try? Parallel.map(count: threads, threads: threads) { part, _ in
      var counts = [Int](repeating: 0, count: groups)
      for row in Swift.stride(from: part * step, to: all.count, by: threads * step) {
        all[row].forEach { column, _ in counts[column >> Int(shift)] += 1 }
      }
      return counts
    }
    return (parts ?? []).reduce(into: [Int](repeating: 0, count: groups)) { total, counts in
      for group in counts.indices { total[group] += counts[group] }
    }
  }
}

/// Sorts the entries of a row by buckets, in memory that is used again.
final class RowSorter {
  private let buckets: ColumnBuckets
  private let sorted: UnsafeMutablePointer<SparseRow.Entry>
  private let keys: UnsafeMutablePointer<UInt8>
  /// By bucket: where its next entry goes.
  private let next: UnsafeMutablePointer<Int>
  /// The bit pattern of the greatest magnitude of a value seen: of numbers without a sign, greater ones have greater ones.
  private var greatestBits: UInt32 = 0
  /// The greatest magnitude of a value seen.
  var greatest: Float { Float(bitPattern: greatestBits) }

  /// - Parameter longest: entries that a row has at most.
  init(_ buckets: ColumnBuckets, longest: Int) {
    self.buckets = buckets
    sorted = .allocate(capacity: longest)
    keys = .allocate(capacity: longest)
    next = .allocate(capacity: buckets.count + 1)
  }

  deinit {
    sorted.deallocate()
    keys.deallocate()
    next.deallocate()
  }

  /// Counting sort. `bounds` gets the slot at which each part begins in the row, and where the last ends.
  /// - Returns: the sum of the squares.
  func sort(_ row: SparseRow, bounds: UnsafeMutablePointer<UInt32>) -> Double {
    next.initialize(repeating: 0, count: buckets.count + 1)
    var squares: Float = 0
    var index = 0
    var greatestBits = greatestBits
    buckets.buckets.withUnsafeBufferPointer { table in
      row.forEach { column, value in
        let key = table[column >> Int(buckets.shift)]
        keys[index] = key
        next[Int(key) &+ 1] &+= 1
        squares += value * value
        greatestBits = max(greatestBits, value.magnitude.bitPattern)
        index &+= 1
      }
    }
    self.greatestBits = greatestBits
    for bucket in 0..<buckets.count { next[bucket + 1] += next[bucket] }
    index = 0
    row.forEach { column, value in
      let key = Int(keys[index])
      sorted[next[key]] = SparseRow.Entry(column: UInt32(truncatingIfNeeded: column), value: value)
      next[key] &+= 1
      index &+= 1
    }
    cut(row, bounds: bounds)
    return Double(squares)
  }

  /// Writes the sorted entries into the row, part by part, each of which begins with a head.
  private func cut(_ row: SparseRow, bounds: UnsafeMutablePointer<UInt32>) {
    var slot = row.base
    var first = 0
    for part in 0..<buckets.partCount {
      bounds[part] = UInt32((slot - row.base) / SparseRow.stride)
      // Where the next entry of the part's last bucket would go.
      let end = next[(part + 1) * buckets.perPart - 1]
      while first < end {
        let upper = sorted[first].column >> SparseRow.entryBits
        let head = slot
        var last = first
        while last < end, sorted[last].column >> SparseRow.entryBits == upper {
          slot += SparseRow.stride
          SparseRow.set(UInt16(truncatingIfNeeded: sorted[last].column), sorted[last].value, at: slot)
          last &+= 1
        }
        SparseRow.setHead(UInt16(upper), count: last - first, at: head)
        slot += SparseRow.stride
        first = last
      }
    }
    bounds[buckets.partCount] = UInt32((slot - row.base) / SparseRow.stride)
  }
}
