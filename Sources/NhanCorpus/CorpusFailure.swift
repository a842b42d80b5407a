import NhanCore

/// Every error that reading a corpus can give: codes and wording in one place.
enum CorpusFailure {
  /// The code of every error in front matter but those with a code of their own.
  static let frontMatterCode = "bad-front-matter"

  // MARK: Files

  /// A file or folder that cannot be opened; `reason` is the system's.
  static func cannotOpen(_ path: String, _ reason: String, kind: NhanError.Kind = .record) -> NhanError {
    NhanError(
      kind, code: "cannot-open", "cannot be opened: \(reason)", at: Place(file: path),
      hint: "check the path and its permissions")
  }

  /// A file that fails while it is read.
  static func cannotRead(_ path: String, _ reason: String) -> NhanError {
    NhanError(.record, code: "cannot-read", "reading failed: \(reason)", at: Place(file: path))
  }

  /// A name in a folder that is not UTF-8; `path` is the repaired one.
  static func badFileName(_ path: String) -> NhanError {
    NhanError(
      .record, code: "bad-file-name", "the file's name is not UTF-8", at: Place(file: path),
      hint: "rename the file, for instance with convmv")
  }

  /// A file named by the user whose kind its name does not tell.
  static func unknownFormat(_ path: String) -> NhanError {
    let known = FileFormat.extensions.map { ".\($0.name)" }.joined(separator: ", ")
    return NhanError(
      .failure, code: "unknown-format", "the name does not tell the format, expected one of \(known)",
      at: Place(file: path), hint: "rename the file, or give JSONL on standard input as '-'")
  }

  /// Standard input can be read once.
  static var inputNamedTwice: NhanError {
    NhanError(.usage, code: "duplicate-path", "standard input '-' is named twice", hint: "name it once")
  }

  /// Something that is no folder where labels are to be the names of folders.
  static func notAFolder(_ path: String) -> NhanError {
    NhanError(
      .usage, code: "not-a-folder", "with labels from folders every path must be a folder",
      at: Place(file: path), hint: "name the folder that holds one folder a label")
  }

  /// A file right in the folder whose sub-folders are the labels.
  static func noLabelFolder(_ path: String) -> NhanError {
    NhanError(
      .record, code: "no-label-folder", "the file lies in no label's folder", at: Place(file: path),
      hint: "move it into the folder named like its label")
  }

  // MARK: Encodings

  /// Bytes that are not text in an encoding we read.
  static func notText(_ found: String, at place: Place) -> NhanError {
    NhanError(
      .record, code: "not-text", "found \(found), expected UTF-8 text", at: place,
      hint: "if it is UTF-16, convert it: iconv -f UTF-16 -t UTF-8")
  }

  /// Text in another eight-bit encoding; `share` of its non-ASCII bytes is invalid.
  static func notUTF8(percent: Int, at place: Place) -> NhanError {
    NhanError(
      .record, code: "not-utf8", "\(percent) % of the non-ASCII bytes are not UTF-8", at: place,
      hint: "convert it first: iconv -f WINDOWS-1258 -t UTF-8, or a converter for TCVN3 (ABC) or VNI")
  }

  // MARK: Records

  /// A document without a single visible byte.
  static func emptyDocument(at place: Place) -> NhanError {
    NhanError(
      .record, code: "empty-document", "found nothing but white space, expected a title or a text", at: place)
  }

  /// A JSONL line that is not a JSON object.
  static func badJSON(_ error: JSONError, file: String, line: Int) -> NhanError {
    NhanError(
      .record, code: "bad-json", error.message, at: Place(file: file, line: line, column: error.offset + 1),
      hint: #"expected one object a line: {"id": "1", "text": "…"}"#)
  }

  /// A record without the member `text`.
  static func missingText(at place: Place) -> NhanError {
    NhanError(
      .record, code: "missing-text", "there is no 'text', expected a string", at: place,
      hint: #"expected {"id": "1", "text": "…"}"#)
  }

  /// A member of the wrong kind: `bad-text`, `bad-title`, `bad-id`.
  static func badMember(_ name: String, found: JSONKind, expected: String, at place: Place) -> NhanError {
    NhanError(
      .record, code: "bad-\(name)", "'\(name)' is \(found.words), expected \(expected)", at: place)
  }

  /// Labels that are not a list of names.
  static func badLabels(_ found: String, at place: Place, hint: String) -> NhanError {
    NhanError(
      .record, code: "bad-labels", "'labels' is \(found), expected a list of names", at: place, hint: hint)
  }

  /// A later record with an id that was there before.
  static func duplicateID(_ id: String, first: Place, at place: Place) -> NhanError {
    NhanError(
      .record, code: "duplicate-id", "the id '\(id)' was given before, at \(first)", at: place,
      hint: "give every document an id of its own")
  }

  // MARK: Front matter

  /// Front matter without its second `---`.
  static func unterminatedFrontMatter(_ file: String) -> NhanError {
    NhanError(
      .record, code: "unterminated-front-matter",
      "the front matter begins with '---' but no other line is '---'", at: Place(file: file, line: 1),
      hint: "end the front matter with a line '---'")
  }

  /// Front matter that is not a mapping of the expected form.
  static func badFrontMatter(_ found: String, at place: Place) -> NhanError {
    NhanError(
      .record, code: frontMatterCode, found, at: place,
      hint: "expected lines such as 'title: …' and 'labels: [borders, awards]'")
  }

  // MARK: Tables

  /// A table without the column `text`.
  static func missingColumn(found columns: [String], file: String) -> NhanError {
    let names = columns.map { "'\($0)'" }.joined(separator: ", ")
    let nearest = Suggestion.nearest(to: "text", among: columns).map { "did you mean '\($0)'? " } ?? ""
    return NhanError(
      .record, code: "missing-column",
      "there is no column 'text', found \(columns.isEmpty ? "no columns" : names)",
      at: Place(file: file, line: 1), hint: nearest + "name the column that holds the articles 'text'")
  }

  /// A table that names one column twice.
  static func duplicateColumn(_ name: String, file: String) -> NhanError {
    NhanError(
      .record, code: "duplicate-column", "the column '\(name)' is named twice",
      at: Place(file: file, line: 1),
      hint: "rename one of the two")
  }

  /// A row with too few or too many cells.
  static func raggedRow(found: Int, expected: Int, at place: Place) -> NhanError {
    NhanError(
      .record, code: "ragged-row",
      "the row has \(found) \(found == 1 ? "cell" : "cells"), expected \(expected)", at: place,
      hint: "put cells that hold a separator or a line break in double quotes")
  }

  /// A row whose quotes do not follow RFC 4180.
  static func brokenQuote(at place: Place) -> NhanError {
    NhanError(
      .record, code: "broken-quote",
      "a double quote stands inside a bare cell, or a quoted cell does not end at a separator or line end",
      at: place, hint: "put the cell in double quotes and double each quote inside")
  }
}

extension JSONKind {
  /// What it is, for messages.
  var words: String {
    switch self {
    case .null: "null"
    case .bool: "a Boolean"
    case .number: "a number"
    case .string: "a string"
    case .array: "a list"
    case .object: "a mapping"
    }
  }
}
