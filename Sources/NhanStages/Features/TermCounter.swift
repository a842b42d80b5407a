import CLinux
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

  /// How many terms ahead of the one counted their slots are asked for.
  private static let lead = 16

  private var slots: PageMemory<Slot>
  private var used = 0
  private(set) var documents: UInt32 = 0

  /// A counter with room for `expected` terms; more may come.
  init(expected: Int = 0) {
    var size = 1 << 12
    while expected * 3 > size * 2 { size *= 2 }
    slots = PageMemory(zeroed: size)
  }

  /// Begins the next document.
  func beginDocument() { documents += 1 }

  /// Counts terms of the current document. O(count).
  func count(_ terms: UnsafePointer<UInt64>, count: Int) {
    if (used + count) * 3 > slots.count * 2 { grow(for: count) }
    let slots = slots.base
    let mask = self.slots.count - 1
    for i in 0..<min(Self.lead, count) { nhan_prefetch(slots + (Int(truncatingIfNeeded: terms[i]) & mask)) }
    for i in 0..<count {
      let ahead = terms[min(i &+ Self.lead, count &- 1)]
      nhan_prefetch(slots + (Int(truncatingIfNeeded: ahead) & mask))
      insert(terms[i], slots, mask)
    }
  }

  /// Counts a term of the current document.
  @inline(__always)
  func count(_ term: UInt64) {
    if (used &+ 1) &* 3 > slots.count &* 2 { grow(for: 1) }
    insert(term, slots.base, slots.count &- 1)
  }

  /// Counts a term for which there is room.
  @inline(__always)
  private func insert(_ term: UInt64, _ slots: UnsafeMutablePointer<Slot>, _ mask: Int) {
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

  /// Enlarges the table before `count` more terms could fill it by more than two thirds.
  private func grow(for count: Int) {
    var size = slots.count
    while (used + count) * 3 > size * 2 { size *= 2 }
    let larger = PageMemory<Slot>(zeroed: size)
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
      add(CountedTerm(term: other.slots.base[i].term, documents: other.slots.base[i].documents))
    }
    documents += other.documents
  }

  /// Adds the documents with a term that were counted elsewhere, and not here.
  func add(_ counted: CountedTerm) {
    if (used + 1) * 3 > slots.count * 2 { grow(for: 1) }
    let mask = slots.count - 1
    var at = Int(truncatingIfNeeded: counted.term) & mask
    while slots.base[at].documents > 0, slots.base[at].term != counted.term { at = (at + 1) & mask }
    if slots.base[at].documents == 0 {
      slots.base[at] = Slot(term: counted.term, documents: counted.documents, last: 0)
      used += 1
    } else {
      slots.base[at].documents += counted.documents
    }
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
