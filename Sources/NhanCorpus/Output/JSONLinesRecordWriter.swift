import NhanCore

/// Writes records as JSONL, for programs:
/// `{"id":…,"labels":[…],"scores":{label:probability},…}` with probabilities rounded to six decimals, or
/// `{"id":…,"error":{"code":…,"message":…}}`; a failed record without an id has `"line"` and `"file"`.
///
/// It has no state: copies may write on several threads.
public struct JSONLinesRecordWriter: RecordWriter {
  /// Keys of the output that a record's own must not repeat.
  private static let ownKeys: Set<String> = ["id", "labels", "scores", "error"]

  /// Makes a writer.
  public init() {}

  /// Nothing.
  public func begin(to output: inout [UInt8]) {}
  /// Nothing.
  public func end(to output: inout [UInt8]) {}

  /// Appends one line. O(its bytes).
  public func append(_ record: TaggedRecord, to output: inout [UInt8]) {
    if let error = record.failure {
      append(error, of: record, to: &output)
    } else {
      output.append(contentsOf: "{\"id\":".utf8)
      JSONWriter.append(string: record.id ?? "", to: &output)
      append("labels", record.labels, to: &output)
      if let review = record.review { append("review", review, to: &output) }
      output.append(contentsOf: ",\"scores\":{".utf8)
      record.scores.appendMembers(to: &output)
      output.append(UInt8(ascii: "}"))
      if let reasons = record.reasons { append(reasons, of: record, to: &output) }
      for (key, value) in record.metadata where !isOwn(key, of: record) {
        output.append(UInt8(ascii: ","))
        JSONWriter.append(string: key, to: &output)
        output.append(UInt8(ascii: ":"))
        JSONWriter.append(value, to: &output)
      }
    }
    output.append(contentsOf: "}\n".utf8)
  }

  /// Whether the output has a key of its own by this name.
  private func isOwn(_ key: String, of record: TaggedRecord) -> Bool {
    switch key {
    case "review": record.review != nil
    case "evidence": record.reasons != nil
    case "untraced-normalizer": record.untracedNormalizer != nil
    default: Self.ownKeys.contains(key)
    }
  }

  private func append(_ key: String, _ labels: [String], to output: inout [UInt8]) {
    output.append(contentsOf: ",\"\(key)\":[".utf8)
    for (index, label) in labels.enumerated() {
      if index > 0 { output.append(UInt8(ascii: ",")) }
      JSONWriter.append(string: label, to: &output)
    }
    output.append(UInt8(ascii: "]"))
  }

  private func append(
    _ reasons: [TaggedRecord.Reasons], of record: TaggedRecord, to output: inout [UInt8]
  ) {
    output.append(contentsOf: ",\"evidence\":".utf8)
    JSONWriter.append(.object(reasons.map { ($0.label, $0.json) }), to: &output)
    if let normalizer = record.untracedNormalizer {
      output.append(contentsOf: ",\"untraced-normalizer\":".utf8)
      JSONWriter.append(string: normalizer, to: &output)
    }
  }

  private func append(_ error: NhanError, of record: TaggedRecord, to output: inout [UInt8]) {
    if let id = record.id {
      output.append(contentsOf: "{\"id\":".utf8)
      JSONWriter.append(string: id, to: &output)
    } else {
      output.append(UInt8(ascii: "{"))
      if let line = record.place.line {
        output.append(contentsOf: "\"line\":".utf8)
        JSONWriter.append(integer: line, to: &output)
        output.append(UInt8(ascii: ","))
      }
      output.append(contentsOf: "\"file\":".utf8)
      JSONWriter.append(string: record.place.file, to: &output)
    }
    output.append(contentsOf: ",\"error\":{\"code\":".utf8)
    JSONWriter.append(string: error.code, to: &output)
    output.append(contentsOf: ",\"message\":".utf8)
    JSONWriter.append(string: record.failureText ?? "", to: &output)
    output.append(UInt8(ascii: "}"))
  }
}
