import NhanCore

/// The fields of an article. News says its theme first, so each field counts with a weight of its own.
enum Field: Int, CaseIterable {
  case title, opening, body

  var name: String {
    switch self {
    case .title: "title"
    case .opening: "opening"
    case .body: "body"
    }
  }

  static let names = allCases.map(\.name)
}

/// Where the fields of one document lie.
struct DocumentFields {
  /// Title, opening, body; each maybe empty.
  let ranges: (title: Range<Int>, opening: Range<Int>, body: Range<Int>)

  subscript(field: Field) -> Range<Int> {
    switch field {
    case .title: ranges.title
    case .opening: ranges.opening
    case .body: ranges.body
    }
  }

  /// Calls `body` with the fields that count, in order. An opening that counts like the body is part of it, so that
  /// n-grams go on.
  @inline(__always)
  func forEachRun(_ settings: TermSettings, _ body: (_ field: Field, _ range: Range<Int>) -> Void) {
    func give(_ field: Field, _ range: Range<Int>) {
      if settings.units[field.rawValue] > 0, !range.isEmpty { body(field, range) }
    }
    give(.title, ranges.title)
    if settings.opensLikeBody {
      give(.body, ranges.opening.lowerBound..<ranges.body.upperBound)
    } else {
      give(.opening, ranges.opening)
      give(.body, ranges.body)
    }
  }

  /// Finds the fields of a document. Without a title of its own, the first line of the body that is not blank is the
  /// title, if more follows. The opening is the first `openingSize` bytes of the rest, up to the end of the word and of the
  /// spaces behind it.
  init(_ bytes: UnsafeBufferPointer<UInt8>, _ extent: TextBatch.Extent, openingSize: Int) {
    var title = extent.title
    var rest = extent.body
    if title.isEmpty, let line = Self.firstLine(bytes, rest) {
      title = line
      rest = line.upperBound..<rest.upperBound
    }
    var split = rest.lowerBound
    while split < rest.upperBound, bytes[split] <= 0x20 { split += 1 }
    split = min(split + openingSize, rest.upperBound)
    if openingSize > 0 {
      while split < rest.upperBound, bytes[split] > 0x20 { split += 1 }
      while split < rest.upperBound, bytes[split] == 0x20 { split += 1 }
    }
    ranges = (title, rest.lowerBound..<split, split..<rest.upperBound)
  }

  /// The first line that is not blank, if text follows behind it.
  private static func firstLine(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Range<Int>? {
    var start = range.lowerBound
    while start < range.upperBound, bytes[start] <= 0x20 { start += 1 }
    guard let end = bytes[start..<range.upperBound].firstIndex(of: 0x0a) else { return nil }
    return bytes[end..<range.upperBound].contains { $0 > 0x20 } ? start..<end : nil
  }
}
