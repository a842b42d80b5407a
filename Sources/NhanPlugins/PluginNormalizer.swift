import CNhanPlugin
import NhanCore

/// A normalizer that lives in a plugin.
struct PluginNormalizer: Normalizer {
  private let stage: PluginStage
  private let pool: InstancePool

  init(_ stage: PluginStage) throws {
    self.stage = stage
    pool = try InstancePool(stage)
  }

  func normalize(_ input: TextBatch, into output: inout TextBatch) throws {
    let collector = TextCollector(output, input: input, stage: stage.name)
    // Free of other references, so that appending does not copy.
    output = TextBatch()
    defer { output = collector.batch }
    try pool.withInstance { instance in
      var sink = collector.sink
      try input.withCBatch { batch in
        try instance.run { handle, message in
          stage.table.normalizer.normalize!(handle, batch, &sink, message)
        }
      }
    }
    try collector.finish()
  }
}

/// Takes what a normalizer of a plugin makes, and bears any order of calls.
private final class TextCollector {
  var batch: TextBatch
  private let stage: String
  private let inputCount: Int
  private let inputSize: Int
  private var start = 0
  private var bodyStart: Int?
  private var tracksOrigins: Bool
  private var mistake: String?

  init(_ output: TextBatch, input: TextBatch, stage: String) {
    batch = output
    self.stage = stage
    inputCount = input.count
    inputSize = input.bytes.count
    tracksOrigins = output.origins != nil
  }

  var sink: nhan_text_sink {
    nhan_text_sink(
      size: UInt32(MemoryLayout<nhan_text_sink>.size), reserved: 0,
      context: Unmanaged.passUnretained(self).toOpaque(),
      append: { TextCollector.of($0).append($1, $2, $3) },
      end_title: { TextCollector.of($0).endTitle() },
      end_document: { TextCollector.of($0).endDocument($1) },
      fail_document: { TextCollector.of($0).failDocument(cText($1, $2)) })
  }

  private static func of(_ context: UnsafeMutableRawPointer?) -> TextCollector {
    Unmanaged<TextCollector>.fromOpaque(context!).takeUnretainedValue()
  }

  private func append(_ bytes: UnsafePointer<UInt8>?, _ count: Int, _ origins: UnsafePointer<nhan_span>?) {
    guard bytes != nil || count == 0, count >= 0 else {
      return mistake =
        mistake ?? "appended \(UInt(bitPattern: count)) bytes at \(bytes == nil ? "NULL" : "an address")"
    }
    batch.bytes.append(contentsOf: cElements(bytes, count))
    guard tracksOrigins, count > 0 else { return }
    guard let origins else {
      batch.origins = nil
      tracksOrigins = false
      return
    }
    for index in 0..<count {
      let span = origins[index]
      if span.start > span.end || Int(span.end) > inputSize {
        mistake = mistake ?? "gave the origin \(span.start)..\(span.end) in a batch of \(inputSize) bytes"
        return batch.origins!.append(contentsOf: repeatElement(SourceSpan(0..<0), count: count - index))
      }
      batch.origins!.append(SourceSpan(Int(span.start)..<Int(span.end)))
    }
  }

  private func endTitle() {
    if bodyStart != nil { mistake = mistake ?? "ended the title of document \(batch.count + 1) twice" }
    bodyStart = batch.bytes.count
  }

  private func endDocument(_ replacements: UInt64) {
    batch.closeDocument(
      start: start, bodyStart: bodyStart ?? start, replacements: Int(clamping: replacements))
    begin()
  }

  private func failDocument(_ reason: String) {
    batch.failDocument(
      start: start, NhanError(.record, code: "stage-failed", "normalizer '\(stage)': \(reason)"))
    begin()
  }

  private func begin() {
    start = batch.bytes.count
    bodyStart = nil
  }

  func finish() throws(NhanError) {
    if batch.count != inputCount { mistake = "gave \(batch.count) documents for \(inputCount)" }
    if batch.bytes.count != start { mistake = mistake ?? "did not end its last document" }
    if let mistake {
      throw NhanError(
        .failure, code: "bad-stage-output", "normalizer '\(stage)' \(mistake)",
        hint: "this is a mistake in the plugin")
    }
  }
}
