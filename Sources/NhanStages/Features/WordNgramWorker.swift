import CLinux
import NhanCore

/// Extracts the rows of `WordNgramVectorizer` on one thread: of texts, or of what a `WordStream` remembers of them.
final class WordNgramWorker: RecallingWorker {
  /// How many words ahead of the one taken what is known of them is asked for.
  private static let lead = 64

  private let source: WordNgrams
  private let map: ColumnMap
  private let settings: TermSettings
  private let scanner = WordScanner()
  private let window: NgramWindow
  private let counter: PlaceCounter
  /// The places of the words of the batch's list.
  private var places: WordPlaces?
  /// By stream recalled: the places of its words.
  private var recalled: [ObjectIdentifier: WordPlaces] = [:]

  init(_ vectorizer: WordNgramVectorizer) {
    source = vectorizer.source
    map = vectorizer.map
    settings = vectorizer.settings
    window = NgramWindow(vectorizer.map, longest: source.longest)
    counter = PlaceCounter(map: vectorizer.map, settings: settings, idf: vectorizer.idf)
  }

  func extract(_ batch: TextBatch, into rows: inout CSRMatrix) throws {
    let (settings, counter, words) = (settings, counter, batch.words(of: source.kind))
    let known = words.map { places(of: $0.numbering).base }
    batch.bytes.withUnsafeBufferPointer { bytes in
      for extent in batch.extents {
        DocumentFields(bytes, extent, openingSize: settings.openingSize).forEachRun(settings) {
          field, range in
          if let words, let known {
            words.withWords(beginningIn: range) { add($0, known, field) }
          } else {
            scan(bytes, range, field)
          }
        }
        counter.closeRow(of: &rows)
      }
    }
  }

  private func places(of words: WordNumbers) -> WordPlaces {
    if let places, places.words === words {
      places.update()
      return places
    }
    let found = WordPlaces(words, in: map)
    places = found
    return found
  }

  /// Adds the n-grams of words that have been found before.
  private func add(
    _ words: UnsafeBufferPointer<WordList.Word>, _ known: UnsafePointer<WordPlaces.Word>, _ field: Field
  ) {
    var at = 0
    repeat {
      window.fillKnown { filling in
        let count = min(filling.room, words.count - at)
        let end = at + count
        for i in at..<min(end, at + Self.lead) { nhan_prefetch(known + Int(words[i].number)) }
        let lastAsking = max(at, min(end, words.count - Self.lead))
        for i in at..<lastAsking {
          nhan_prefetch(known + Int(words[i &+ Self.lead].number))
          filling.put(known[Int(words[i].number)])
        }
        for i in lastAsking..<end { filling.put(known[Int(words[i].number)]) }
        at = end
      }
      look(field, atEnd: at == words.count)
    } while at < words.count
  }

  private func scan(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ field: Field) {
    var position = WordScanner.Position(range, source.kind)
    repeat {
      window.fill { scanner.hashes(bytes, from: &position, into: $0, capacity: $1) }
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
    if let known = recalled[ObjectIdentifier(stream)] { return known }
    let found = stream.lookUp(in: map)
    recalled[ObjectIdentifier(stream)] = found
    return found
  }

  private func look(_ field: Field, atEnd isEnd: Bool) {
    window.look(atEnd: isEnd) { size, found in
      if source.contains(size: size) { counter.add(found, field: field) }
    }
  }
}
