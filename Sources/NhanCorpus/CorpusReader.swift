import Glibc
import NhanCore

/// Reads a corpus of files and folders as a sequence of chunks, in a fixed order, in bounded memory.
///
/// `next()` only reads and cuts; `RawChunk.records()` parses, on as many threads as there are. The
/// records are the same however the input is cut. One thread at a time may use a reader.
///
/// ```swift
/// var reader = try CorpusReader(paths: ["articles/", "more.jsonl"])
/// while let chunk = reader.next() { for record in chunk.records() { … } }
/// ```
public struct CorpusReader: Sendable {
  /// Text files in a chunk, at most.
  private static let filesPerChunk = 64

  private var walker: FileWalker
  private let chunkSize: Int
  /// The file being read in blocks, and its header if it is a table.
  private var blocks: BlockReader?
  private var header: CSVHeader?
  /// Text files gathered for the next chunk, and their size in bytes.
  private var files: [SourceFile] = []
  private var filesSize = 0
  /// Chunks that are ready, the next one first.
  private var ready: [RawChunk] = []

  /// Prepares to read files, folders, or (`-`) JSONL on standard input, in the order given; folders are
  /// walked in the order of their files' paths, hidden files left out.
  /// - Parameters:
  ///   - layout: where labels come from.
  ///   - chunkSize: how many bytes a chunk should have; one with a longer line or row has more.
  /// - Throws: `NhanError` for a path that cannot be opened or is of unknown format (failure), for standard
  ///   input named twice, and for a file where labels are to be folders (usage).
  public init(
    paths: [String], layout: CorpusLayout = .files, chunkSize: Int = 256 << 10
  ) throws(NhanError) {
    precondition(chunkSize > 0)
    walker = try FileWalker(paths: paths, layout: layout)
    self.chunkSize = chunkSize
  }

  /// Files of folders that have been left out so far: of unknown format, not regular, or links to folders.
  public var skippedFiles: SkippedFiles { walker.skipped }

  /// The next chunk; `nil` at the end. Waits for input where there is none yet.
  public mutating func next() -> RawChunk? {
    while ready.isEmpty {
      if blocks != nil {
        readBlock()
      } else if let step = walker.next() {
        begin(step)
      } else {
        flushFiles()
        if ready.isEmpty { return nil }
      }
    }
    return ready.removeFirst()
  }

  /// All records. O(bytes), in time and memory.
  public mutating func readAll() -> [Record] {
    var records: [Record] = []
    while let chunk = next() { records += chunk.records() }
    return records
  }

  private mutating func begin(_ step: FileWalker.Step) {
    switch step {
    case .failure(let error): fail(error)
    case .file(let file) where file.format == .text: begin(text: file)
    case .file(let file): begin(blocksOf: file)
    }
  }

  /// Small text files are gathered and read by whoever parses the chunk. A large one is looked at, because it
  /// may be lines that need not be in memory all at once.
  private mutating func begin(text file: SourceFile) {
    var status = stat()
    let size = stat(file.path, &status) == 0 ? Int(status.st_size) : 0
    if size > chunkSize, let reader = try? BlockReader(opening: file, blockSize: chunkSize),
      reader.binaryFailure == nil, FastTextParser.isFastText(reader.head)
    {
      flushFiles()
      blocks = reader
      return
    }
    files.append(file)
    filesSize += size
    if files.count >= Self.filesPerChunk || filesSize >= chunkSize { flushFiles() }
  }

  private mutating func begin(blocksOf file: SourceFile) {
    flushFiles()
    do throws(NhanError) {
      var reader = try BlockReader(opening: file, blockSize: chunkSize)
      if let failure = reader.binaryFailure { throw failure }
      header = nil
      if file.format == .csv || file.format == .tsv {
        header = try CSVHeader(readingFrom: &reader)
        guard let header else { return }
        reader.unit = .row(separator: header.separator)
      }
      blocks = reader
    } catch { fail(error) }
  }

  private mutating func readBlock() {
    do throws(NhanError) {
      guard let block = try blocks?.next() else {
        blocks = nil
        return
      }
      ready.append(RawChunk(content: header.map { .rows(block, $0) } ?? .lines(block)))
    } catch {
      blocks = nil
      fail(error)
    }
  }

  private mutating func fail(_ error: NhanError) {
    flushFiles()
    ready.append(RawChunk(content: .failure(error)))
  }

  private mutating func flushFiles() {
    if files.isEmpty { return }
    ready.append(RawChunk(content: .files(files)))
    files = []
    filesSize = 0
  }
}

extension CSVHeader {
  /// Takes the header row from the head of a table; `nil` for an empty file.
  init?(readingFrom reader: inout BlockReader) throws(NhanError) {
    let source = reader.source
    let separator = Self.separator(format: source.format, firstLine: reader.head)
    guard let block = try reader.nextRow(separator: separator) else { return nil }
    var names: [String] = []
    let outcome = block.withBytes { bytes in
      var cells: [CSVScanner.Cell] = []
      let scanner = CSVScanner(bytes: bytes, separator: separator, isEnd: true)
      let outcome = scanner.row(at: 0, cells: &cells)
      names = cells.map { String(Labels.trimming(Substring(scanner.text($0)))) }
      return outcome
    }
    if case .broken = outcome { throw CorpusFailure.brokenQuote(at: Place(file: source.path, line: 1)) }
    try self.init(columns: names, separator: separator, file: source.path)
  }
}
