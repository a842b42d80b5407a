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

    /// Whether a text ends here.
    @inline(__always)
    static func isBoundary(_ item: UInt32) -> Bool { item &- documentEnd < words &- documentEnd }
  }

  private let settings: TermSettings
  private let scanner = WordScanner()
  private var dictionary = WordDictionary()
  private let stream = PageArray<UInt32>()
  /// Where each batch begins in the stream, and where the last ends.
  private(set) var batchStarts = [0]
  private(set) var documentCount = 0
  /// About the number of words.
  var wordCount: Int { stream.count }

  init(settings: TermSettings) { self.settings = settings }

  var remembersTexts: Bool { true }

  func observe(_ batch: TextBatch) throws {
    batch.bytes.withUnsafeBufferPointer { bytes in
      for extent in batch.extents {
        DocumentFields(bytes, extent, openingSize: settings.openingSize).forEachRun(settings) {
          field, range in
          stream.append(Mark.field + UInt32(field.rawValue))
          if let words = batch.words {
            words.withHashes(beginningIn: range) { append($0) }
          } else {
            append(bytes, range)
          }
        }
        stream.append(Mark.documentEnd)
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
          bytes, from: &position, into: hashes.baseAddress!, capacity: NgramWindow.capacity)
        append(UnsafeBufferPointer(rebasing: hashes[..<count]))
      }
    }
  }

  private func append(_ words: UnsafeBufferPointer<UInt64>) {
    dictionary.append(
      words, to: stream, from: Mark.words, document: UInt32(truncatingIfNeeded: documentCount + 1))
  }

  /// Gives every word with the number of documents that have it.
  func forEachWord(_ body: (CountedTerm) -> Void) { dictionary.forEachWord(body) }

  /// Runs a window over a batch, document by document.
  /// - Parameters:
  ///   - body: given the n-grams found, with their field.
  ///   - documentEnd: called behind each document.
  func forEach(
    inBatch batch: Int, _ window: NgramWindow,
    _ body: (_ field: Field, _ size: Int, NgramWindow.Found) -> Void, documentEnd: () -> Void
  ) {
    var field = Field.title
    func look(_ isEnd: Bool) { window.look(atEnd: isEnd) { body(field, $0, $1) } }
    let end = batchStarts[batch + 1]
    var at = batchStarts[batch]
    stream.withUnsafeBufferPointer { stream in
      dictionary.withHashes { hashes in
        while at < end {
          window.fill { words, room in
            var count = 0
            while count < room, at < end, !Mark.isBoundary(stream[at]) {
              let item = stream[at]
              words[count] = item == Mark.lineBreak ? 0 : hashes[Int(item &- Mark.words)]
              count &+= 1
              at &+= 1
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
            field = Field.allCases[Int(stream[at] - Mark.field)]
          }
          at += 1
        }
      }
    }
  }
}

/// Numbers words in the order of their first occurrence, and counts the documents with each: an open-addressing hash table.
private struct WordDictionary {
  private var hashes: [UInt64] = []
  /// By number: how many documents have the word, and the last of them.
  private var occurrences: [(documents: UInt32, last: UInt32)] = []
  /// Number + 1 and the upper half of the hash; 0 is free.
  private var slots = [UInt64](repeating: 0, count: 1 << 12)

  /// The hashes by number, for the duration of the call.
  func withHashes(_ body: (UnsafeBufferPointer<UInt64>) -> Void) { hashes.withUnsafeBufferPointer(body) }

  func forEachWord(_ body: (CountedTerm) -> Void) {
    for (hash, occurrence) in zip(hashes, occurrences) {
      body(CountedTerm(term: hash, documents: occurrence.documents))
    }
  }

  /// Appends the numbers of a document's words to a stream, counted from `first`; 0 for the hash 0. O(count).
  mutating func append(
    _ words: UnsafeBufferPointer<UInt64>, to stream: PageArray<UInt32>, from first: UInt32, document: UInt32
  ) {
    stream.append(upTo: words.count) { target in
      for (place, word) in words.enumerated() {
        if word == 0 {
          target[place] = 0
          continue
        }
        let number = number(of: word)
        if occurrences[number].last != document {
          occurrences[number] = (occurrences[number].documents + 1, document)
        }
        target[place] = UInt32(truncatingIfNeeded: number) &+ first
      }
      return words.count
    }
  }

  /// The number of a word; a new one for a new word. O(1).
  @inline(__always)
  private mutating func number(of word: UInt64) -> Int {
    let found = slots.withUnsafeBufferPointer { slots in
      let mask = slots.count &- 1
      var at = Int(truncatingIfNeeded: word) & mask
      while slots[at] != 0 {
        let number = Int(slots[at] & 0xffff_ffff) &- 1
        if (slots[at] ^ word) >> 32 == 0, hashes[number] == word { return number }
        at = (at &+ 1) & mask
      }
      return -1
    }
    return found >= 0 ? found : add(word)
  }

  @inline(never)
  private mutating func add(_ word: UInt64) -> Int {
    hashes.append(word)
    occurrences.append((0, 0))
    if hashes.count * 2 > slots.count {
      slots = [UInt64](repeating: 0, count: slots.count * 2)
      for number in hashes.indices { insert(number) }
    } else {
      insert(hashes.count - 1)
    }
    return hashes.count - 1
  }

  private mutating func insert(_ number: Int) {
    let mask = slots.count - 1
    var at = Int(truncatingIfNeeded: hashes[number]) & mask
    while slots[at] != 0 { at = (at + 1) & mask }
    slots[at] = hashes[number] & 0xffff_ffff_0000_0000 | UInt64(number + 1)
  }
}
