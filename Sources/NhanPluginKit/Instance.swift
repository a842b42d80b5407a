import CNhanPlugin
import NhanCore
import Synchronization

/// One instance of a stage, as the host sees it.
///
/// The host calls instances of a parallel stage from several threads at once; what is changed then, the workers of
/// feature extractors, lies under a lock. Everything else changes only in calls that the header says are alone.
final class Instance: @unchecked Sendable {
  private let stage: ExportedStage
  private var normalizer: (any Normalizer)?
  private var extractor: (any FeatureExtractor)?
  private var classifier: (any Classifier)?
  private var observers: [any FeatureObserver] = []
  private let workers = Mutex<[WorkerBox]>([])
  private let scratch = Mutex<[Scratch]>([])
  private var labelCount = 0
  private var size = 0

  private struct WorkerBox: @unchecked Sendable {
    // Sendable: whoever has taken it from the list uses it alone.
    let worker: any FeatureWorker
  }

  /// Memory that calls use one after the other: fresh memory a batch costs more than the batch's copy.
  private final class Scratch: @unchecked Sendable {
    // Sendable: whoever has taken it from the list uses it alone.
    var input = TextBatch()
    var output = TextBatch()
    var rows = CSRMatrix(columnCount: 0)
    var scores: [Float] = []
  }

  private func withScratch(_ body: (Scratch) throws -> Void) rethrows {
    let taken = scratch.withLock { $0.popLast() } ?? Scratch()
    defer { scratch.withLock { $0.append(taken) } }
    try body(taken)
  }

  init(_ stage: ExportedStage) { self.stage = stage }

  static func of(_ pointer: UnsafeMutableRawPointer?) -> Instance {
    Unmanaged<Instance>.fromOpaque(pointer!).takeUnretainedValue()
  }

  /// Runs a call; an error becomes a status and its reason.
  static func attempt(
    _ pointer: UnsafeMutableRawPointer?, _ message: UnsafePointer<nhan_message>?,
    _ body: (Instance) throws -> Void
  ) -> nhan_status {
    do {
      try body(of(pointer))
      return NHAN_OK
    } catch {
      let reason = "\(error)"
      reason.utf8CString.withUnsafeBufferPointer { text in
        message!.pointee.set(message!.pointee.context, text.baseAddress, text.count - 1)
      }
      return NHAN_FAILED
    }
  }

  /// Makes the stage of its options.
  func begin(_ json: [UInt8]) throws {
    let node = ConfigNode(json: try JSONValue(parsing: json))
    let options = try stage.options.validate(node.mapping ?? [], of: "'\(stage.name)'", at: nil)
    switch stage.maker {
    case .normalizer(let make): normalizer = try make(options)
    case .features(let make): extractor = try make(options)
    case .classifier(let make): classifier = try make(options)
    }
  }

  private static let unready = NhanError(
    .failure, code: "call-order", "called before init, or as another kind of stage")

  private func ready<Stage>(_ stage: Stage?) throws(NhanError) -> Stage {
    guard let stage else { throw Self.unready }
    return stage
  }
}

// MARK: - Normalizers

extension Instance {
  func normalize(_ batch: UnsafePointer<nhan_batch>, _ out: UnsafePointer<nhan_text_sink>) throws {
    try withScratch { scratch in
      scratch.input.assign(batch)
      scratch.output.removeAll()
      scratch.output.origins = batch.pointee.wants_origins != 0 ? [] : nil
      try ready(normalizer).normalize(scratch.input, into: &scratch.output)
      give(scratch.output, out.pointee)
    }
  }

  private func give(_ output: TextBatch, _ sink: nhan_text_sink) {
    // A stage that forgets them for some bytes knows none.
    let origins = output.origins?.count == output.bytes.count ? output.origins : nil
    output.bytes.withUnsafeBufferPointer { bytes in
      for (index, extent) in output.extents.enumerated() {
        if let error = output.failures[index] {
          give("\(error)") { sink.fail_document(sink.context, $0, $1) }
          continue
        }
        give(bytes, origins, extent.title, sink)
        sink.end_title(sink.context)
        give(bytes, origins, extent.body, sink)
        sink.end_document(sink.context, UInt64(clamping: extent.replacements))
      }
    }
  }

  private func give(
    _ bytes: UnsafeBufferPointer<UInt8>, _ origins: [SourceSpan]?, _ range: Range<Int>, _ sink: nhan_text_sink
  ) {
    guard !range.isEmpty else { return }
    guard let origins else {
      return sink.append(sink.context, bytes.baseAddress! + range.lowerBound, range.count, nil)
    }
    let spans = origins[range].map { nhan_span(start: $0.start, end: $0.end) }
    spans.withUnsafeBufferPointer {
      sink.append(sink.context, bytes.baseAddress! + range.lowerBound, range.count, $0.baseAddress)
    }
  }

  private func give(_ reason: String, _ body: (UnsafePointer<CChar>?, Int) -> Void) {
    reason.utf8CString.withUnsafeBufferPointer { body($0.baseAddress, $0.count - 1) }
  }
}

// MARK: - Feature extractors

extension Instance {
  var columnCount: Int { extractor?.columnCount ?? 0 }

