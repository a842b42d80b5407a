import NhanCore

/// Writes records as a table for a terminal: id, title, and the labels given with their probabilities and, where asked for,
/// the phrases that decided them, and behind a ring the labels nearly given; a dash when there are none; of a failed record,
/// what is wrong with it.
///
/// The first records are kept to fit the columns; the widths then stay, so that any number of records takes
/// bounded memory.
public struct TableRecordWriter: RecordWriter {
  /// How many records the widths are taken from.
  private static let sampleSize = 256

  private let names: LabelNames
  private let width: Int?
  private var table = TextTable(columns: [
    .init("id", isFlexible: true), .init("title", isFlexible: true), .init("labels", isFlexible: true),
  ])
  /// The widths of the columns, once they are fixed.
  private var widths: [Int]?

  /// Makes a writer.
  /// - Parameters:
  ///   - width: the columns of the terminal; `nil` for no limit.
  ///   - displayNames: what people call the labels; a label that is missing is called by itself.
  public init(width: Int?, displayNames: [String: String] = [:]) {
    self.width = width
    names = LabelNames(names: displayNames)
  }

  /// Nothing: the header waits for the widths.
  public func begin(to output: inout [UInt8]) {}

  /// Appends a row, or keeps it until there are enough to fit the columns. O(its bytes).
  public mutating func append(_ record: TaggedRecord, to output: inout [UInt8]) {
    let row = cells(of: record)
    if let widths {
      output.append(contentsOf: table.row(row, widths: widths).utf8)
    } else {
      table.rows.append(row)
      if table.rows.count == Self.sampleSize { flush(to: &output) }
    }
  }

  /// Appends what was kept and the last line.
  public mutating func end(to output: inout [UInt8]) {
    if widths == nil { flush(to: &output) }
    output.append(contentsOf: table.footer(widths: widths ?? []).utf8)
  }

  private mutating func flush(to output: inout [UInt8]) {
    let widths = table.columnWidths(fitting: width)
    output.append(contentsOf: table.header(widths: widths).utf8)
    for row in table.rows { output.append(contentsOf: table.row(row, widths: widths).utf8) }
    table.rows = []
    self.widths = widths
  }

  private func cells(of record: TaggedRecord) -> [String] {
    let id = record.id ?? record.place.description
    if let failure = record.failure { return [id, "", "✗ \(failure.code): \(record.failureText ?? "")"] }
    let title = String(decoding: record.title, as: UTF8.self)
    let given = record.labels.map { text(of: $0, in: record) }
    let nearMisses = (record.reasons ?? []).filter { !$0.isGiven }.map {
      "○ " + text(of: $0.label, in: record)
    }
    let labels = (given + nearMisses).joined(separator: " · ")
    return [id, title, ([labels.isEmpty ? "–" : labels] + review(record)).joined(separator: " ")]
  }

  /// The labels in doubt, behind a question mark.
  private func review(_ record: TaggedRecord) -> [String] {
    guard let review = record.review, !review.isEmpty else { return [] }
    return ["? " + review.map { text(of: $0, in: record, withEvidence: false) }.joined(separator: " · ")]
  }

  private func text(of label: String, in record: TaggedRecord, withEvidence: Bool = true) -> String {
    guard let probability = record.scores.probability(of: label) else { return names[label] }
    var text = Array("\(names[label]) ".utf8)
    JSONWriter.append(number: Double(probability), decimals: 2, keepsZeros: true, to: &text)
    if withEvidence, let reasons = record.reasons?.first(where: { $0.label == label }) {
      text.append(contentsOf: phrases(of: reasons).utf8)
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// What spoke for a label and, of one that was not given, what against it: ` (tàu cá, ngư dân)`.
  private func phrases(of reasons: TaggedRecord.Reasons) -> String {
    var parts: [String] = []
    if !reasons.supporting.isEmpty { parts.append(reasons.supporting.map(\.phrase).joined(separator: ", ")) }
    if !reasons.isGiven, !reasons.opposing.isEmpty {
      parts.append("against: " + reasons.opposing.map(\.phrase).joined(separator: ", "))
    }
    return parts.isEmpty ? "" : " (" + parts.joined(separator: "; ") + ")"
  }
}
