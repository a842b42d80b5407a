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
    var total = TermCounter()
    for case let observer as TermObserver<Source> in observers { total.merge(observer.counter) }
    let documents = Int(total.documents)
    var result = self
    var frequencies: [UInt32]
    if settings.hashed {
      result.map = .hashed(bits: settings.bits)
      frequencies = [UInt32](repeating: 0, count: 1 << settings.bits)
      for (bucket, count) in total.terms(minimum: 1, maximum: .max) { frequencies[Int(bucket)] = count }
    } else {
      let maximum = Int((settings.maximumShare * Double(documents)).rounded(.up))
      let chosen = total.terms(minimum: settings.minimumDocuments, maximum: maximum)
        .prefix(settings.maximumFeatures)
      result.map = .vocabulary(Vocabulary(TensorElements(chosen.map(\.term))))
      frequencies = chosen.map(\.documents)
    }
    if settings.idf { result.idf = TensorElements(frequencies.map { Self.idf($0, of: documents) }) }
    return result
  }

  private static func idf(_ frequency: UInt32, of documents: Int) -> Float {
    Float(1 + Double.log((1 + Double(documents)) / (1 + Double(frequency))))
  }

  func makeWorker() -> any FeatureWorker { TermWorker(self) }

  func occurrences(inDocument index: Int, of batch: TextBatch) -> [FeatureOccurrence] {
    batch.bytes.withUnsafeBufferPointer { bytes in
      let fields = DocumentFields(bytes, batch.extents[index], openingSize: settings.openingSize)
      var sink = OccurrenceSink(map: map, settings: settings)
      for field in Field.allCases {
        sink.field = field
        source.forEachTerm(bytes, in: fields[field], into: &sink)
      }
      return sink.occurrences
    }
  }

  func save(to archive: inout TensorArchive) {
    if case .vocabulary(let vocabulary) = map { archive.put("terms", Array(vocabulary.terms)) }
    if settings.idf { archive.put("idf", Array(idf)) }
  }

  func load(from archive: TensorArchive) throws -> any FeatureExtractor {
    var result = self
    if settings.hashed {
      result.map = .hashed(bits: settings.bits)
    } else {
      result.map = .vocabulary(Vocabulary(try archive.elements("terms", shape: [nil])))
    }
    if settings.idf { result.idf = try archive.elements("idf", shape: [result.columnCount]) }
    return result
  }
}

/// Finds the places of the terms that have a column.
private struct OccurrenceSink: TermSink {
  let map: ColumnMap
  let settings: TermSettings
  var field = Field.title
  var occurrences: [FeatureOccurrence] = []

  mutating func take(_ hash: UInt64, _ start: Int, _ end: Int) {
    guard settings.weights[field.rawValue] > 0 else { return }
    if let column = map.column(of: hash) {
      occurrences.append(FeatureOccurrence(column: column, range: start..<end))
    }
    if settings.separate[field.rawValue], let column = map.column(of: hash ^ settings.salts[field.rawValue]) {
      occurrences.append(FeatureOccurrence(column: column, range: start..<end))
    }
  }
}

/// Counts documents by term (or by bucket, when hashed).
private final class TermObserver<Source: TermSource>: FeatureObserver {
  private struct Sink: TermSink {
    var counter: TermCounter
    var shift: UInt64
    var salt: UInt64?

    @inline(__always)
    mutating func take(_ hash: UInt64, _ start: Int, _ end: Int) {
      counter.count(hash >> shift)
      if let salt { counter.count((hash ^ salt) >> shift) }
    }
  }

  private let source: Source
  private let settings: TermSettings
  private var sink: Sink

  var counter: TermCounter { sink.counter }

  init(source: Source, settings: TermSettings) {
    self.source = source
    self.settings = settings
    sink = Sink(counter: TermCounter(), shift: settings.hashed ? UInt64(64 - settings.bits) : 0, salt: nil)
  }

  func observe(_ batch: TextBatch) throws {
    batch.bytes.withUnsafeBufferPointer { bytes in
      for extent in batch.extents {
        sink.counter.beginDocument()
        let fields = DocumentFields(bytes, extent, openingSize: settings.openingSize)
        for field in Field.allCases where settings.weights[field.rawValue] > 0 {
          sink.salt = settings.separate[field.rawValue] ? settings.salts[field.rawValue] : nil
          source.forEachTerm(bytes, in: fields[field], into: &sink)
        }
      }
    }
  }
}