  func observe(_ batch: UnsafePointer<nhan_batch>) throws {
    if observers.isEmpty { observers.append(try ready(extractor).makeObserver()) }
    try observers[0].observe(TextBatch(batch))
  }

  func merge(_ other: Instance) {
    observers += other.observers
    other.observers = []
  }

  func fitExtractor() throws {
    extractor = try ready(extractor).fit(observers)
    observers = []
  }

  func saveExtractor(to out: UnsafePointer<nhan_state_sink>) throws {
    var archive = TensorArchive()
    try ready(extractor).save(to: &archive)
    archive.give(to: out.pointee)
  }

  func loadExtractor(_ state: [UInt8]) throws {
    extractor = try ready(extractor).load(from: try TensorArchive(state: state))
    workers.withLock { $0 = [] }
  }

  func extract(_ batch: UnsafePointer<nhan_batch>, _ out: UnsafePointer<nhan_row_sink>) throws {
    let extractor = try ready(extractor)
    let box = workers.withLock { $0.popLast() } ?? WorkerBox(worker: extractor.makeWorker())
    defer { workers.withLock { $0.append(box) } }
    try withScratch { scratch in
      scratch.input.assign(batch)
      scratch.rows.removeAllRows()
      scratch.rows.columnCount = extractor.columnCount
      try box.worker.extract(scratch.input, into: &scratch.rows)
      guard scratch.rows.columns.count == scratch.rows.values.count else {
        throw NhanError(
          .failure, code: "bad-stage-output",
          "gave \(scratch.rows.columns.count) columns and \(scratch.rows.values.count) values")
      }
      give(scratch.rows, box.worker.failures, out.pointee)
    }
  }

  private func give(_ rows: CSRMatrix, _ failures: [Int: NhanError], _ sink: nhan_row_sink) {
    rows.columns.withUnsafeBufferPointer { columns in
      rows.values.withUnsafeBufferPointer { values in
        for row in 0..<rows.rowCount {
          if let error = failures[row] {
            give("\(error)") { sink.fail_row(sink.context, $0, $1) }
            continue
          }
          let range = rows.entries(ofRow: row)
          sink.append_row(
            sink.context, columns.baseAddress.map { $0 + range.lowerBound },
            values.baseAddress.map { $0 + range.lowerBound }, range.count)
        }
      }
    }
  }

  func occurrences(
    _ batch: UnsafePointer<nhan_batch>, _ index: Int, _ out: UnsafePointer<nhan_occurrence_sink>
  ) throws {
    let sink = out.pointee
    for occurrence in try ready(extractor).occurrences(inDocument: index, of: TextBatch(batch)) {
      // What lies outside the document or the columns is for the host to leave out.
      sink.append(
        sink.context, UInt32(clamping: occurrence.column), UInt64(clamping: occurrence.range.lowerBound),
        UInt64(clamping: occurrence.range.upperBound))
    }
  }
}

// MARK: - Classifiers

extension Instance {
  func fitClassifier(
    _ rows: CSRMatrix, _ targets: TargetMatrix, task: Task, threads: Int,
    _ report: UnsafeMutablePointer<nhan_fit_report>
  ) throws {
    let fitted = try ready(classifier).fit(rows, targets, task: task, threads: threads)
    classifier = fitted.classifier
    report.pointee.converged = fitted.report.converged ? 1 : 0
    report.pointee.iterations = UInt64(clamping: fitted.report.iterations)
    report.pointee.loss = fitted.report.loss
    report.pointee.gradient_norm = fitted.report.gradientNorm
  }

  func saveClassifier(to out: UnsafePointer<nhan_state_sink>) throws {
    var archive = TensorArchive()
    try ready(classifier).save(to: &archive)
    archive.give(to: out.pointee)
  }

  func loadClassifier(_ state: [UInt8], columnCount: Int, labelCount: Int) throws {
    size = columnCount
    self.labelCount = labelCount
    classifier = try ready(classifier)
      .load(from: try TensorArchive(state: state), columnCount: columnCount, labelCount: labelCount)
  }

  func score(_ rows: UnsafePointer<nhan_rows>, _ scores: UnsafeMutablePointer<Float>) throws {
    let expected = Int(rows.pointee.row_count) * labelCount
    try withScratch { scratch in
      scratch.rows.assign(rows)
      scratch.scores.removeAll(keepingCapacity: true)
      try ready(classifier).score(scratch.rows, into: &scratch.scores)
      guard scratch.scores.count == expected else {
        throw NhanError(
          .failure, code: "bad-stage-output", "gave \(scratch.scores.count) scores, expected \(expected)")
      }
      for (index, score) in scratch.scores.enumerated() { scores[index] = score }
    }
  }

  func linear(_ weights: UnsafeMutablePointer<Float>, _ biases: UnsafeMutablePointer<Float>) throws {
    guard let linear = try ready(classifier).linear else {
      throw NhanError(.failure, code: "not-linear", "its scores are no sums")
    }
    for column in 0..<size {
      for label in 0..<labelCount {
        weights[column * labelCount + label] = linear.weight(column: column, label: label)
      }
    }
    for label in 0..<labelCount { biases[label] = linear.bias(label: label) }
  }
}
