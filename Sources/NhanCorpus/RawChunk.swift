import NhanCore

/// A part of a corpus that has been read but not parsed: whole lines, whole rows, or the names of text files.
///
/// Cheap to make and to pass on; `records()` does the work, on any thread.
public struct RawChunk: Sendable {
  enum Content: Sendable {
    /// Whole lines of a JSONL or fastText file.
    case lines(Block)
    /// Whole rows of a table.
    case rows(Block, CSVHeader)
    /// Text files.
    case files([SourceFile])
    /// A file or folder that cannot be read.
    case failure(NhanError)
  }

  /// Part of a file.
  struct Block: Sendable {
    var file: SourceFile
    /// The one-based line on which it begins.
    var firstLine: Int
    /// The bytes read; those of `range` count.
    var bytes: [UInt8]
    var range: Range<Int>
  }

  let content: Content

  /// Parses the chunk: a document or a failure for each record, in the order of the input. Pure but for
  /// reading the text files of a chunk of such; may be called on any thread. O(bytes).
  public func records() -> [Record] {
    switch content {
    case .failure(let error): return [.failure(id: nil, error)]
    case .files(let files): return files.flatMap { TextFileParser.records(of: $0) }
    case .lines(let block):
      return block.withBytes { bytes in
        var records: [Record] = []
        let file = block.file
        LineScanner.forEachLine(in: bytes, firstNumber: block.firstLine) { line, number in
          records.append(
            file.format == .jsonLines
              ? JSONLinesParser.record(
                from: line, file: file.path, number: number, folderLabel: file.folderLabel)
              : FastTextParser.record(
                from: line, file: file.path, number: number, folderLabel: file.folderLabel))
        }
        return records
      }
    case .rows(let block, let header):
      return block.withBytes {
        CSVParser.records(
          in: $0, header: header, file: block.file.path, firstLine: block.firstLine,
          folderLabel: block.file.folderLabel)
      }
    }
  }
}

extension RawChunk.Block {
  /// The bytes that count, for the duration of the call.
  func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    bytes.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[range])) }
  }
}
