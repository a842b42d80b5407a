import CLinux
import NhanCore

/// The words of training texts, as numbers of a dictionary: what is left of the texts once they are split, a fraction
/// of their size, read again for each size of n-gram and for the rows.
final class WordStream: FeatureObserver {
  /// What stands between the words of the stream: units that no number begins with. A break is the number 0.
  private enum Mark {
    /// The end of a document.
    static let documentEnd = ShortNumber.limit
    /// The beginning of a field: this and its number.
    static let field = documentEnd + 1

    /// Whether a text ends at the item that begins with a unit.
    @inline(__always)
    static func isBoundary(_ unit: UInt16) -> Bool {
      UInt32(unit) &- documentEnd <= UInt32(Field.allCases.count)
    }
  }

  /// How often a word is used.
  private struct Usage {
    /// The number of documents that have it.
    var documents: UInt32
    /// The last one seen with it, counted from 1.
    var last: UInt32
  }

  /// How many words ahead of the one read what is known of them is asked for.
  private static let lead = 32

  private let settings: TermSettings
  private let kind: WordKind
  private let scanner = WordScanner()
  private let dictionary = WordDictionary()
  /// By number of the dictionary.
  private let usage = PageArray<Usage>()
  /// What the numbers of the list read last stand for; by number there, the number here, 0 where that is not known yet.
  private var list: (words: WordNumbers, generation: Int, translation: PageArray<UInt32>)?
  private let stream = PageArray<UInt16>()
  /// Where each batch begins in the stream, and where the last ends.
  private(set) var batchStarts = [0]
  /// By batch: whether it was forgotten; and before which all were.
  private var isForgotten: [Bool] = []
  private var firstKept = 0
  private(set) var documentCount = 0
  /// About the number of words.
  var wordCount: Int { stream.count }

  init(settings: TermSettings, kind: WordKind) {
    self.settings = settings
    self.kind = kind
  }

  var remembersTexts: Bool { true }

  func forget(batch: Int) {
    isForgotten[batch] = true
    while firstKept < isForgotten.count, isForgotten[firstKept] { firstKept += 1 }
    stream.release(first: batchStarts[firstKept])
  }

  func observe(_ batch: TextBatch) throws {
    let words = batch.words(of: kind)
    batch.bytes.withUnsafeBufferPointer { bytes in
      for extent in batch.extents {
        DocumentFields(bytes, extent, openingSize: settings.openingSize).forEachRun(settings) {
          field, range in
          stream.append(UInt16(Mark.field) + UInt16(field.rawValue))
          if let words {
            words.withWords(beginningIn: range) { translate($0, of: words.numbering) }
          } else {
            scan(bytes, range)
          }
        }
        stream.append(UInt16(Mark.documentEnd))
        documentCount += 1
      }
    }
    batchStarts.append(stream.count)
    isForgotten.append(false)
  }

  private func scan(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
    var position = WordScanner.Position(range, kind)
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: NgramWindow.capacity) { numbers in
      withUnsafeTemporaryAllocation(of: UInt64.self, capacity: numbers.count) { hashes in
        while !position.isAtEnd {
          let count = scanner.hashes(
            bytes, from: &position, into: hashes.baseAddress!, capacity: hashes.count)
          dictionary.number(hashes.baseAddress!, count: count, into: numbers.baseAddress!)
          append(count) { numbers[$0] }
        }
      }
    }
  }

  /// Appends words with numbers from elsewhere.
  private func translate(_ words: UnsafeBufferPointer<WordList.Word>, of other: WordNumbers) {
    if list?.words !== other { list = (other, other.generation, PageArray()) }
    guard var list else { return }
    let translation = list.translation
    other.bring(translation, from: &list.generation)
    self.list = list
    translation.append(upTo: other.count - translation.count) {
      $0.update(repeating: 0, count: other.count - translation.count)
      return other.count - translation.count
    }
    // The new ones first, so that nothing else grows while the stream does. What is known of the others is asked for.
    let known = usage.base
    for word in words {
      let number = Int(word.number)
      if translation.base[number] == 0, number != 0 {
        translation.base[number] = dictionary.number(of: other.hashes[number])
      }
      nhan_prefetch(known + Int(translation.base[number]))
    }
    let numbers = translation.base
    append(words.count) { numbers[Int(words[$0].number)] }
  }

  /// Appends words of the current document, and counts that they are in it.
  @inline(__always)
  private func append(_ count: Int, _ number: (Int) -> UInt32) {
    let new = dictionary.words.count - usage.count
    usage.append(upTo: new) {
      $0.update(repeating: Usage(documents: 0, last: 0), count: new)
      return new
    }
    let usage = usage.base
    let document = UInt32(truncatingIfNeeded: documentCount + 1)
    stream.append(upTo: ShortNumber.longest * count) { target in
      var written = 0
      for i in 0..<count {
        let number = number(i)
        // A break's, too: that is never asked for.
        let word = usage + Int(number)
        word.pointee.documents &+= TermCounter.isOther(word.pointee.last, document)
        word.pointee.last = document
        ShortNumber.write(number, target, &written)
      }
      return written
    }
  }

  /// The number of different words.
  var distinctWordCount: Int { dictionary.words.count - 1 }

  /// Gives every word with the number of documents that have it.
  func forEachWord(_ body: (CountedTerm) -> Void) {
    for number in 1..<dictionary.words.count {
      body(CountedTerm(term: dictionary.words.hashes[number], documents: usage.base[number].documents))
    }
  }

  /// Looks up every word once: what a window over the stream needs of each. O(words of the dictionary).
  func lookUp(in map: ColumnMap) -> WordPlaces { WordPlaces(dictionary.words, in: map) }

  /// Runs a window over a batch, document by document.
  /// - Parameters:
  ///   - places: those of the words in the window's map.
  ///   - body: given the n-grams found, with their field.
  ///   - documentEnd: called behind each document.
  func forEach(
    inBatch batch: Int, _ places: WordPlaces, _ window: NgramWindow,
    _ body: (_ field: Field, _ size: Int, NgramWindow.Found) -> Void, documentEnd: () -> Void
  ) {
    var field = Field.title
    func look(_ isEnd: Bool) { window.look(atEnd: isEnd) { body(field, $0, $1) } }
    let end = batchStarts[batch + 1]
    var at = batchStarts[batch]
    let known = places.base
    stream.withUnsafeBufferPointer { stream in
      while at < end {
        window.fillKnown { filling in
          var next = at
          let lastAsking = end &- Self.lead
          while filling.room > 0, next < lastAsking, !Mark.isBoundary(stream[next]) {
            nhan_prefetch(known + Int(stream[next &+ Self.lead]))
            filling.put(known[Int(ShortNumber.read(stream, &next))])
          }
          while filling.room > 0, next < end, !Mark.isBoundary(stream[next]) {
            filling.put(known[Int(ShortNumber.read(stream, &next))])
          }
          at = next
        }
        guard at < end, Mark.isBoundary(stream[at]) else {
          look(false)
          continue
        }
        look(true)
        if stream[at] == Mark.documentEnd {
          documentEnd()
        } else {
          field = Field.allCases[Int(stream[at]) - Int(Mark.field)]
        }
        at += 1
      }
    }
  }
}
