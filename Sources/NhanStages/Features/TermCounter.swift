/// Counts in how many documents each term stands: an open-addressing hash table.
///
/// O(1) a term; 16 bytes a slot, at most two thirds of the slots in use.
struct TermCounter {
  private struct Slot {
    var term: UInt64 = 0
    /// Documents with the term; 0 marks a free slot.
    var documents: UInt32 = 0
    /// The last document seen with it, so that a document counts once.
    var last: UInt32 = 0
  }

  private var slots = [Slot](repeating: Slot(), count: 1 << 12)
  private var used = 0
  private(set) var documents: UInt32 = 0

  /// Begins the next document.
  mutating func beginDocument() { documents += 1 }

  /// Counts a term of the current document.
  @inline(__always)
  mutating func count(_ term: UInt64) {
    let mask = slots.count - 1
    let current = documents
    let full = slots.withUnsafeMutableBufferPointer { slots in
      var at = Int(truncatingIfNeeded: term) & mask
      while true {
        if slots[at].documents == 0 {
          slots[at] = Slot(term: term, documents: 1, last: current)
          return true
        }
        if slots[at].term == term {
          if slots[at].last != current {
            slots[at].last = current
            slots[at].documents += 1
          }
          return false
        }
        at = (at + 1) & mask
      }
    }
    if full { inserted() }
  }

  private mutating func inserted() {
    used += 1
    if used * 3 > slots.count * 2 { grow() }
  }

  /// Doubles the table when it is two thirds full.
  private mutating func grow() {
    var larger = [Slot](repeating: Slot(), count: slots.count * 2)
    let mask = larger.count - 1
    for slot in slots where slot.documents > 0 {
      var at = Int(truncatingIfNeeded: slot.term) & mask
      while larger[at].documents > 0 { at = (at + 1) & mask }
      larger[at] = slot
    }
    slots = larger
  }

  /// Adds what another counter has seen of other documents.
  mutating func merge(_ other: TermCounter) {
    for theirs in other.slots where theirs.documents > 0 {
      let mask = slots.count - 1
      var at = Int(truncatingIfNeeded: theirs.term) & mask
      while slots[at].documents > 0, slots[at].term != theirs.term { at = (at + 1) & mask }
      if slots[at].documents == 0 {
        slots[at] = Slot(term: theirs.term, documents: theirs.documents, last: 0)
        inserted()
      } else {
        slots[at].documents += theirs.documents
      }
    }
    documents += other.documents
  }

  /// The terms in at least `minimum` and at most `maximum` documents, by falling number of documents, then by hash:
  /// the same whatever the order of counting.
  func terms(minimum: Int, maximum: Int) -> [(term: UInt64, documents: UInt32)] {
    slots.filter { $0.documents > 0 && $0.documents >= minimum && $0.documents <= maximum }
      .map { ($0.term, $0.documents) }
      .sorted { $0.1 != $1.1 ? $0.1 > $1.1 : $0.0 < $1.0 }
  }
}
