import NhanCore

/// Makes records of a whole text file.
enum TextFileParser {
  /// Reads and parses a file. O(its bytes).
  static func records(of file: SourceFile) -> [Record] {
    do throws(NhanError) {
      let bytes = try InputFile(opening: file.path).readAll()
      return bytes.withUnsafeBufferPointer { records(in: $0, of: file) }
    } catch {
      return [.failure(id: file.path, error)]
    }
  }

  /// Parses a file's bytes: one article, or fastText lines.
  static func records(in bytes: UnsafeBufferPointer<UInt8>, of file: SourceFile) -> [Record] {
    if let failure = TextCheck.binaryFailure(of: bytes, at: Place(file: file.path)) {
      return [.failure(id: file.path, failure)]
    }
    let start = TextCheck.byteOrderMarkLength(of: bytes)
    let content = UnsafeBufferPointer(rebasing: bytes[start...])
    guard FastTextParser.isFastText(content) else {
      return [article(content, behind: FileOffset(behind: bytes[..<start]), of: file)]
    }
    var records: [Record] = []
    LineScanner.forEachLine(in: content, firstNumber: 1) { line, number in
      records.append(
        FastTextParser.record(from: line, file: file.path, number: number, folderLabel: file.folderLabel))
    }
    return records
  }

  /// - Parameter start: where `content` begins in the file.
  private static func article(
    _ content: UnsafeBufferPointer<UInt8>, behind start: FileOffset, of file: SourceFile
  ) -> Record {
    func offset(_ index: Int) -> FileOffset {
      let inside = FileOffset(behind: content[..<index])
      return FileOffset(
        bytes: start.bytes + inside.bytes, characters: start.characters + inside.characters)
    }
    let place = Place(file: file.path)
    do throws(NhanError) {
      // Before the front matter, which a legacy encoding spoils too.
      if let failure = TextCheck.encodingFailure(of: content, at: place) { throw failure }
      guard let (yaml, body) = try FrontMatter.split(content, file: file.path) else {
        return RecordParser.record(
          Document(id: file.path, text: Array(content), place: place, textOffset: start), givenID: file.path,
          folderLabel: file.folderLabel)
      }
      let matter = try FrontMatter(yaml: String(decoding: content[yaml], as: UTF8.self), file: file.path)
      let title = matter.titleIndex(in: content[yaml])
      return RecordParser.record(
        Document(
          id: matter.id ?? file.path, title: Array((matter.title ?? "").utf8), text: Array(content[body...]),
          labels: matter.labels, metadata: matter.metadata, place: place,
          titleOffset: title.map(offset), textOffset: offset(body)),
        givenID: matter.id ?? file.path, folderLabel: file.folderLabel)
    } catch {
      return .failure(id: file.path, error)
    }
  }
}
