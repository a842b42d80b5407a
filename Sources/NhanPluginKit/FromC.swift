import CNhanPlugin
import NhanCore

extension TextBatch {
  /// A copy of a batch of the host's. O(bytes), as fast as memory.
  init(_ batch: UnsafePointer<nhan_batch>) {
    self.init()
    assign(batch)
  }

  /// Becomes a copy of a batch of the host's, in the memory it has.
  mutating func assign(_ batch: UnsafePointer<nhan_batch>) {
    let count = Int(batch.pointee.count)
    let starts = UnsafeBufferPointer(start: batch.pointee.starts, count: count + 1)
    removeAll()
    bytes.append(contentsOf: UnsafeBufferPointer(start: batch.pointee.bytes, count: Int(starts[count])))
    origins = batch.pointee.wants_origins != 0 ? bytes.indices.map { SourceSpan($0..<$0 + 1) } : nil
    replaceExtents(
      (0..<count).map { index in
        Extent(
          start: Int(starts[index]), bodyStart: Int(batch.pointee.body_starts[index]),
          end: Int(starts[index + 1]), replacements: 0)
      })
  }
}

extension CSRMatrix {
  /// A copy of rows of the host's. O(entries).
  init(_ rows: UnsafePointer<nhan_rows>) {
    self.init(columnCount: 0)
    assign(rows)
  }

  /// Becomes a copy of rows of the host's, in the memory it has.
  mutating func assign(_ rows: UnsafePointer<nhan_rows>) {
    let rows = rows.pointee
    let count = Int(rows.row_count)
    let starts = UnsafeBufferPointer(start: rows.row_starts, count: count + 1)
    let entries = Int(starts[count])
    removeAllRows()
    columnCount = Int(rows.column_count)
    columns.reserveCapacity(entries)
    values.reserveCapacity(entries)
    for row in 0..<count {
      let range = Int(starts[row])..<Int(starts[row + 1])
      if !range.isEmpty {
        columns.append(
          contentsOf: UnsafeBufferPointer(start: rows.columns + range.lowerBound, count: range.count))
        values.append(
          contentsOf: UnsafeBufferPointer(start: rows.values + range.lowerBound, count: range.count))
      }
      closeRow()
    }
  }
}

extension TensorArchive {
  /// The archive as the bytes of a safetensors file.
  func give(to sink: nhan_state_sink) {
    let bytes = Safetensors.serialize(self)
    bytes.withUnsafeBufferPointer { sink.append(sink.context, $0.baseAddress, $0.count) }
  }

  /// Reads what `give` gave.
  /// - Throws: `NhanError` (failure) for anything else.
  init(state: [UInt8]) throws(NhanError) {
    self = try Safetensors.parse(TensorBytes(state), file: "the plugin's state")
  }
}
