import NhanCore

/// The columns of a table, as its header row names them.
struct CSVHeader: Sendable, Hashable {
  /// What stands between cells.
  var separator: UInt8
  /// The names, without the white space around them.
  var columns: [String]
  /// Where the columns with a meaning stand.
  var text: Int
  var id: Int?
  var title: Int?
  var labels: Int?

  /// Reads the names of the columns.
  /// - Throws: `NhanError` (record) when there is no `text`, or one with a meaning is named twice.
  init(columns: [String], separator: UInt8, file: String) throws(NhanError) {
    let names = columns.map { $0.lowercased() }
    func index(_ name: String) throws(NhanError) -> Int? {
      guard let first = names.firstIndex(of: name) else { return nil }
      if names.lastIndex(of: name) != first { throw CorpusFailure.duplicateColumn(name, file: file) }
      return first
    }
    guard let text = try index("text") else { throw CorpusFailure.missingColumn(found: columns, file: file) }
    self.separator = separator
    self.columns = columns
    self.text = text
    id = try index("id")
    title = try index("title")
    labels = try index("labels")
  }

  /// The separator of a file: a tab in TSV; in CSV a comma, or a semicolon where the header line has no
  /// comma, as spreadsheets write it where the comma stands in numbers.
  static func separator(format: FileFormat, firstLine: some Sequence<UInt8>) -> UInt8 {
    if format == .tsv { return UInt8(ascii: "\t") }
    let line = firstLine.prefix { $0 != UInt8(ascii: "\n") }
    let isSemicolon = line.contains(UInt8(ascii: ";")) && !line.contains(UInt8(ascii: ","))
    return isSemicolon ? UInt8(ascii: ";") : UInt8(ascii: ",")
  }
}

/// Makes records of the rows of a table.
enum CSVParser {
  /// Parses whole rows.
  /// - Parameter firstLine: the line on which `bytes` begin.
  static func records(
    in bytes: UnsafeBufferPointer<UInt8>, header: CSVHeader, file: String, firstLine: Int,
    folderLabel: String?
  ) -> [Record] {
    let scanner = CSVScanner(bytes: bytes, separator: header.separator, isEnd: true)
    var records: [Record] = []
    var cells: [CSVScanner.Cell] = []
    var line = firstLine
    var start = 0
    while start < bytes.count {
      let place = Place(file: file, line: line)
      let next: Int
      switch scanner.row(at: start, cells: &cells) {
      case .row(let end):
        next = end
        if cells.count == 1, TextCheck.isBlank(bytes[cells[0].content]) { break }
        records.append(record(cells, scanner, header, at: place, folderLabel: folderLabel))
      case .broken(let end):
        next = end
        records.append(.failure(id: nil, CorpusFailure.brokenQuote(at: place)))
      case .incomplete: return records
      }
      line += LineScanner.countNewlines(in: UnsafeBufferPointer(rebasing: bytes[start..<next]))
      start = next
    }
    return records
  }

  private static func record(
    _ cells: [CSVScanner.Cell], _ scanner: CSVScanner, _ header: CSVHeader, at place: Place,
    folderLabel: String?
  ) -> Record {
    guard cells.count == header.columns.count else {
      return .failure(
        id: nil, CorpusFailure.raggedRow(found: cells.count, expected: header.columns.count, at: place))
    }
    let id = header.id.map { scanner.text(cells[$0]) }.flatMap { $0.isEmpty ? nil : $0 }
    var text: [UInt8] = []
    scanner.append(cells[header.text], to: &text)
    if text.withUnsafeBufferPointer(TextCheck.containsNUL) {
      return .failure(id: id, CorpusFailure.notText("NUL bytes", at: place))
    }
    var title: [UInt8] = []
    if let cell = header.title { scanner.append(cells[cell], to: &title) }
    let known = [header.text, header.id, header.title, header.labels]
    let others = cells.indices.filter { !known.contains($0) }
    let document = Document(
      id: id ?? RecordParser.id(of: place), title: title, text: text,
      labels: header.labels.map { Labels.split(cell: scanner.text(cells[$0])) },
      metadata: others.map { (header.columns[$0], .string(scanner.text(cells[$0]))) }, place: place)
    return RecordParser.record(document, givenID: id, folderLabel: folderLabel)
  }
}
