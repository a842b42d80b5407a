/// Lists of labels as records give them.
enum Labels {
  /// The labels in their order, each once.
  static func unique(_ labels: [String]) -> [String] {
    if labels.count < 2 { return labels }
    var seen: Set<String> = []
    return labels.filter { seen.insert($0).inserted }
  }

  /// The labels of a table's cell, separated by `;`, `|` or `,`, without the white space around them.
  static func split(cell: String) -> [String] {
    let parts = cell.utf8.split { [UInt8(ascii: ";"), UInt8(ascii: "|"), UInt8(ascii: ",")].contains($0) }
    return unique(parts.map { String(trimming(Substring($0))) }.filter { !$0.isEmpty })
  }

  /// Text without the ASCII white space around it.
  static func trimming(_ text: Substring) -> Substring {
    let head = text.utf8.drop(while: TextCheck.isSpace)
    let length = head.reversed().drop(while: TextCheck.isSpace).count
    return Substring(head.prefix(length))
  }
}
