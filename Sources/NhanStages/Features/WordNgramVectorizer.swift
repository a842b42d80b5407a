import NhanCore

/// Turns sequences of neighbouring words into tf-idf rows: the extractor `word-ngrams`. Values as in `TermVectorizer`.
///
/// Learns n-grams size by size: an n-gram is counted only where the two n-grams of one word less inside it are in enough
/// documents (Agrawal and Srikant's Apriori, 1994), so that what is rare, by far the most, takes no memory.
struct WordNgramVectorizer: FeatureExtractor {
  let source: WordNgrams
  let settings: TermSettings
  private(set) var map: ColumnMap = .vocabulary(Vocabulary(TensorElements([])))
  /// By column; empty without idf.
  private(set) var idf = TensorElements<Float>([])

  init(_ options: OptionValues) {
    source = WordNgrams(
      sizes: options.ints("sizes"), kind: options.bool("marks") ? .withMarks : .plain)
    settings = TermSettings(options)
  }

  var columnCount: Int { map.columnCount }
  var readsWords: WordKind? { source.kind }

  func makeObserver() -> any FeatureObserver { WordStream(settings: settings, kind: source.kind) }

  func makeWorker() -> any FeatureWorker { WordNgramWorker(self) }

  func fit(_ observers: [any FeatureObserver]) throws -> any FeatureExtractor {
    let counting = WordNgramCounting(observers.compactMap { $0 as? WordStream }, source, settings)
    let documents = counting.documents
    var result = self
    if settings.hashed {
      result.map = .hashed(bits: settings.bits)
      if settings.usesIDF {
        result.idf = TensorElements(settings.idfs(try counting.buckets(), of: documents))
      }
      return result
    }
    let known = try counting.known()
    let wanted = known.indices.filter { source.contains(size: $0 + 1) }.flatMap { known[$0] }
    let candidates = wanted + (try counting.salted(among: known.joined().map(\.term)))
    let selection = TermSelection(candidates, documents: documents, settings: settings)
    let unwanted = known.indices.filter { !source.contains(size: $0 + 1) }.flatMap { known[$0] }
    let markers = (selection.markers + unwanted.map(\.term)).sorted()
    result.map = .vocabulary(
      Vocabulary(TensorElements(selection.chosen.map(\.term)), markers: TensorElements(markers)))
    if settings.usesIDF {
      result.idf = TensorElements(settings.idfs(selection.chosen.lazy.map(\.documents), of: documents))
    }
    return result
  }

  func occurrences(inDocument index: Int, of batch: TextBatch) -> [FeatureOccurrence] {
    OccurrenceSink.occurrences(of: source, inDocument: index, of: batch, map: map, settings: settings)
  }

  func save(to archive: inout TensorArchive) {
    if case .vocabulary(let vocabulary) = map {
      archive.put("terms", vocabulary.terms)
      archive.put("markers", vocabulary.markers)
    }
    if settings.usesIDF { archive.put("idf", idf) }
  }

  func load(from archive: TensorArchive) throws -> any FeatureExtractor {
    var result = self
    if settings.hashed {
      result.map = .hashed(bits: settings.bits)
    } else {
      result.map = .vocabulary(
        Vocabulary(
          try archive.elements("terms", shape: [nil]), markers: try archive.elements("markers", shape: [nil]))
      )
    }
    if settings.usesIDF { result.idf = try archive.elements("idf", shape: [result.columnCount]) }
    return result
  }
}
