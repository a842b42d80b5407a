/// A table for a terminal or a plain text: a header, aligned columns, lines of box-drawing characters.
///
/// ```
/// ┌───────┬──────┐
/// │ label │   F1 │
/// ├───────┼──────┤
/// │ Biển… │ 0.93 │
/// └───────┴──────┘
/// ```
/// Widths are columns of the terminal (`DisplayWidth`), so Vietnamese in composed and decomposed form lines
/// up. Line breaks in cells become spaces; other control characters, which could command the terminal, are
/// left out.
public struct TextTable: Sendable {
  /// On which side of its column a text stands.
  public enum Alignment: Sendable {
    /// Left: words.
    case left
    /// Right: numbers.
    case right
  }

  /// A column.
  public struct Column: Sendable {
    /// What the header says.
    public var title: String
    /// Where its texts stand.
    public var alignment: Alignment
    /// Whether it gives way when the table is too wide. If no column does, all do.
    public var isFlexible: Bool

    /// Describes a column.
    public init(_ title: String, alignment: Alignment = .left, isFlexible: Bool = false) {
      self.title = title
      self.alignment = alignment
      self.isFlexible = isFlexible
    }
  }

  /// The columns, from left to right.
  public var columns: [Column]
  /// The cells of each row; missing ones are empty, others than the columns' are left out.
  public var rows: [[String]] = []

  /// A table without rows.
  public init(columns: [Column]) { self.columns = columns }

  /// The whole table, each line with a newline behind it. O(cells).
  /// - Parameter width: the columns it may take; `nil` for as many as it needs. A table that has too many
  ///   columns for the width is wider.
  public func rendered(width: Int? = nil) -> String {
    let widths = columnWidths(fitting: width)
    return header(widths: widths) + rows.map { row($0, widths: widths) }.joined() + footer(widths: widths)
  }

  /// The width of each column's text so that the rows fit into `width`. O(cells + columns · width).
  ///
  /// With it, `header`, `row` and `footer` print a table as its rows come.
  public func columnWidths(fitting width: Int?) -> [Int] {
    var widths = columns.map { DisplayWidth.of(Self.printable($0.title)) }
    for row in rows {
      for (index, cell) in row.prefix(columns.count).enumerated() {
        widths[index] = max(widths[index], DisplayWidth.of(Self.printable(cell)))
      }
    }
    guard let width else { return widths }
    let available = width - (3 * columns.count + 1)
    shrink(&widths, to: available, among: columns.indices.filter { columns[$0].isFlexible })
    shrink(&widths, to: available, among: Array(columns.indices))
    return widths
  }

  /// Takes from the widest of some columns until all fit or those have a single character left.
  private func shrink(_ widths: inout [Int], to available: Int, among indices: [Int]) {
    var excess = widths.reduce(0, +) - available
    while excess > 0, let widest = indices.max(by: { widths[$0] < widths[$1] }), widths[widest] > 1 {
      widths[widest] -= 1
      excess -= 1
    }
  }

  /// The line above the titles, the titles, and the line below them.
  public func header(widths: [Int]) -> String {
    rule("┌", "┬", "┐", widths) + row(columns.map(\.title), widths: widths) + rule("├", "┼", "┤", widths)
  }

  /// One row.
  public func row(_ cells: [String], widths: [Int]) -> String {
    var line = "│"
    for (index, column) in columns.enumerated() {
      let cell = index < cells.count ? Self.printable(cells[index]) : ""
      let text = DisplayWidth.truncating(cell, to: widths[index])
      let padding = String(repeating: " ", count: widths[index] - DisplayWidth.of(text))
      line += column.alignment == .left ? " \(text)\(padding) │" : " \(padding)\(text) │"
    }
    return line + "\n"
  }

  /// The line below the last row.
  public func footer(widths: [Int]) -> String { rule("└", "┴", "┘", widths) }

  private func rule(_ left: String, _ middle: String, _ right: String, _ widths: [Int]) -> String {
    left + widths.map { String(repeating: "─", count: $0 + 2) }.joined(separator: middle) + right + "\n"
  }

  /// The text on one line and without characters that command the terminal or turn the direction of writing.
  static func printable(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator:
        if [0x09, 0x0A, 0x0D, 0x2028, 0x2029].contains(scalar.value) { result.append(" ") }
      case .format where !(0x200C...0x200D).contains(scalar.value): continue
      default: result.append(scalar)
      }
    }
    return String(result)
  }
}
