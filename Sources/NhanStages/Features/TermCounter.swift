import CLinux
import NhanCore

/// Counts in how many documents each term stands: an open-addressing hash table.
///
/// O(1) a term; 16 bytes a slot, at most two thirds of the slots in use. A term's slot is told by the upper bits of its
/// hash, so what lies between two hashes lies together, in tables of any size. Sendable because each counter has one owner
/// at a time: it is filled on one thread and then handed over.
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

  /// Into so many parts the terms of several counters are cut when they are added up.
  private static let partBits = 6

  private var slots: PageMemory<Slot>
  /// How far a hash, without the bits that all terms share, is shifted to give a slot.
  private var shift: UInt64
  /// The upper bits that all terms share.
  private let sharedBits: UInt64
  private var used = 0
  private(set) var documents: UInt32 = 0

  /// A counter with room for `expected` terms; more may come.
  convenience init(expected: Int = 0) { self.init(expected: expected, sharedBits: 0) }

  private init(expected: Int, sharedBits: Int) {
    var bits = 12
    while expected * 3 > 2 << bits { bits += 1 }
    slots = PageMemory(zeroed: 1 << bits)
    shift = UInt64(64 - bits)
    self.sharedBits = UInt64(sharedBits)
  }

  /// The slot at which the search for a term begins.
  @inline(__always)
  private func home(_ term: UInt64) -> Int { Self.home(term, sharedBits, shift) }

  @inline(__always)
  private static func home(_ term: UInt64, _ sharedBits: UInt64, _ shift: UInt64) -> Int {
    Int(truncatingIfNeeded: (term &<< sharedBits) &>> shift)
  }

  /// Begins the next document.
  func beginDocument() { documents += 1 }

  /// Counts terms of the current document. O(count).
  func count(_ terms: UnsafePointer<UInt64>, count: Int) {
    if (used + count) * 3 > slots.count * 2 { grow(for: count) }
    let slots = slots.base
    let mask = self.slots.count - 1
    let (sharedBits, shift) = (sharedBits, shift)
    for i in 0..<min(Self.lead, count) { nhan_prefetch(slots + Self.home(terms[i], sharedBits, shift)) }
    for i in 0..<count {
      let ahead = terms[min(i &+ Self.lead, count &- 1)]
      nhan_prefetch(slots + Self.home(ahead, sharedBits, shift))
      insert(terms[i], at: Self.home(terms[i], sharedBits, shift), slots, mask)
    }
  }

  /// Counts a term of the current document.
  @inline(__always)
  func count(_ term: UInt64) {
    if (used &+ 1) &* 3 > slots.count &* 2 { grow(for: 1) }
    insert(term, at: home(term), slots.base, slots.count &- 1)
  }

  /// Counts a term for which there is room.
  @inline(__always)
  private func insert(_ term: UInt64, at home: Int, _ slots: UnsafeMutablePointer<Slot>, _ mask: Int) {
    var at = home
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
    let smaller = slots
    var size = slots.count
    while (used + count) * 3 > size * 2 {
      size *= 2
      shift -= 1
    }
    slots = PageMemory(zeroed: size)
    for i in 0..<smaller.count where smaller.base[i].documents > 0 {
      slots.base[place(of: smaller.base[i].term)] = smaller.base[i]
    }
  }

  /// Where a term lies, or would lie.
  private func place(of term: UInt64) -> Int {
    var at = home(term)
    while slots.base[at].documents > 0, slots.base[at].term != term { at = (at + 1) & (slots.count - 1) }
    return at
  }

  /// Adds the documents with a term that were counted elsewhere, and not here.
  func add(_ counted: CountedTerm) {
    if (used + 1) * 3 > slots.count * 2 { grow(for: 1) }
    let at = place(of: counted.term)
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

  /// The terms in at least `minimum` documents of all counters together, each of which has counted other documents; in no
  /// order. O(slots), on as many threads as there are counters.
  static func terms(of counters: [TermCounter], minimum: Int) throws -> [CountedTerm] {
    if counters.count <= 1 { return counters.first?.terms(minimum: minimum) ?? [] }
    let parts = 1 << partBits
    let expected = counters.reduce(0) { $0 + $1.used } / parts
    let totals = counters.map { _ in TermCounter(expected: expected, sharedBits: partBits) }
    let lists = try Parallel.map(count: parts, threads: counters.count) { part, worker in
      let total = totals[worker]
      for counter in counters { counter.forEachTerm(inPart: part, of: parts) { total.add($0) } }
      defer { total.removeAll() }
      return total.terms(minimum: minimum)
    }
    return Array(lists.joined())
  }

  /// By the upper `bits` of the terms counted, which had no others: in how many documents of all counters they stand.
  static func buckets(of counters: [TermCounter], bits: Int) throws -> [UInt32] {
    var documents = [UInt32](repeating: 0, count: 1 << bits)
    for counted in try terms(of: counters, minimum: 1) {
      documents[Int(counted.term >> UInt64(64 - bits))] = counted.documents
    }
    return documents
  }

  /// Forgets the terms and keeps the memory. O(slots).
  private func removeAll() {
    slots.base.update(repeating: Slot(term: 0, documents: 0, last: 0), count: slots.count)
    used = 0
  }

  /// Gives the terms whose slots should be in that part of the table; those of full slots are found further on.
  private func forEachTerm(inPart part: Int, of parts: Int, _ body: (CountedTerm) -> Void) {
    let homes = part * slots.count / parts..<(part + 1) * slots.count / parts
    var i = homes.lowerBound
    while i < homes.upperBound || (i < 2 * slots.count && slots.base[i & (slots.count - 1)].documents > 0) {
      let slot = slots.base[i & (slots.count - 1)]
      if slot.documents > 0, homes.contains(home(slot.term)) {
        body(CountedTerm(term: slot.term, documents: slot.documents))
      }
      i += 1
    }
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
