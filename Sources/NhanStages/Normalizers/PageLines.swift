/// Splits a page into lines.
enum PageLines {
  /// The lines of `body` that are not blank, with their text folded by `folder`. A line takes its line end
  /// and the blank lines behind it along; blank lines at the top go with the first line. O(bytes).
  static func split(
    _ body: Range<Int>, of source: UnsafeBufferPointer<UInt8>, with folder: inout UnicodeFolder<NoOrigins>
  ) -> [PageLine] {
    var lines: [PageLine] = []
    var at = body.lowerBound
    while at < body.upperBound {
      let end = endOfLine(at, in: source, before: body.upperBound)
      let start = folder.count
      folder.fold(at..<end.text)
      let folded = folder.trimmed(start..<folder.count)
      if !folded.isEmpty {
        lines.append(PageLine(source: (lines.isEmpty ? body.lowerBound : at)..<end.line, folded: folded))
      } else if !lines.isEmpty {
        lines[lines.count - 1].source = lines[lines.count - 1].source.lowerBound..<end.line
      }
      at = end.line
    }
    return lines
  }

  /// Where the text of the line ends, and where its line end: LF, CR or both.
  private static func endOfLine(_ start: Int, in source: UnsafeBufferPointer<UInt8>, before end: Int) -> (
    text: Int, line: Int
  ) {
    var at = start
    while at < end, source[at] != 0x0A, source[at] != 0x0D { at += 1 }
    guard at < end else { return (end, end) }
    return (at, source[at] == 0x0D && at + 1 < end && source[at + 1] == 0x0A ? at + 2 : at + 1)
  }
}
