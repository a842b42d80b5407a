import NhanCore

/// Turns the terms of a source into tf-idf rows: the extractor behind `word-ngrams`, `char-ngrams` and the other
/// features found in text.
///
/// The value of term t in document d is
///
///     tf(t, d) · idf(t) / ‖row‖₂,   tf = Σ over fields of weight · count,  with sublinear tf 1 + ln tf,
///     idf(t) = 1 + ln((1 + documents) / (1 + documents with t))
///
/// (Salton and Buckley 1988; the smoothed idf as in scikit-learn's TfidfTransformer.)
struct TermVectorizer<Source: TermSource>: FeatureExtractor {
  let source: Source
  let settings: TermSettings
  /// What `fit` learned; before it there are no columns.
  private(set) var map: ColumnMap = .vocabulary(Vocabulary(TensorElements([])))
  /// By column; empty without idf.
  private(set) var idf = TensorElements<Float>([])

  init(source: Source, options: OptionValues) {
    self.source = source
    settings = TermSettings(options)
  }

  var columnCount: Int { map.columnCount }

  func makeObserver() -> any FeatureObserver { TermObserver(source: source, settings: settings) }

  func fit(_ observers: [any FeatureObserver]) throws -> any FeatureExtractor {
    let counters = observers.compactMap { ($0 as? TermObserver<Source>)?.counter }
    let documents = counters.reduce(0) { $0 + Int($1.documents) }
    var result = self
    if settings.hashed {
      result.map = .hashed(bits: settings.bits)
      if settings.usesIDF {
        let buckets = try TermCounter.buckets(of: counters, bits: settings.bits)
        result.idf = TensorElements(settings.idfs(buckets, of: documents))
      }
      return result
    }
    let chosen = try TermSelection(
      TermCounter.terms(of: counters, minimum: settings.minimumDocuments), documents: documents,
      settings: settings
    ).chosen
    result.map = .vocabulary(Vocabulary(TensorElements(chosen.map(\.term))))
    if settings.usesIDF {
      result.idf = TensorElements(settings.idfs(chosen.lazy.map(\.documents), of: documents))
    }
    return result
  }

  func makeWorker() -> any FeatureWorker { TermWorker(self) }

  func occurrences(inDocument index: Int, of batch: TextBatch) -> [FeatureOccurrence] {
    OccurrenceSink.occurrences(of: source, inDocument: index, of: batch, map: map, settings: settings)
  }

  func save(to archive: inout TensorArchive) {
    if case .vocabulary(let vocabulary) = map { archive.put("terms", vocabulary.terms) }
    if settings.usesIDF { archive.put("idf", idf) }
  }

  func load(from archive: TensorArchive) throws -> any FeatureExtractor {
    var result = self
    if settings.hashed {
      result.map = .hashed(bits: settings.bits)
    } else {
      result.map = .vocabulary(Vocabulary(try archive.elements("terms", shape: [nil])))
    }
    if settings.usesIDF { result.idf = try archive.elements("idf", shape: [result.columnCount]) }
    return result
  }
}

/// Counts documents by term (or by bucket, when hashed).
private final class TermObserver<Source: TermSource>: FeatureObserver {
  private struct Sink: TermSink {
    let counter: TermCounter
    /// The bits of a term that tell its bucket; all of them, unless hashed.
    let mask: UInt64
    var salt: UInt64?

    @inline(__always)
    mutating func take(_ hash: UInt64, _ start: Int, _ end: Int) {
      counter.count(hash & mask)
      if let salt { counter.count((hash ^ salt) & mask) }
    }
  }

  let counter = TermCounter()
  private let source: Source
  private let settings: TermSettings

  init(source: Source, settings: TermSettings) {
    self.source = source
    self.settings = settings
  }

  func observe(_ batch: TextBatch) throws {
    batch.bytes.withUnsafeBufferPointer { bytes in
      for extent in batch.extents {
        counter.beginDocument()
        DocumentFields(bytes, extent, openingSize: settings.openingSize).forEachRun(settings) {
          field, range in
          var sink = Sink(
            counter: counter, mask: settings.bucketMask,
            salt: settings.salt(of: field))
          source.forEachTerm(bytes, in: range, into: &sink)
        }
      }
    }
  }
}

/// Extracts rows, one document after the other, in memory that is used again.
private final class TermWorker<Source: TermSource>: FeatureWorker {
  /// Collects terms, so that the look-ups of a block run one behind the other.
  private struct Sink: TermSink {
    let counter: PlaceCounter
    let field: Field
    let terms: UnsafeMutablePointer<UInt64>
    var count = 0

    @inline(__always)
    mutating func take(_ hash: UInt64, _ start: Int, _ end: Int) {
      if count == PlaceCounter.capacity { flush() }
      terms[count] = hash
      count &+= 1
    }

    mutating func flush() {
      counter.add(terms, count: count, field: field)
      count = 0
    }
  }

  private let source: Source
  private let settings: TermSettings
  private let counter: PlaceCounter
  private let terms: UnsafeMutablePointer<UInt64>

  init(_ vectorizer: TermVectorizer<Source>) {
    source = vectorizer.source
    settings = vectorizer.settings
    counter = PlaceCounter(map: vectorizer.map, settings: settings, idf: vectorizer.idf)
    terms = .allocate(capacity: PlaceCounter.capacity)
  }

  deinit { terms.deallocate() }

  func extract(_ batch: TextBatch, into rows: inout CSRMatrix) throws {
    batch.bytes.withUnsafeBufferPointer { bytes in
      for extent in batch.extents {
        DocumentFields(bytes, extent, openingSize: settings.openingSize).forEachRun(settings) {
          field, range in
          var sink = Sink(counter: counter, field: field, terms: terms)
          source.forEachTerm(bytes, in: range, into: &sink)
          sink.flush()
        }
        counter.closeRow(of: &rows)
      }
    }
  }
}
