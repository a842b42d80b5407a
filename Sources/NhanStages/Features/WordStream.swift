import CLinux
import NhanCore

/// The words of training texts, as numbers of a dictionary: what is left of the texts once they are split, a fraction
/// of their size, read again for each size of n-gram and for the rows.
final class WordStream: FeatureObserver {
  /// What stands between the words of the stream.
  private enum Mark {
    /// A break, which n-grams do not cross.
    static let lineBreak: UInt32 = 0
    /// The end of a document.
    static let documentEnd: UInt32 = 1
    /// The beginning of a field: 2 and its number.
    static let field: UInt32 = 2
    /// Words are numbered from here.
    static let words = field + UInt32(Field.allCases.count)

    /// Whether a text ends at the item that begins with a unit.
    @inline(__always)
    static func isBoundary(_ unit: UInt16) -> Bool { UInt32(unit) &- documentEnd < words &- documentEnd }
  }

  /// How many words ahead of the one read what is known of them is asked for.
  private static let lead = 16

  private let settings: TermSettings
  private let kind: WordKind
  private let scanner = WordScanner()
  private let dictionary = WordDictionary()
  private let stream = PageArray<UInt16>()
  /// Where each batch begins in the stream, and where the last ends.
  private(set) var batchStarts = [0]
  private(set) var documentCount = 0
  /// About the number of words.
  var wordCount: Int { stream.count }

  init(settings: TermSettings, kind: WordKind) {
    self.settings = settings
    self.kind = kind
  }

  var remembersTexts: Bool { true }

  func observe(_ batch: TextBatch) throws {
    batch.bytes.withUnsafeBufferPointer { bytes in
      for extent in batch.extents {
        DocumentFields(bytes, extent, openingSize: settings.openingSize).forEachRun(settings) {
          field, range in
          stream.append(UInt16(Mark.field) + UInt16(field.rawValue))
          if let words = batch.words, words.kind == kind {
            words.withHashes(beginningIn: range) { append($0) }
          } else {
            append(bytes, range)
          }
        }
        stream.append(UInt16(Mark.documentEnd))
        documentCount += 1
      }
    }
    batchStarts.append(stream.count)
  }

  private func append(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
    var position = WordScanner.Position(range)
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: NgramWindow.capacity) { hashes in
      while !position.isAtEnd {
        let count = scanner.hashes(
          bytes, from: &position, kind: kind, into: hashes.baseAddress!, capacity: NgramWindow.capacity)
        append(UnsafeBufferPointer(rebasing: hashes[..<count]))
      }
    }
  }

  private func append(_ words: UnsafeBufferPointer<UInt64>) {
    dictionary.append(
      words, to: stream, from: Mark.words, document: UInt32(truncatingIfNeeded: documentCount + 1))
  }

  /// The number of different words.
  var distinctWordCount: Int { dictionary.count }

  /// Gives every word with the number of documents that have it.
  func forEachWord(_ body: (CountedTerm) -> Void) { dictionary.forEachWord(body) }

  /// Looks up every word once: what a window over the stream needs of each. O(words of the dictionary).
  func lookUp(in map: ColumnMap) -> WordPlaces { dictionary.lookUp(in: map) }

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
        window.fillKnown { words, places, room in
          var count = 0
          while count < room, at < end, !Mark.isBoundary(stream[at]) {
            let ahead = max(UInt32(stream[min(at &+ Self.lead, end &- 1)]), Mark.words) &- Mark.words
            nhan_prefetch(known + Int(ahead))
            let item = ShortNumber.read(stream, &at)
            let word = item == Mark.lineBreak ? WordPlaces.lineBreak : known[Int(item &- Mark.words)]
            words[count] = word.hash
            places[count] = word.place
            count &+= 1
          }
          return count
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
