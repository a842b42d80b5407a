/// A table as plain text cells; drawing it is somebody else's work.
public struct EvaluationTable: Sendable, Hashable {
  /// What the table shows.
  public var title: String
  /// The heads of the columns.
  public var header: [String]
  /// The cells, row by row; each row is as long as the header.
  public var rows: [[String]]

  /// Makes a table.
  public init(title: String, header: [String], rows: [[String]]) {
    self.title = title
    self.header = header
    self.rows = rows
  }
}
