import NhanCore

/// Cuts one file into blocks of whole lines or rows. Linear in the file's bytes, in memory for a block or for
/// the longest line or row.
struct BlockReader: Sendable {
  /// Where blocks may be cut.
  enum Unit: Sendable {
    /// Behind a newline.
    case line
    /// Behind a row of a table, by the separator of its cells.
    case row(separator: UInt8)
  }

  let source: SourceFile
  /// As many bytes as tell a byte order mark.
  private static let headSize = 4

  /// Where the next blocks are cut; may be changed between blocks.
  var unit: Unit = .line
  private let input: InputFile
  private let blockSize: Int
  /// What has been read and not yet given out.
  private var buffer: [UInt8] = []
  private var start = 0
  private var nextLine = 1
  private var isEnd = false
  private var error: NhanError?

  /// Opens the file and reads its beginning.
  init(opening source: SourceFile, blockSize: Int) throws(NhanError) {
    self.source = source
    self.blockSize = max(blockSize, Self.headSize)
    input = source.path == "-" ? .standard : try InputFile(opening: source.path)
    fill()
    start = TextCheck.byteOrderMarkLength(of: buffer)
  }

  /// What is in memory of the file's beginning, without a byte order mark, before the first block is taken.
  var head: ArraySlice<UInt8> { buffer[start...] }

  /// Why the file is no text, as far as its beginning tells. A NUL further on spoils only its own line.
  var binaryFailure: NhanError? {
    buffer.prefix(Self.headSize).withUnsafeBufferPointer {
      TextCheck.binaryFailure(of: $0, at: Place(file: source.path))
    }
  }

  /// The next block; `nil` at the end of the file.
  /// - Throws: `NhanError` (record) when reading fails; what was read of the last line before is dropped.
  mutating func next() throws(NhanError) -> RawChunk.Block? {
    while true {
      if let cut = cut() { return take(upTo: cut) }
      if let error { throw error }
      if isEnd { return start < buffer.count ? take(upTo: buffer.count) : nil }
      fill()
    }
  }

  /// The first row alone, as a block: the header of a table; `nil` for an empty file.
  mutating func nextRow(separator: UInt8) throws(NhanError) -> RawChunk.Block? {
    while true {
      if start < buffer.count {
        var cells: [CSVScanner.Cell] = []
        let row = buffer.withUnsafeBufferPointer {
          CSVScanner(bytes: $0, separator: separator, isEnd: isEnd).row(at: start, cells: &cells)
        }
        switch row {
        case .row(let next), .broken(let next): return take(upTo: next)
        case .incomplete: break
        }
      }
      if let error { throw error }
      if isEnd { return nil }
      fill()
    }
  }

  /// Reads on into a fresh buffer, behind what is left of the old one.
  private mutating func fill() {
    // A line longer than a block makes the buffer four times as large, so that a third of its bytes are copied.
    let left = buffer[start...]
    let capacity = max(blockSize, 4 * left.count)
    (buffer, isEnd, error) = input.fill(startingWith: left, capacity: capacity) { $0.contains(0x0A) }
    start = 0
  }

  /// Behind the last whole line or row in the buffer; `nil` if there is none.
  private func cut() -> Int? {
    buffer.withUnsafeBufferPointer { bytes in
      switch unit {
      case .line:
        let last = LineScanner.lastNewline(in: UnsafeBufferPointer(rebasing: bytes[start...]))
        return last.map { start + $0 + 1 }
      case .row(let separator):
        let scanner = CSVScanner(bytes: bytes, separator: separator, isEnd: isEnd)
        var cells: [CSVScanner.Cell] = []
        var end = start
        rows: while end < bytes.count {
          switch scanner.row(at: end, cells: &cells) {
          case .row(let next), .broken(let next): end = next
          case .incomplete: break rows
          }
        }
        return end > start ? end : nil
      }
    }
  }

  private mutating func take(upTo end: Int) -> RawChunk.Block {
    let block = RawChunk.Block(file: source, firstLine: nextLine, bytes: buffer, range: start..<end)
    nextLine += block.withBytes(LineScanner.countNewlines)
    start = end
    return block
  }
}
