import NhanCore

/// Extracts the rows of `WordNgramVectorizer` on one thread: of texts, or of what a `WordStream` remembers of them.
final class WordNgramWorker: RecallingWorker {
  private let source: WordNgrams
  private let map: ColumnMap
  private let settings: TermSettings
  private let scanner = WordScanner()
  private let window: NgramWindow
  private let counter: PlaceCounter
  /// By stream recalled: the places of its words.
  private var places: [ObjectIdentifier: WordPlaces] = [:]

  init(_ vectorizer: WordNgramVectorizer) {
    source = vectorizer.source
    map = vectorizer.map
    settings = vectorizer.settings
    window = NgramWindow(vectorizer.map, longest: source.longest)
    counter = PlaceCounter(map: vectorizer.map, settings: settings, idf: vectorizer.idf)
  }

  func extract(_ batch: TextBatch, into rows: inout CSRMatrix) throws {
    batch.bytes.withUnsafeBufferPointer { bytes in
      for extent in batch.extents {
        DocumentFields(bytes, extent, openingSize: settings.openingSize).forEachRun(settings) {
          field, range in
          if let words = batch.words, words.kind == source.kind {
            words.withHashes(beginningIn: range) { add($0, field) }
          } else {
            scan(bytes, range, field)
          }
        }
        counter.closeRow(of: &rows)
      }
    }
  }

  /// Adds the n-grams of words that have been found before.
  private func add(_ words: UnsafeBufferPointer<UInt64>, _ field: Field) {
    var at = 0
    repeat {
      window.fill { target, room in
        let count = min(room, words.count - at)
        if count > 0 { target.update(from: words.baseAddress! + at, count: count) }
        at += count
        return count
      }
      look(field, atEnd: at == words.count)
    } while at < words.count
  }

  private func scan(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ field: Field) {
    var position = WordScanner.Position(range)
    repeat {
      window.fill { scanner.hashes(bytes, from: &position, kind: source.kind, into: $0, capacity: $1) }
      look(field, atEnd: position.isAtEnd)
    } while !position.isAtEnd
  }

  func recall(batch: Int, of observer: any FeatureObserver, into rows: inout CSRMatrix) throws {
    guard let stream = observer as? WordStream else {
      throw NhanError(.failure, code: "bad-observer", "word-ngrams cannot recall what another stage observed")
    }
    let places = places(in: stream)
    stream.forEach(inBatch: batch, places, window) { field, size, found in
      if source.contains(size: size) { counter.add(found, field: field) }
    } documentEnd: {
      counter.closeRow(of: &rows)
    }
  }

  private func places(in stream: WordStream) -> WordPlaces {
    if let known = places[ObjectIdentifier(stream)] { return known }
    let found = stream.lookUp(in: map)
    places[ObjectIdentifier(stream)] = found
    return found
  }

  private func look(_ field: Field, atEnd isEnd: Bool) {
    window.look(atEnd: isEnd) { size, found in
      if source.contains(size: size) { counter.add(found, field: field) }
    }
  }
}
