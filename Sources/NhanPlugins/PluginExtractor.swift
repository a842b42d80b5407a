import CNhanPlugin
import NhanCore
import Synchronization

/// A feature extractor that lives in a plugin.
struct PluginExtractor: FeatureExtractor {
  private let stage: PluginStage
  /// What `fit` or `load` gave.
  private var fitted: Fitted?
  /// The one instance that observes, where the plugin cannot merge what several have seen.
  private let observing: Shared<PluginInstance?>

  private struct Fitted: Sendable {
    let pool: InstancePool
    let state: [UInt8]
    let columnCount: Int
  }

  init(_ stage: PluginStage) throws {
    self.stage = stage
    observing = Shared(nil)
    // Wrong options are to be known before anything is read.
    _ = try stage.makeInstance()
  }

  var columnCount: Int { fitted?.columnCount ?? 0 }

  func makeObserver() -> any FeatureObserver {
    PluginObserver(stage, stage.table.extractor.merge == nil ? observing : Shared(nil))
  }

  func fit(_ observers: [any FeatureObserver]) throws -> any FeatureExtractor {
    var seen: [PluginInstance] = []
    for case let observer as PluginObserver in observers {
      if let instance = observer.slot.take() { seen.append(instance) }
    }
    let first = try seen.first ?? stage.makeInstance()
    for other in seen.dropFirst() {
      try first.run { stage.table.extractor.merge!($0, other.handle, $1) }
    }
    try first.run { stage.table.extractor.fit!($0, $1) }
    return try loading(try first.state(stage.table.extractor.save!))
  }

  /// The extractor with a state.
  private func loading(_ state: [UInt8]) throws -> PluginExtractor {
    var result = self
    let stage = stage
    let pool = try InstancePool(stage) { instance in
      try instance.run { handle, message in
        state.withUnsafeBufferPointer {
          stage.table.extractor.load!(handle, $0.baseAddress, $0.count, message)
        }
      }
    }
    let count = try pool.withInstance { instance in
      stage.call { stage.table.extractor.column_count!(instance.handle) }
    }
    guard count <= UInt64(UInt32.max) else {
      throw NhanError(
        .failure, code: "bad-stage-output",
        "feature extractor '\(stage.name)' has \(count) columns, at most \(UInt32.max) are possible",
        hint: "this is a mistake in the plugin")
    }
    result.fitted = Fitted(pool: pool, state: state, columnCount: Int(count))
    return result
  }

  func makeWorker() -> any FeatureWorker {
    PluginFeatureWorker(stage, fitted?.pool, columnCount: columnCount)
  }

  func occurrences(inDocument index: Int, of batch: TextBatch) -> [FeatureOccurrence] {
    guard let find = stage.table.extractor.occurrences, let fitted else { return [] }
    let collector = OccurrenceCollector(columnCount: columnCount, extent: batch.extents[index])
    var sink = nhan_occurrence_sink(
      size: UInt32(MemoryLayout<nhan_occurrence_sink>.size), reserved: 0,
      context: Unmanaged.passUnretained(collector).toOpaque(),
      append: { context, column, start, end in
        Unmanaged<OccurrenceCollector>.fromOpaque(context!).takeUnretainedValue().append(column, start, end)
      })
    // An explanation without these phrases is better than none.
    try? fitted.pool.withInstance { instance in
      try batch.withCBatch { cBatch in
        try instance.run { find($0, cBatch, UInt64(index), &sink, $1) }
      }
    }
    return collector.occurrences
  }

  func save(to archive: inout TensorArchive) { archive.put("state", fitted?.state ?? []) }

  func load(from archive: TensorArchive) throws -> any FeatureExtractor {
    try loading(Array(try archive.elements("state", of: UInt8.self, shape: [nil])))
  }
}

/// A value that is handed over under a lock.
final class Shared<Value: Sendable>: Sendable {
  private let value: Mutex<Value>
  init(_ value: Value) { self.value = Mutex(value) }

  func withLock<Result: Sendable>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    try value.withLock { try body(&$0) }
  }
}

extension Shared {
  /// Takes the value out.
  func take<Wrapped>() -> Wrapped? where Value == Wrapped? {
    withLock { value in
      defer { value = nil }
      return value
    }
  }
}

/// Lets an instance look at texts; observers that share a slot take turns.
private final class PluginObserver: FeatureObserver {
  private let stage: PluginStage
  let slot: Shared<PluginInstance?>

  init(_ stage: PluginStage, _ slot: Shared<PluginInstance?>) {
    self.stage = stage
    self.slot = slot
  }

