import NhanCore

/// Finds the places of the terms that have a column.
struct OccurrenceSink: TermSink {
  let map: ColumnMap
  let settings: TermSettings
  private var field = Field.title
  private var occurrences: [FeatureOccurrence] = []

  /// Every place in document `index` of `batch` that a term with a column stands on. O(bytes).
  static func occurrences(
    of source: some TermSource, inDocument index: Int, of batch: TextBatch, map: ColumnMap,
    settings: TermSettings
  ) -> [FeatureOccurrence] {
    batch.bytes.withUnsafeBufferPointer { bytes in
      let fields = DocumentFields(bytes, batch.extents[index], openingSize: settings.openingSize)
      var sink = OccurrenceSink(map: map, settings: settings)
      fields.forEachRun(settings) { field, range in
        sink.field = field
        source.forEachTerm(bytes, in: range, into: &sink)
      }
      return sink.occurrences
    }
  }

  private init(map: ColumnMap, settings: TermSettings) {
    self.map = map
    self.settings = settings
  }

  mutating func take(_ hash: UInt64, _ start: Int, _ end: Int) {
    if let column = map.column(of: hash) {
      occurrences.append(FeatureOccurrence(column: column, range: start..<end))
    }
    if let salt = settings.salt(of: field), let column = map.column(of: hash ^ salt) {
      occurrences.append(FeatureOccurrence(column: column, range: start..<end))
    }
  }
}
