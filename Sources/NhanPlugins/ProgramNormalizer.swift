import NhanCore

extension TextBatch {
  /// The documents as JSON lines: `{"title": …, "text": …}`; documents that failed already become empty.
  var jsonLines: [[UInt8]] {
    extents.map { extent in
      JSONValue.object([
        ("title", .string(String(decoding: bytes[extent.title], as: UTF8.self))),
        ("text", .string(String(decoding: bytes[extent.body], as: UTF8.self))),
      ]).serialized()
    }
  }
}

/// A program that rewrites texts: `{"title": …, "text": …}` in, the same out, or `{"error": reason}`.
public struct ProgramNormalizer: Normalizer {
  private let pool: ProgramPool

  /// Prepares running a program; it is started with the first batch.
  public init(_ settings: ProgramSettings) { pool = ProgramPool(settings) }

  /// Gives every document to the program. Places in the input cannot be told afterwards.
  public func normalize(_ input: TextBatch, into output: inout TextBatch) throws {
    output.origins = nil
    for answer in try pool.answers(to: input.jsonLines) {
      let start = output.bytes.count
      switch answer {
      case .failure(let error): output.failDocument(start: start, error)
      case .success(let value):
        guard value["error"] == nil, let text = value["text"]?.stringValue else {
          output.failDocument(start: start, ProgramAnswer.error(value, expected: "\"text\""))
          continue
        }
        output.bytes.append(contentsOf: (value["title"]?.stringValue ?? "").utf8)
        let bodyStart = output.bytes.count
        output.bytes.append(contentsOf: text.utf8)
        output.closeDocument(start: start, bodyStart: bodyStart)
      }
    }
  }
}

/// Answers of programs that say that something went wrong.
enum ProgramAnswer {
  static func error(_ value: JSONValue, expected: String) -> NhanError {
    if let reason = value["error"]?.stringValue {
      return NhanError(.record, code: "program-failed", "the program refused the document: \(reason)")
    }
    return NhanError(
      .record, code: "program-failed", "the program's answer has no \(expected)",
      hint: "each line must be answered with one line")
  }
}
