import NhanCore

/// Makes a record of a line of a fastText file: `__label__a __label__b text…`.
enum FastTextParser {
  /// What stands before a label.
  static let prefix = Array("__label__".utf8)

  /// Whether a file's first bytes that are not white space are a label.
  static func isFastText(_ bytes: some Collection<UInt8>) -> Bool {
    bytes.drop(while: TextCheck.isSpace).starts(with: prefix)
  }

  /// Parses one line, which is not blank. A line without a label is unlabelled.
  static func record(
    from line: UnsafeBufferPointer<UInt8>, file: String, number: Int, folderLabel: String?
  ) -> Record {
    let place = Place(file: file, line: number)
    if TextCheck.containsNUL(line) { return .failure(id: nil, CorpusFailure.notText("NUL bytes", at: place)) }
    var labels: [String] = []
    var rest = line.drop(while: TextCheck.isSpace)
    while rest.starts(with: prefix) {
      let label = rest.dropFirst(prefix.count).prefix { !TextCheck.isSpace($0) }
      if label.isEmpty {
        return .failure(
          id: nil,
          CorpusFailure.badLabels("a prefix without a name", at: place, hint: "write __label__borders"))
      }
      labels.append(String(decoding: label, as: UTF8.self))
      rest = rest[label.endIndex...].drop(while: TextCheck.isSpace)
    }
    return RecordParser.record(
      Document(
        id: RecordParser.id(of: place), text: Array(rest),
        labels: labels.isEmpty ? nil : Labels.unique(labels),
        place: place),
      givenID: nil, folderLabel: folderLabel)
  }
}
