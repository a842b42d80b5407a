import CLinux
import NhanCore

/// Numbers words in the order of their first occurrence, and counts the documents with each: an open-addressing hash table.
final class WordDictionary {
  /// All that a further occurrence of a word needs, so that it touches one cache line.
  private struct Slot {
    /// 0 is free: no word has that hash.
    var hash: UInt64
    var number: UInt32
    /// The last document seen with it.
    var last: UInt32
  }

  /// How many words ahead of the one numbered their slots are asked for.
  private static let lead = 40

  private var slots = PageMemory<Slot>(zeroed: 1 << 12, populated: true)
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
      documents[Int(number)] &+= TermCounter.isOther(slots[at].last, document)
      slots[at].last = document
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
    slots = PageMemory(zeroed: smaller.count * 2, populated: true)
    for at in 0..<smaller.count where smaller.base[at].hash != 0 { insert(smaller.base[at]) }
  }

  private func insert(_ slot: Slot) {
    let mask = slots.count - 1
    var at = Int(truncatingIfNeeded: slot.hash) & mask
    while slots.base[at].hash != 0 { at = (at + 1) & mask }
    slots.base[at] = slot
  }
}

/// Numbers in units of sixteen bits: one for a number below 61,440, as those of nearly all words are, else two.
enum ShortNumber {
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
