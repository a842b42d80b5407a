import NhanCore

/// Strips from articles saved from web pages what is not the article: menus, log-in prompts, breadcrumbs,
/// links to other articles, captions said twice, share and comment forms, advertisements, footers.
///
/// Works on lines, by their shape, their repetition, their place, and a small lexicon of interface words.
/// Every rule needs positive evidence, so a clean article passes whole; if nothing would remain, everything
/// does. Kept lines are copied byte for byte; blank lines go with the line before them. Runs before
/// `unicode`: the bytes need not be valid UTF-8.
public struct BoilerplateNormalizer: Normalizer {
  /// The name in configurations.
  public static let name = "boilerplate"
  /// One sentence for lists of stages.
  public static let summary =
    "Strips menus, prompts, related links, repeated captions, comment forms and footers from saved web pages."
  /// What can be configured.
  public static let options = OptionSchema([
    OptionDescription(
      "minimum-syllables", .integer(4...100), default: .integer(12),
      "From how many syllables on a line that ends like a sentence counts as a paragraph of an article."),
    OptionDescription(
      "repetitions", .boolean, default: .bool(true),
      "Strip the second of two equal lines, titles said again, and lines that say one text twice."),
  ])

  private let minimumSyllables: Int
  private let stripsRepetitions: Bool
  private let tables: UnicodeTables

  /// Makes a normalizer.
  public init(options: OptionValues) {
    minimumSyllables = options.int("minimum-syllables")
    stripsRepetitions = options.bool("repetitions")
    // Lines are compared without regard to case, composition, spaces and quotes.
    tables = UnicodeTables(
      UnicodeFolding(
        composes: true, foldsCase: true, toneMarks: .new, decodesEntities: true, foldsTypography: true,
        removesInvisible: true, stripsAccents: false))
  }

  /// Appends every document of `input`, stripped, to `output`; titles are copied. O(bytes).
  public func normalize(_ input: TextBatch, into output: inout TextBatch) {
    output.bytes.reserveCapacity(input.bytes.count)
    input.bytes.withUnsafeBufferPointer { source in
      tables.withPointers { tables in
        var folder = UnicodeFolder(source: source, tables: tables, origins: NoOrigins())
        for extent in input.extents {
          let start = output.bytes.count
          output.copy(extent.title, of: source)
          let bodyStart = output.bytes.count
          folder.removeAll()
          for range in keptRanges(of: extent, in: source, with: &folder) { output.copy(range, of: source) }
          output.closeDocument(start: start, bodyStart: bodyStart, replacements: extent.replacements)
        }
      }
    }
  }

  private func keptRanges(
    of extent: TextBatch.Extent, in source: UnsafeBufferPointer<UInt8>,
    with folder: inout UnicodeFolder<NoOrigins>
  ) -> [Range<Int>] {
    folder.fold(extent.title)
    let title = folder.trimmed(0..<folder.count)
    var lines = PageLines.split(extent.body, of: source, with: &folder)
    var result: [Range<Int>] = []
    folder.withOutput { text in
      let reader = PageLineReader(text)
      for index in lines.indices { reader.read(&lines[index]) }
      var page = PageRules(
        lines: lines, reader: reader, title: title, minimumSyllables: minimumSyllables,
        stripsRepetitions: stripsRepetitions)
      result = page.keptRanges(of: extent.body)
    }
    return result
  }
}

extension TextBatch {
  /// Appends bytes of another buffer as they are.
  fileprivate mutating func copy(_ range: Range<Int>, of source: UnsafeBufferPointer<UInt8>) {
    bytes.append(contentsOf: source[range])
    origins?.append(contentsOf: range.lazy.map { SourceSpan($0..<$0 + 1) })
  }
}