  func observe(_ batch: TextBatch) throws {
    try slot.withLock { instance in
      if instance == nil { instance = try stage.makeInstance() }
      let observing = instance!
      try batch.withCBatch { cBatch in
        try observing.run { stage.table.extractor.observe!($0, cBatch, $1) }
      }
    }
  }
}

/// Extracts rows through a plugin.
private final class PluginFeatureWorker: FeatureWorker {
  private let stage: PluginStage
  private let pool: InstancePool?
  private let columnCount: Int
  private(set) var failures: [Int: NhanError] = [:]

  init(_ stage: PluginStage, _ pool: InstancePool?, columnCount: Int) {
    self.stage = stage
    self.pool = pool
    self.columnCount = columnCount
  }

  func extract(_ batch: TextBatch, into rows: inout CSRMatrix) throws {
    guard let pool else { preconditionFailure("extract before fit") }
    let collector = RowCollector(rows, expected: batch.count, stage: stage.name)
    rows = CSRMatrix(columnCount: columnCount)
    defer { rows = collector.rows }
    try pool.withInstance { instance in
      var sink = collector.sink
      try batch.withCBatch { cBatch in
        try instance.run { stage.table.extractor.extract!($0, cBatch, &sink, $1) }
      }
    }
    try collector.finish()
    failures = collector.failures
  }
}

/// Takes rows, and checks every column.
private final class RowCollector {
  var rows: CSRMatrix
  private(set) var failures: [Int: NhanError] = [:]
  private let first: Int
  private let expected: Int
  private let stage: String
  private var mistake: String?

  init(_ rows: CSRMatrix, expected: Int, stage: String) {
    self.rows = rows
    first = rows.rowCount
    self.expected = expected
    self.stage = stage
  }

  var sink: nhan_row_sink {
    nhan_row_sink(
      size: UInt32(MemoryLayout<nhan_row_sink>.size), reserved: 0,
      context: Unmanaged.passUnretained(self).toOpaque(),
      append_row: { RowCollector.of($0).append($1, $2, $3) },
      fail_row: { RowCollector.of($0).fail(cText($1, $2)) })
  }

  private static func of(_ context: UnsafeMutableRawPointer?) -> RowCollector {
    Unmanaged<RowCollector>.fromOpaque(context!).takeUnretainedValue()
  }

  private func append(_ columns: UnsafePointer<UInt32>?, _ values: UnsafePointer<Float>?, _ count: Int) {
    guard count == 0 || (columns != nil && values != nil), count >= 0 else {
      mistake = mistake ?? "gave a row of \(UInt(bitPattern: count)) entries and NULL"
      return rows.closeRow()
    }
    let columns = cElements(columns, count)
    let values = cElements(values, count)
    var largest: UInt32 = 0
    var finite = true
    for index in 0..<count {
      largest = max(largest, columns[index])
      finite = finite && values[index].isFinite
    }
    if count > 0, Int(largest) >= rows.columnCount {
      mistake = mistake ?? "gave column \(largest) of \(rows.columnCount)"
    } else if !finite {
      mistake = mistake ?? "gave a value that is no finite number"
    } else {
      rows.columns.append(contentsOf: columns)
      rows.values.append(contentsOf: values)
    }
    rows.closeRow()
  }

  private func fail(_ reason: String) {
    failures[rows.rowCount - first] = NhanError(
      .record, code: "stage-failed", "feature extractor '\(stage)': \(reason)")
    rows.closeRow()
  }

  func finish() throws(NhanError) {
    let count = rows.rowCount - first
    if count != expected { mistake = mistake ?? "gave \(count) rows for \(expected) documents" }
    if let mistake {
      throw NhanError(
        .failure, code: "bad-stage-output", "feature extractor '\(stage)' \(mistake)",
        hint: "this is a mistake in the plugin")
    }
  }
}

/// Takes places of features; those outside the document or the columns are left out.
private final class OccurrenceCollector {
  private let columnCount: Int
  private let extent: TextBatch.Extent
  private(set) var occurrences: [FeatureOccurrence] = []

  init(columnCount: Int, extent: TextBatch.Extent) {
    self.columnCount = columnCount
    self.extent = extent
  }

  func append(_ column: UInt32, _ start: UInt64, _ end: UInt64) {
    guard Int(column) < columnCount, start < end, start >= UInt64(extent.start), end <= UInt64(extent.end)
    else {
      return
    }
    occurrences.append(FeatureOccurrence(column: Int(column), range: Int(start)..<Int(end)))
  }
}