/// Extracts rows, one document after the other, in memory that is used again.
private final class TermWorker<Source: TermSource>: FeatureWorker {
  /// Collects terms, so that the look-ups of a block run one behind the other and overlap in the memory system.
  private struct Sink: TermSink {
    static var capacity: Int { 2048 }
    let terms: UnsafeMutablePointer<UInt64>
    var count = 0
    let row: RowCounts

    @inline(__always)
    mutating func take(_ hash: UInt64, _ start: Int, _ end: Int) {
      if count == Self.capacity { flush() }
      terms[count] = hash
      count &+= 1
    }

    /// Counts what was collected.
    @inline(never)
    mutating func flush() {
      row.add(UnsafeBufferPointer(start: terms, count: count))
      count = 0
    }
  }

  /// The counts of the current document.
  private final class RowCounts {
    let map: ColumnMap
    let settings: TermSettings
    /// Weighted counts by column, in units of `TermSettings.weightUnit`; all zero between documents.
    let counts: UnsafeMutablePointer<UInt32>
    var touched: [UInt32] = []
    /// The first slots of a block of terms in the vocabulary's table.
    private let slots: UnsafeMutablePointer<UInt64>
    var field = Field.title

    init(map: ColumnMap, settings: TermSettings) {
      self.map = map
      self.settings = settings
      counts = .allocate(capacity: max(1, map.columnCount))
      counts.initialize(repeating: 0, count: max(1, map.columnCount))
      slots = .allocate(capacity: Sink.capacity)
    }

    deinit {
      counts.deallocate()
      slots.deallocate()
    }

    func add(_ terms: UnsafeBufferPointer<UInt64>) {
      let weight = settings.units[field.rawValue]
      add(terms, salt: 0, weight: weight)
      if settings.separate[field.rawValue] {
        add(terms, salt: settings.salts[field.rawValue], weight: weight)
      }
    }

    private func add(_ terms: UnsafeBufferPointer<UInt64>, salt: UInt64, weight: UInt32) {
      switch map {
      case .vocabulary(let vocabulary):
        vocabulary.readFirstSlots(of: terms, salt: salt, into: slots)
        for (i, term) in terms.enumerated() {
          if let column = vocabulary.column(of: term ^ salt, firstSlot: slots[i]) { count(column, weight) }
        }
      case .hashed(let bits):
        let shift = UInt64(64 - bits)
        for term in terms { count(Int((term ^ salt) >> shift), weight) }
      }
    }

    @inline(__always)
    private func count(_ column: Int, _ weight: UInt32) {
      if counts[column] == 0 { touched.append(UInt32(truncatingIfNeeded: column)) }
      counts[column] &+= weight
    }
  }

  private let source: Source
  private let settings: TermSettings
  private let idf: TensorElements<Float>
  private let columnCount: Int
  private let row: RowCounts
  private var sink: Sink

  init(_ vectorizer: TermVectorizer<Source>) {
    source = vectorizer.source
    settings = vectorizer.settings
    idf = vectorizer.idf
    columnCount = vectorizer.columnCount
    row = RowCounts(map: vectorizer.map, settings: vectorizer.settings)
    sink = Sink(terms: .allocate(capacity: Sink.capacity), row: row)
  }

  deinit { sink.terms.deallocate() }

  func extract(_ batch: TextBatch, into rows: inout CSRMatrix) throws {
    batch.bytes.withUnsafeBufferPointer { bytes in
      for extent in batch.extents {
        let fields = DocumentFields(bytes, extent, openingSize: settings.openingSize)
        for field in Field.allCases where settings.weights[field.rawValue] > 0 {
          row.field = field
          source.forEachTerm(bytes, in: fields[field], into: &sink)
          sink.flush()
        }
        closeRow(of: &rows)
      }
    }
  }

  /// Turns the counts into the values of a row and clears them.
  private func closeRow(of rows: inout CSRMatrix) {
    let first = rows.values.count
    var squares: Float = 0
    for column in row.touched {
      let at = Int(column)
      var value = settings.termFrequency(row.counts[at])
      row.counts[at] = 0
      if settings.idf { value *= idf.buffer.pointer[at] }
      squares += value * value
      rows.values.append(value)
    }
    rows.columns.append(contentsOf: row.touched)
    row.touched.removeAll(keepingCapacity: true)
    let scale = settings.weight * (settings.normalized && squares > 0 ? 1 / squares.squareRoot() : 1)
    if scale != 1 { for i in first..<rows.values.count { rows.values[i] *= scale } }
    rows.closeRow()
  }
}
