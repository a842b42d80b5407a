import NhanCore

/// Makes texts that read the same the same bytes: valid UTF-8, composed (NFC), in lower case, with one kind
/// of space, quote, dash and line end, without invisible characters, with tone marks in one place.
///
/// One pass over the bytes; every line end stays one `\n`. Invalid UTF-8 becomes U+FFFD, one for each maximal
/// subpart, counted in the extent's `replacements`. Normalizing the result again changes nothing, except that
/// a character reference escaped twice (`&amp;lt;`) is unescaped once a pass.
public struct UnicodeNormalizer: Normalizer {
  /// The name in configurations.
  public static let name = "unicode"
  /// One sentence for lists of stages.
  public static let summary =
    "Valid UTF-8 in NFC and lower case, with uniform spaces, quotes, dashes, line ends and tone marks."
  /// What can be configured.
  public static let options = OptionSchema([
    OptionDescription(
      "form", .choice(["nfc", "keep"]), default: .string("nfc"),
      "Compose letters with their marks (NFC), or keep them as they come."),
    OptionDescription(
      "case", .choice(["fold", "keep"]), default: .string("fold"), "Fold letters to lower case, or keep them."
    ),
    OptionDescription(
      "tone-marks", .choice(["new", "old", "keep"]), default: .string("new"),
      "Where the tone mark of open oa, oe, uy stands: new (hoà, thuỷ), old (hòa, thủy), or as it comes."),
    OptionDescription(
      "entities", .boolean, default: .bool(true),
      "Decode HTML character references such as &nbsp; and &#233;."),
    OptionDescription(
      "typography", .boolean, default: .bool(true),
      "Fold typographic spaces, quotes, dashes, ellipses and full-width letters to ASCII."),
    OptionDescription(
      "invisible", .boolean, default: .bool(true),
      "Remove zero-width and control characters, soft hyphens and variation selectors."),
    OptionDescription(
      "accents", .choice(["keep", "strip"]), default: .string("keep"),
      "Keep the marks of Vietnamese letters, or strip them (đ becomes d), for text typed without accents."),
  ])

  private let tables: UnicodeTables

  /// Makes a normalizer. Its tables, of some 3,000 scalars, are computed in about half a millisecond.
  public init(options: OptionValues) {
    let tone: ToneMarks =
      switch options.string("tone-marks") {
      case "new": .new
      case "old": .old
      default: .keep
      }
    tables = UnicodeTables(
      UnicodeFolding(
        composes: options.string("form") == "nfc", foldsCase: options.string("case") == "fold",
        toneMarks: tone,
        decodesEntities: options.bool("entities"), foldsTypography: options.bool("typography"),
        removesInvisible: options.bool("invisible"), stripsAccents: options.string("accents") == "strip"))
  }

  /// Appends every document of `input`, normalized, to `output`. O(bytes), but O(n log n) in the length of a
  /// run of combining marks.
  public func normalize(_ input: TextBatch, into output: inout TextBatch) {
    if output.origins == nil {
      fold(input, into: &output, recording: NoOrigins())
    } else {
      fold(input, into: &output, recording: SpanOrigins())
    }
  }

  /// A worker that finds words and, where they are wanted, remembers what became of tokens.
  public func makeWorker() -> any NormalizerWorker { makeWorker(numberLimit: 3 << 14) }

  /// The same, with how many numbers of words a batch may begin with. What is known of each takes some twenty bytes, in
  /// tables of a power of two, of which those of a batch leave a quarter; to number anew the words that are remembered takes a
  /// fraction of a millisecond.
  package func makeWorker(numberLimit: Int) -> any NormalizerWorker { Worker(self, numberLimit) }

  /// Normalizes on one thread; finds words, and remembers tokens, where words are wanted.
  private final class Worker: NormalizerWorker {
    private let normalizer: UnicodeNormalizer
    private let numberLimit: Int
    /// By what counts as a word.
    private var tokens: [WordKind: TokenMemory] = [:]

    init(_ normalizer: UnicodeNormalizer, _ numberLimit: Int) {
      self.normalizer = normalizer
      self.numberLimit = numberLimit
    }

    var findsWords: Bool { true }

    func normalize(_ input: TextBatch, into output: inout TextBatch) {
      guard output.origins == nil, let words = output.words else {
        output.words = nil
        return normalizer.normalize(input, into: &output)
      }
      let tokens = tokens(words.kind)
      tokens.renumber(above: numberLimit)
      words.begin(tokens.words)
      normalizer.fold(input, into: &output, recording: NoOrigins()) { folder, part in
        folder.fold(part, finding: words, with: tokens)
      }
    }

    private func tokens(_ kind: WordKind) -> TokenMemory {
      if let known = tokens[kind] { return known }
      let memory = TokenMemory()
      tokens[kind] = memory
      return memory
    }
  }

  private func fold<Recorder: OriginRecorder>(
    _ input: TextBatch, into output: inout TextBatch, recording recorder: Recorder
  ) {
    fold(input, into: &output, recording: recorder) { folder, part in folder.fold(part) }
  }

  private func fold<Recorder: OriginRecorder>(
    _ input: TextBatch, into output: inout TextBatch, recording recorder: Recorder,
    _ fold: (_ folder: inout UnicodeFolder<Recorder>, _ part: Range<Int>) -> Void
  ) {
    var ends: [(bodyStart: Int, end: Int, replacements: Int)] = []
    ends.reserveCapacity(input.count)
    var spans: [SourceSpan]?
    input.bytes.withUnsafeBufferPointer { source in
      tables.withPointers { tables in
        output.writeBytes(upTo: UnicodeFolder<Recorder>.room(for: source.count)) { memory in
          var folder = UnicodeFolder(source: source, tables: tables, origins: recorder, memory: memory)
          for extent in input.extents {
            folder.replacements = 0
            fold(&folder, extent.title)
            let bodyStart = folder.count
            fold(&folder, extent.body)
            ends.append((bodyStart, folder.count, extent.replacements + folder.replacements))
          }
          spans = folder.origins.spans
          return folder.count
        }
      }
    }
    output.close(ends, spans: spans)
  }
}

extension TextBatch {
  /// Writes the bytes of an empty batch, in the memory of the batch before if that is of a size with it: `body` writes them and
  /// returns how many. More than `room` are copied once more.
  fileprivate mutating func writeBytes(upTo room: Int, _ body: (OutputMemory) -> Int) {
    assert(count == 0)
    if bytes.capacity > 8 * room { bytes = [] }
    var outgrown: (memory: OutputMemory, count: Int)?
    bytes.append(addingCapacity: room) { output in
      output.withUnsafeMutableBufferPointer { buffer, filled in
        PagePool.preferHugePages(UnsafeMutableRawBufferPointer(buffer))
        let memory = OutputMemory(lent: UnsafeMutableBufferPointer(rebasing: buffer[..<room]))
        let count = body(memory)
        if memory.isLent { filled = count } else { outgrown = (memory, count) }
      }
    }
    if let (memory, count) = outgrown { bytes = Array(UnsafeBufferPointer(start: memory.base, count: count)) }
  }

  /// Makes documents of the bytes, which lie end to end.
  fileprivate mutating func close(
    _ ends: [(bodyStart: Int, end: Int, replacements: Int)], spans: [SourceSpan]?
  ) {
    if let spans { origins?.append(contentsOf: spans) }
    var start = 0
    replaceExtents(
      ends.map { document in
        defer { start = document.end }
        return Extent(
          start: start, bodyStart: document.bodyStart, end: document.end, replacements: document.replacements)
      })
  }
}
