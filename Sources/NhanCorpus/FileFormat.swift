/// Where labels of files come from.
public enum CorpusLayout: String, Sendable, CaseIterable {
  /// From the files themselves.
  case files
  /// From the folders: every document below `PATH/name/` has the label `name`, besides those of its own.
  case folders
}

/// What is in a file, as its name tells.
enum FileFormat: Sendable, Hashable {
  /// One article, maybe with front matter; or fastText lines, if it begins with one.
  case text
  /// One JSON object a line.
  case jsonLines
  /// One `__label__a __label__b text` a line.
  case fastText
  /// A table with a header row.
  case csv
  /// A table with a header row and tabs between the cells.
  case tsv

  /// The known extensions.
  static let extensions: [(name: String, format: FileFormat)] = [
    ("txt", .text), ("jsonl", .jsonLines), ("ndjson", .jsonLines), ("csv", .csv), ("tsv", .tsv),
    ("ft", .fastText), ("fasttext", .fastText),
  ]

  /// The format of a file by its extension, in upper or lower case; `nil` when that is unknown.
  init?(path: String) {
    guard let dot = path.lastIndex(of: ".") else { return nil }
    let name = path[path.index(after: dot)...].lowercased()
    guard let known = Self.extensions.first(where: { $0.name == name }) else { return nil }
    self = known.format
  }
}
