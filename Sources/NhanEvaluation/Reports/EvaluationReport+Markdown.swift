/// The report in GitHub-flavoured Markdown, for job summaries and comments.
extension EvaluationReport {
  /// A heading, the summary, and each table. O(size of the report).
  public func markdown() -> String {
    var text = "# Evaluation\n\n\(Self.escapeMarkdown(summary))\n"
    for table in tables {
      text += "\n## \(Self.escapeMarkdown(table.title))\n\n"
      text += Self.markdownRow(table.header)
      text += Self.markdownRow(table.header.map { _ in "---" })
      for row in table.rows { text += Self.markdownRow(row.map(Self.escapeMarkdown)) }
    }
    return text
  }

  private static func markdownRow(_ cells: [String]) -> String {
    "| " + cells.joined(separator: " | ") + " |\n"
  }

  /// Text as it is: what Markdown or HTML would take as markup gets a backslash or a reference, and a line
  /// break, which would end a table's row, becomes a space.
  static func escapeMarkdown(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\", "|", "*", "_", "`", "[", "]", "#", "~":
        escaped += "\\"
        escaped.unicodeScalars.append(scalar)
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "&": escaped += "&amp;"
      case "\n", "\r": escaped += " "
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
