/// A batch of documents' texts, end to end in one buffer: what normalizers take and give, and what feature
/// extractors read.
///
/// Document `i` has a title (maybe empty) and, right behind it, a body; both are UTF-8 once the Unicode
/// normalizer has run, arbitrary bytes before.
public struct TextBatch: Sendable {
  /// Where one document lies in `bytes`: title `start..<bodyStart`, body `bodyStart..<end`.
  public struct Extent: Sendable, Hashable {
    /// First byte of the title.
    public var start: Int
    /// First byte of the body, behind the title's last.
    public var bodyStart: Int
    /// Behind the body's last byte.
    public var end: Int
    /// How many invalid UTF-8 sequences normalizers replaced in it.
    public var replacements: Int

    package init(start: Int, bodyStart: Int, end: Int, replacements: Int) {
      self.start = start
      self.bodyStart = bodyStart
      self.end = end
      self.replacements = replacements
    }

    /// The title's bytes.
    public var title: Range<Int> { start..<bodyStart }
    /// The body's bytes.
    public var body: Range<Int> { bodyStart..<end }
  }

  /// A text of at least so many bytes, and no title, is shared at first instead of copied: it is likely to stay alone.
  private static let sharedSize = 1 << 20

  /// The texts, end to end.
  public var bytes: [UInt8] = []
  /// One extent a document, in order and without gaps.
  public private(set) var extents: [Extent] = []
  /// By document: why it cannot be processed any further. Its text is empty then, and later stages pass it by.
  public var failures: [Int: NhanError] = [:]
  /// For each byte of `bytes`, the bytes of the original batch it came from; `nil` when not asked for.
  public var origins: [SourceSpan]?
  /// The words of `bytes`, where the normalizer that wrote them was asked for words.
  package var words: WordList?

  /// The words that a normalizer which finds words while it writes the texts, as a worker of `unicode` does, is asked for;
  /// extractors of such words are spared work then. They are lost with what is written otherwise.
  public var asksForWords: WordKind? {
    get { words?.kind }
    set { if words?.kind != newValue { words = newValue.map { WordList($0) } } }
  }

  /// The words of `bytes`, if those of that kind were found.
  package func words(of kind: WordKind) -> WordList? {
    words.flatMap { $0.kind == kind && $0.isCurrent ? $0 : nil }
  }

  /// An empty batch; with `tracksOrigins`, normalizers record where each byte came from.
  public init(tracksOrigins: Bool = false) {
    origins = tracksOrigins ? [] : nil
  }

  /// The number of documents.
  public var count: Int { extents.count }

  /// Forgets the documents and keeps the memory.
  public mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    extents.removeAll(keepingCapacity: true)
    failures.removeAll(keepingCapacity: true)
    origins?.removeAll(keepingCapacity: true)
    words?.removeAll()
  }

  /// Appends a document as it came in: every byte originates in itself.
  public mutating func append(title: some Collection<UInt8>, body: some Collection<UInt8>) {
    let start = bytes.count
    let bodyStart = start + title.count
    if bodyStart == 0, body.count >= Self.sharedSize, let text = body as? [UInt8] {
      bytes = text
    } else {
      bytes.makeRoom(for: title.count + body.count)
      bytes.append(contentsOf: title)
      bytes.append(contentsOf: body)
    }
    origins?.append(contentsOf: (start..<bytes.count).map { SourceSpan($0..<$0 + 1) })
    closeDocument(start: start, bodyStart: bodyStart)
  }

  /// Appends a document as it came in.
  public mutating func append(_ document: Document) { append(title: document.title, body: document.text) }

  /// Closes a document whose bytes (and origins, if tracked) have been appended already.
  /// - Precondition: `start` is the end of the last document and `bodyStart` lies in `start...bytes.count`.
  public mutating func closeDocument(start: Int, bodyStart: Int, replacements: Int = 0) {
    assert(start == extents.last?.end ?? 0 && start <= bodyStart && bodyStart <= bytes.count)
    assert(origins.map { $0.count == bytes.count } ?? true)
    extents.append(Extent(start: start, bodyStart: bodyStart, end: bytes.count, replacements: replacements))
  }

  /// Takes over extents of documents whose bytes stand in `bytes` already: in order and without gaps.
  package mutating func replaceExtents(_ extents: [Extent]) {
    assert(extents.last?.end ?? 0 == bytes.count)
    self.extents = extents
  }

  /// Closes a document that cannot be processed: it becomes empty, whatever has been appended of it.
  public mutating func failDocument(start: Int, _ error: NhanError) {
    bytes.removeSubrange(start...)
    origins?.removeSubrange(start...)
    failures[count] = error
    closeDocument(start: start, bodyStart: start)
  }

  /// The batch without the documents that failed; without origins and, if any failed, without words. O(bytes).
  public func removingFailures() -> TextBatch {
    if failures.isEmpty { return self }
    var result = TextBatch()
    for (index, extent) in extents.enumerated() where failures[index] == nil {
      let start = result.bytes.count
      result.bytes.append(contentsOf: bytes[extent.start..<extent.end])
      result.closeDocument(
        start: start, bodyStart: start + extent.title.count, replacements: extent.replacements)
    }
    return result
  }

  /// Rewrites `origins`, given in positions of `input`, into positions of what `input` itself came from.
  /// Called once after each normalizer, so that origins always point into the original batch. O(bytes).
  public mutating func composeOrigins(through input: TextBatch) {
    guard let inner = input.origins, let outer = origins else { return }
    origins = outer.map { span in
      guard span.start < span.end else {
        // An insertion: it stands where its neighbour came from.
        let at = Int(span.start) < inner.count ? inner[Int(span.start)].start : inner.last?.end ?? 0
        return SourceSpan(Int(at)..<Int(at))
      }
      return SourceSpan(Int(inner[Int(span.start)].start)..<Int(inner[Int(span.end) - 1].end))
    }
  }
}

/// The bytes of an earlier batch that one byte came from.
public struct SourceSpan: Sendable, Hashable {
  /// The first byte.
  public var start: UInt32
  /// Behind the last byte; equal to `start` for an inserted byte.
  public var end: UInt32

  /// Makes a span. Batches are smaller than 4 GiB.
  public init(_ range: Range<Int>) {
    start = UInt32(range.lowerBound)
    end = UInt32(range.upperBound)
  }
}
