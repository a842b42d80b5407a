import Glibc

/// Finds rows and cells of a table by RFC 4180: cells between separators, rows between line ends, and a cell
/// in double quotes may hold both, and doubled quotes.
struct CSVScanner {
  /// A cell, as a range of the bytes.
  struct Cell: Hashable {
    /// Its content, without the quotes around it.
    var content: Range<Int>
    /// Whether there are doubled quotes in it.
    var hasQuotes: Bool
  }

  /// How a row ends.
  enum Outcome: Hashable {
    /// It is well-formed; the next one begins there.
    case row(next: Int)
    /// Its quotes are broken; the next one begins there, on the line behind the one that holds the bad quote.
    case broken(next: Int)
    /// The bytes end in it, and are not the last of the file.
    case incomplete
  }

  /// A longer quoted cell is taken for one that lacks its closing quote: it bounds what must be kept in
  /// memory.
  static let cellLimit = 16 << 20

  let bytes: UnsafeBufferPointer<UInt8>
  let separator: UInt8
  /// Whether the file ends with these bytes.
  let isEnd: Bool

  private static let quote = UInt8(ascii: "\"")
  private static let newline = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  /// Finds the cells of the row that begins at `start`, which is in the bytes. O(row).
  func row(at start: Int, cells: inout [Cell]) -> Outcome {
    cells.removeAll(keepingCapacity: true)
    var index = start
    while true {
      let isQuoted = index < bytes.count && bytes[index] == Self.quote
      guard let end = isQuoted ? quotedCell(at: index, &cells) : bareCell(at: index, &cells) else {
        return isEnd ? .row(next: bytes.count) : .incomplete
      }
      switch end {
      case .separator(let next): index = next
      case .line(let next): return .row(next: next)
      case .badQuote(let position): return recover(from: position)
      }
    }
  }

  /// Where a cell ends and what begins there; `nil` where the bytes end.
  private enum CellEnd {
    case separator(next: Int)
    case line(next: Int)
    case badQuote(at: Int)
  }

  private func bareCell(at start: Int, _ cells: inout [Cell]) -> CellEnd? {
    var index = start
    while index < bytes.count {
      let byte = bytes[index]
      if byte == Self.quote { return .badQuote(at: index) }
      if byte == separator || byte == Self.newline || byte == Self.carriageReturn,
        let end = end(at: index)
      {
        cells.append(Cell(content: start..<index, hasQuotes: false))
        return end
      }
      index &+= 1
    }
    // A carriage return that ends the file belongs to its line end.
    let isReturn = index > start && bytes[index - 1] == Self.carriageReturn
    cells.append(Cell(content: start..<(isReturn ? index - 1 : index), hasQuotes: false))
    return nil
  }

  private func quotedCell(at start: Int, _ cells: inout [Cell]) -> CellEnd? {
    var index = start + 1
    var hasQuotes = false
    let limit = min(bytes.count, index + Self.cellLimit)
    while true {
      guard index < limit, let found = memchr(bytes.baseAddress! + index, Int32(Self.quote), limit - index)
      else {
        return isEnd || limit < bytes.count ? .badQuote(at: start) : nil
      }
      let close = UnsafeRawPointer(found) - UnsafeRawPointer(bytes.baseAddress!)
      if close + 1 < bytes.count, bytes[close + 1] == Self.quote {
        hasQuotes = true
        index = close + 2
        continue
      }
      cells.append(Cell(content: start + 1..<close, hasQuotes: hasQuotes))
      let rest = bytes.count - (close + 1)
      // The bytes end, or all but the line feed of a line end is there.
      if rest == 0 || rest == 1 && bytes[close + 1] == Self.carriageReturn { return nil }
      return end(at: close + 1) ?? .badQuote(at: start)
    }
  }

  /// The separator or line end at `index`; `nil` if there is none. A carriage return alone is no line end.
  private func end(at index: Int) -> CellEnd? {
    switch bytes[index] {
    case separator: .separator(next: index + 1)
    case Self.newline: .line(next: index + 1)
    case Self.carriageReturn where index + 1 < bytes.count && bytes[index + 1] == Self.newline:
      .line(next: index + 2)
    default: nil
    }
  }

  private func recover(from position: Int) -> Outcome {
    guard let found = memchr(bytes.baseAddress! + position, Int32(Self.newline), bytes.count - position)
    else {
      return isEnd ? .broken(next: bytes.count) : .incomplete
    }
    return .broken(next: UnsafeRawPointer(found) - UnsafeRawPointer(bytes.baseAddress!) + 1)
  }

  /// Appends what a cell holds, doubled quotes made single.
  func append(_ cell: Cell, to output: inout [UInt8]) {
    guard cell.hasQuotes else { return output.append(contentsOf: bytes[cell.content]) }
    var index = cell.content.lowerBound
    while index < cell.content.upperBound {
      let found = memchr(bytes.baseAddress! + index, Int32(Self.quote), cell.content.upperBound - index)
      guard let found else { return output.append(contentsOf: bytes[index..<cell.content.upperBound]) }
      let quote = UnsafeRawPointer(found) - UnsafeRawPointer(bytes.baseAddress!)
      output.append(contentsOf: bytes[index...quote])
      index = quote + 2
    }
  }

  /// What a cell holds, as text; invalid UTF-8 repaired.
  func text(_ cell: Cell) -> String {
    var content: [UInt8] = []
    append(cell, to: &content)
    return String(decoding: content, as: UTF8.self)
  }
}
