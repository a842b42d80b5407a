import CNhanPlugin
import NhanCore

extension TextBatch {
  /// Calls `body` with the batch as plugins see it. O(documents).
  func withCBatch<Result>(_ body: (UnsafePointer<nhan_batch>) throws -> Result) rethrows -> Result {
    var starts: [UInt64] = []
    var bodies: [UInt64] = []
    starts.reserveCapacity(count + 1)
    bodies.reserveCapacity(count)
    for extent in extents {
      starts.append(UInt64(extent.start))
      bodies.append(UInt64(extent.bodyStart))
    }
    starts.append(UInt64(bytes.count))
    return try bytes.withUnsafeBufferPointer { text in
      try starts.withUnsafeBufferPointer { starts in
        try bodies.withUnsafeBufferPointer { bodies in
          // An empty array has a base address too, but nothing promises it.
          let base = text.baseAddress ?? UnsafePointer(bitPattern: 16)!
          var batch = nhan_batch(
            size: UInt32(MemoryLayout<nhan_batch>.size), wants_origins: origins == nil ? 0 : 1,
            count: UInt64(count), bytes: base, starts: starts.baseAddress, body_starts: bodies.baseAddress)
          return try body(&batch)
        }
      }
    }
  }
}

extension CSRMatrix {
  /// Calls `body` with the matrix as plugins see it. O(1).
  func withCRows<Result>(_ body: (UnsafePointer<nhan_rows>) throws -> Result) rethrows -> Result {
    try rowStarts.withUnsafeBufferPointer { starts in
      try columns.withUnsafeBufferPointer { columns in
        try values.withUnsafeBufferPointer { values in
          // Int has the size and alignment of UInt64 on the machines that plugins are built for, and is never negative here.
          try starts.withMemoryRebound(to: UInt64.self) { starts in
            var rows = nhan_rows(
              size: UInt32(MemoryLayout<nhan_rows>.size), reserved: 0, row_count: UInt64(rowCount),
              column_count: UInt64(columnCount), row_starts: starts.baseAddress,
              columns: columns.baseAddress, values: values.baseAddress)
            return try body(&rows)
          }
        }
      }
    }
  }
}
