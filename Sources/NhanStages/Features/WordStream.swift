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

/// The words of a dictionary by number, with their places in one map.
final class WordPlaces: Sendable {
  /// A word and its place, as in `Vocabulary`.
  struct Word {
    var hash: UInt64
    var place: UInt32
  }

  /// What stands for a break.
  static let lineBreak = Word(hash: 0, place: 0)

  private let words: PageMemory<Word>

  var base: UnsafePointer<Word> { UnsafePointer(words.base) }

  fileprivate init(_ hashes: UnsafeBufferPointer<UInt64>, in map: ColumnMap) {
    words = PageMemory(zeroed: hashes.count)
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: NgramWindow.capacity) { places in
      for first in stride(from: 0, to: hashes.count, by: places.count) {
        let count = min(places.count, hashes.count - first)
        map.find(hashes.baseAddress! + first, count: count, into: places.baseAddress!)
        for i in 0..<count { words.base[first + i] = Word(hash: hashes[first + i], place: places[i]) }
      }
    }
  }
}

/// Numbers in units of sixteen bits: one for a number below 61,440, as those of nearly all words are, else two.
private enum ShortNumber {
  /// How many units a number has at most.
  static let longest = 2
  /// From here on a unit is the first of two: these bits, and the upper ones of the number.
  private static let long: UInt32 = 0xF000

  @inline(__always)
  static func write(_ number: UInt32, _ units: UnsafeMutablePointer<UInt16>, _ at: inout Int) {
    if number >= long {
      precondition(number >> 16 < 0x1000, "more than 2^28 different words")
      units[at] = UInt16(truncatingIfNeeded: long | number >> 16)
      at &+= 1
    }
    units[at] = UInt16(truncatingIfNeeded: number)
    at &+= 1
  }

  @inline(__always)
  static func read(_ units: UnsafeBufferPointer<UInt16>, _ at: inout Int) -> UInt32 {
    var number = UInt32(units[at])
    at &+= 1
    if number >= long {
      number = (number & 0xFFF) << 16 | UInt32(units[at])
      at &+= 1
    }
    return number
  }
}

/// Numbers words in the order of their first occurrence, and counts the documents with each: an open-addressing hash table.
private final class WordDictionary {
  /// All that a further occurrence of a word needs, so that it touches one cache line.
  private struct Slot {
    /// 0 is free: no word has that hash.
    var hash: UInt64
    var number: UInt32
    /// The last document seen with it.
    var last: UInt32
  }

  /// How many words ahead of the one numbered their slots are asked for.
  private static let lead = 16

  private var slots = PageMemory<Slot>(zeroed: 1 << 12)
  /// By number.
  private let hashes = PageArray<UInt64>()
  /// By number: how many documents have the word.
  private let documents = PageArray<UInt32>()

  var count: Int { hashes.count }

  func lookUp(in map: ColumnMap) -> WordPlaces {
    hashes.withUnsafeBufferPointer { WordPlaces($0, in: map) }
  }

  func forEachWord(_ body: (CountedTerm) -> Void) {
    for number in 0..<hashes.count {
      body(CountedTerm(term: hashes.base[number], documents: documents.base[number]))
    }
  }

  /// Appends the numbers of a document's words to a stream, counted from `first`; 0 for the hash 0. O(count).
  func append(
    _ words: UnsafeBufferPointer<UInt64>, to stream: PageArray<UInt16>, from first: UInt32, document: UInt32
  ) {
    guard let words = words.baseAddress.map({ (base: $0, count: words.count) }) else { return }
    stream.append(upTo: ShortNumber.longest * words.count) { target in
      var written = 0
      var done = 0
      while done < words.count {
        done += append(words.base + done, words.count - done, to: target, &written, from: first, document)
        if done < words.count { add(words.base[done]) }
      }
      return written
    }
  }

  /// Writes the numbers of the words up to the first that is new. Returns how many words there are.
  private func append(
    _ words: UnsafePointer<UInt64>, _ count: Int, to target: UnsafeMutablePointer<UInt16>,
    _ written: inout Int, from first: UInt32, _ document: UInt32
  ) -> Int {
    let slots = slots.base
    let mask = self.slots.count &- 1
    let documents = documents.base
    for i in 0..<count {
      nhan_prefetch(slots + Int(truncatingIfNeeded: words[min(i &+ Self.lead, count &- 1)]) & mask)
      let word = words[i]
      if word == 0 {
        ShortNumber.write(0, target, &written)
        continue
      }
      var at = Int(truncatingIfNeeded: word) & mask
      while slots[at].hash != word {
        if slots[at].hash == 0 { return i }
        at = (at &+ 1) & mask
      }
      let number = slots[at].number
      if slots[at].last != document {
        slots[at].last = document
        documents[Int(number)] &+= 1
      }
      ShortNumber.write(number &+ first, target, &written)
    }
    return count
  }

  /// Gives a new word the next number. O(1) amortized.
  private func add(_ word: UInt64) {
    let slot = Slot(hash: word, number: UInt32(hashes.count), last: 0)
    hashes.append(word)
    documents.append(0)
    if hashes.count * 2 > slots.count { grow() }
    insert(slot)
  }

  private func grow() {
    let smaller = slots
    slots = PageMemory(zeroed: smaller.count * 2)
    for at in 0..<smaller.count where smaller.base[at].hash != 0 { insert(smaller.base[at]) }
  }

  private func insert(_ slot: Slot) {
    let mask = slots.count - 1
    var at = Int(truncatingIfNeeded: slot.hash) & mask
    while slots.base[at].hash != 0 { at = (at + 1) & mask }
    slots.base[at] = slot
  }
}
