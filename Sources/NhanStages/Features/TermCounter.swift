import NhanCore

/// Counts in how many documents each term stands: an open-addressing hash table.
///
/// O(1) a term; 16 bytes a slot, at most two thirds of the slots in use. Sendable because each counter has one owner at a
/// time: it is filled on one thread and then handed over.
final class TermCounter: @unchecked Sendable {
  private struct Slot {
    var term: UInt64
    /// Documents with the term; 0 marks a free slot.
    var documents: UInt32
    /// The last document seen with it, so that a document counts once.
    var last: UInt32
  }

  private var slots = PageMemory<Slot>(zeroed: 1 << 12)
  private var used = 0
  private(set) var documents: UInt32 = 0

  /// Begins the next document.
  func beginDocument() { documents += 1 }

  /// Counts terms of the current document, xored with `salt`. O(count).
  ///
  /// A block's slots are read before any is changed, so that the reads wait for the memory together.
  func count(_ terms: UnsafePointer<UInt64>, count: Int, salt: UInt64 = 0) {
    var start = 0
    while start < count {
      let block = min(64, count - start)
      if (used + block) * 3 > slots.count * 2 { grow() }
      let mask = slots.count - 1
      var sum: UInt64 = 0
      for i in start..<start + block {
        sum ^= slots.base[Int(truncatingIfNeeded: terms[i] ^ salt) & mask].term
      }
      withExtendedLifetime(sum) {}
      for i in start..<start + block { insert(terms[i] ^ salt) }
      start += block
    }
  }

  /// Counts a term of the current document.
  @inline(__always)
  func count(_ term: UInt64) {
    if (used &+ 1) &* 3 > slots.count &* 2 { grow() }
    insert(term)
  }

  /// Counts a term for which there is room.
  @inline(__always)
  private func insert(_ term: UInt64) {
    let slots = slots.base
    let mask = self.slots.count &- 1
    var at = Int(truncatingIfNeeded: term) & mask
    while true {
      if slots[at].documents == 0 {
        slots[at] = Slot(term: term, documents: 1, last: documents)
        used &+= 1
        return
      }
      if slots[at].term == term {
        if slots[at].last != documents {
          slots[at].last = documents
          slots[at].documents &+= 1
        }
        return
      }
      at = (at &+ 1) & mask
    }
  }

  /// Doubles the table before it is more than two thirds full.
  private func grow() {
    let larger = PageMemory<Slot>(zeroed: slots.count * 2)
    let mask = larger.count - 1
    for i in 0..<slots.count where slots.base[i].documents > 0 {
      var at = Int(truncatingIfNeeded: slots.base[i].term) & mask
      while larger.base[at].documents > 0 { at = (at + 1) & mask }
      larger.base[at] = slots.base[i]
    }
    slots = larger
  }

  /// Adds what another counter has seen of other documents. O(slots of the other).
  func merge(_ other: TermCounter) {
    for i in 0..<other.slots.count where other.slots.base[i].documents > 0 {
      let theirs = other.slots.base[i]
      if (used + 1) * 3 > slots.count * 2 { grow() }
      let mask = slots.count - 1
      var at = Int(truncatingIfNeeded: theirs.term) & mask
      while slots.base[at].documents > 0, slots.base[at].term != theirs.term { at = (at + 1) & mask }
      if slots.base[at].documents == 0 {
        slots.base[at] = Slot(term: theirs.term, documents: theirs.documents, last: 0)
        used += 1
      } else {
        slots.base[at].documents += theirs.documents
      }
    }
    documents += other.documents
  }

  /// The terms in at least `minimum` documents, in no order. O(slots).
  func terms(minimum: Int) -> [CountedTerm] {
    var result: [CountedTerm] = []
    for i in 0..<slots.count where slots.base[i].documents > 0 && slots.base[i].documents >= minimum {
      result.append(CountedTerm(term: slots.base[i].term, documents: slots.base[i].documents))
    }
    return result
  }
}

/// A term and the number of documents with it.
struct CountedTerm: Comparable {
  var term: UInt64
  var documents: UInt32

  /// The order of columns: by falling number of documents, then by hash, so the same whatever the order of counting.
  static func < (a: CountedTerm, b: CountedTerm) -> Bool {
    a.documents != b.documents ? a.documents > b.documents : a.term < b.term
  }
}

/// Which of the terms counted get columns.
struct TermSelection {
  /// By column.
  private(set) var chosen: [CountedTerm]
  /// Terms common enough for a column that have none.
  private(set) var markers: [UInt64]

  /// Chooses among terms of at least `settings.minimumDocuments` documents. O(n log n).
  init(_ candidates: [CountedTerm], documents: Int, settings: TermSettings) {
    let maximum = UInt32((settings.maximumShare * Double(documents)).rounded(.up))
    let sorted = candidates.sorted()
    let first = sorted.firstIndex { $0.documents <= maximum } ?? sorted.count
    chosen = Array(sorted[first...].prefix(settings.maximumFeatures))
    markers = sorted[..<first].map(\.term)
    // Where the last column falls among terms of as many documents, a longer one of them may have been taken and a
    // shorter one inside it not.
    guard let last = chosen.last else { return }
    markers += sorted[(first + chosen.count)...].prefix { $0.documents == last.documents }.map(\.term)
  }
}
