import NhanCore

/// Writes records as CSV for spreadsheets (RFC 4180, with a UTF-8 byte order mark, without which they take it
/// for an older encoding): `id,title,labels`, a column of probabilities for each label, and `error`.
///
/// A text that a spreadsheet would take for a formula gets an apostrophe before it.
public struct CSVRecordWriter: RecordWriter {
  private let labels: [String]
  private let names: LabelNames
  private let showsReview: Bool

  /// Makes a writer.
  /// - Parameters:
  ///   - labels: the model's labels, one column each.
  ///   - displayNames: what people call the labels; a label that is missing is called by itself.
  ///   - showsReview: whether there is a column `review` with the labels in doubt.
  public init(labels: [String], displayNames: [String: String] = [:], showsReview: Bool = false) {
    self.labels = labels
    self.showsReview = showsReview
    names = LabelNames(names: displayNames)
  }

  /// Appends the byte order mark and the header row.
  public func begin(to output: inout [UInt8]) {
    output.append(contentsOf: [0xEF, 0xBB, 0xBF])
    append(
      row: ["id", "title", "labels"] + (showsReview ? ["review"] : []) + labels.map { names[$0] } + ["error"],
      to: &output)
  }

  /// Appends one row. O(its bytes + labels).
  public func append(_ record: TaggedRecord, to output: inout [UInt8]) {
    Self.append(cell: record.id ?? "", to: &output)
    output.append(UInt8(ascii: ","))
    Self.append(cell: String(decoding: record.title, as: UTF8.self), to: &output)
    output.append(UInt8(ascii: ","))
    Self.append(cell: record.labels.map { names[$0] }.joined(separator: "; "), to: &output)
    if showsReview {
      output.append(UInt8(ascii: ","))
      Self.append(cell: (record.review ?? []).map { names[$0] }.joined(separator: "; "), to: &output)
    }
    for (index, label) in labels.enumerated() {
      output.append(UInt8(ascii: ","))
      guard let score = record.scores.probability(of: label, at: index), score.isFinite else { continue }
      JSONWriter.append(number: Double(score), decimals: 6, to: &output)
    }
    output.append(UInt8(ascii: ","))
    Self.append(cell: record.failure?.description ?? "", to: &output)
    output.append(contentsOf: "\r\n".utf8)
  }

  /// Nothing.
  public func end(to output: inout [UInt8]) {}

  private func append(row: [String], to output: inout [UInt8]) {
    for (index, cell) in row.enumerated() {
      if index > 0 { output.append(UInt8(ascii: ",")) }
      Self.append(cell: cell, to: &output)
    }
    output.append(contentsOf: "\r\n".utf8)
  }

  /// Appends a text as a cell: guarded against being a formula, and in quotes where it needs them. O(bytes).
  static func append(cell text: String, to output: inout [UInt8]) {
    var text = text
    text.withUTF8 { bytes in
      let isQuoted = bytes.contains(where: needsQuotes)
      if isQuoted { output.append(0x22) }
      // OWASP, "CSV Injection": = + - @ tab and carriage return begin a formula or lead to one.
      if let first = bytes.first, [0x3D, 0x2B, 0x2D, 0x40, 0x09, 0x0D].contains(first) {
        output.append(0x27)
      }
      for byte in bytes {
        if byte == 0x22 { output.append(0x22) }
        output.append(byte)
      }
      if isQuoted { output.append(0x22) }
    }
  }

  /// Quotes, line ends and the separators: also the semicolon, which many spreadsheets take for one.
  private static func needsQuotes(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\n"), UInt8(ascii: "\r"):
      true
    default: false
    }
  }
}
