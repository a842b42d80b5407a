import CLinux
import NhanCore

/// Counts in how many documents each term stands: an open-addressing hash table.
///
/// O(1) a term; 16 bytes a slot, at most two thirds of the slots in use. A term's slot is told by its hash as a fraction, so
/// what lies between two hashes lies together, in tables of any size. Sendable because each counter has one owner
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
  private static let lead = 40

  /// Into so many parts the terms of several counters are cut when they are added up.
  private static let partBits = 6

  private var slots: PageMemory<Slot>
  private var used = 0
  private(set) var documents: UInt32 = 0

  /// A counter with room for `expected` terms; more may come.
  init(expected: Int = 0) {
    slots = PageMemory(zeroed: Self.slotCount(for: max(1 << 11, expected)), populated: true)
  }

  /// The smallest table that holds so many terms. Not rounded up: memory that is touched first is slow.
  private static func slotCount(for terms: Int) -> Int { terms + terms / 2 + 1 }

  /// The slot at which the search for a term begins, in a table of `count` slots: the hash as a fraction.
  @inline(__always)
  private static func home(_ term: UInt64, in count: Int) -> Int {
    Int(truncatingIfNeeded: term.multipliedFullWidth(by: UInt64(truncatingIfNeeded: count)).high)
  }

  /// The slot at which the search for a term begins.
  @inline(__always)
  private func home(_ term: UInt64) -> Int { Self.home(term, in: slots.count) }

  /// The slot behind one, in a table of `count` slots.
  @inline(__always)
  private static func next(to slot: Int, in count: Int) -> Int { slot &+ 1 == count ? 0 : slot &+ 1 }

  /// Begins the next document.
  func beginDocument() { documents += 1 }

  /// Counts terms of the current document. O(count).
  func count(_ terms: UnsafePointer<UInt64>, count: Int) {
    if (used + count) * 3 > slots.count * 2 { grow(for: count) }
    let (slots, slotCount) = (slots.base, slots.count)
    for i in 0..<min(Self.lead, count) { nhan_prefetch(slots + Self.home(terms[i], in: slotCount)) }
    for i in 0..<count {
      let ahead = terms[min(i &+ Self.lead, count &- 1)]
      nhan_prefetch(slots + Self.home(ahead, in: slotCount))
      insert(terms[i], at: Self.home(terms[i], in: slotCount), slots, slotCount)
    }
  }

  /// Counts a term of the current document.
  @inline(__always)
  func count(_ term: UInt64) {
    if (used &+ 1) &* 3 > slots.count &* 2 { grow(for: 1) }
    insert(term, at: home(term), slots.base, slots.count)
  }

  /// Counts a term for which there is room.
  @inline(__always)
  private func insert(_ term: UInt64, at home: Int, _ slots: UnsafeMutablePointer<Slot>, _ slotCount: Int) {
    var at = home
    while true {
      if slots[at].documents == 0 {
        slots[at] = Slot(term: term, documents: 1, last: documents)
        used &+= 1
        return
      }
      if slots[at].term == term {
        // Whether it is the document's first nobody can predict, so there is no branch.
        slots[at].documents &+= Self.isOther(slots[at].last, documents)
        slots[at].last = documents
        return
      }
      at = Self.next(to: at, in: slotCount)
    }
  }

  /// 1 if two documents are not the same, else 0.
  @inline(__always)
  static func isOther(_ document: UInt32, _ other: UInt32) -> UInt32 {
    // Only of zero the highest bit is set by subtracting 1; of a comparison the compiler would make a branch.
    1 &- UInt32(truncatingIfNeeded: (UInt64(document ^ other) &- 1) >> 63)
  }

  /// Enlarges the table before `count` more terms could fill it by more than two thirds.
  private func grow(for count: Int) {
    let smaller = slots
    slots = PageMemory(zeroed: Self.slotCount(for: 2 * used + count), populated: true)
    for i in 0..<smaller.count where smaller.base[i].documents > 0 {
      slots.base[place(of: smaller.base[i].term)] = smaller.base[i]
    }
  }

  /// Where a term lies, or would lie.
  private func place(of term: UInt64) -> Int {
    var at = home(term)
    while slots.base[at].documents > 0, slots.base[at].term != term {
      at = Self.next(to: at, in: slots.count)
    }
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
  /// order. O(slots · counters), on as many threads as there are counters.
  static func terms(of counters: [TermCounter], minimum: Int) throws -> [CountedTerm] {
    if counters.count <= 1 { return counters.first?.terms(minimum: minimum) ?? [] }
    let parts = 1 << partBits
    let lists = try Parallel.map(count: parts, threads: counters.count) { part, _ in
      var result: [CountedTerm] = []
      for index in counters.indices {
        counters[index].forEachTerm(inPart: part, of: parts) { counted in
          // Who asks for neighbours finds neighbours: the other tables are walked through in the same order.
          if counters[..<index].contains(where: { $0.documents(with: counted.term) > 0 }) { return }
          let others = counters[(index + 1)...].reduce(0) { $0 + $1.documents(with: counted.term) }
          if counted.documents + others >= minimum {
            result.append(CountedTerm(term: counted.term, documents: counted.documents + others))
          }
        }
      }
      return result
    }
    return Array(lists.joined())
  }

  /// In how many documents a term stands.
  private func documents(with term: UInt64) -> UInt32 { slots.base[place(of: term)].documents }

  /// By the upper `bits` of the terms counted, which had no others: in how many documents of all counters they stand.
  static func buckets(of counters: [TermCounter], bits: Int) throws -> [UInt32] {
    var documents = [UInt32](repeating: 0, count: 1 << bits)
    for counted in try terms(of: counters, minimum: 1) {
      documents[Int(counted.term >> UInt64(64 - bits))] = counted.documents
    }
    return documents
  }

  /// Gives the terms whose slots should be in that part of the table; those of full slots are found further on.
  private func forEachTerm(inPart part: Int, of parts: Int, _ body: (CountedTerm) -> Void) {
    // Cut where the hashes are, so that tables of all sizes are cut alike.
    let first = UInt64(part) << UInt64(64 - parts.trailingZeroBitCount)
    let last = first + (1 << UInt64(64 - parts.trailingZeroBitCount) - 1)
    let homes = home(first)...home(last)
    var i = homes.lowerBound
    while i <= homes.upperBound || (i < 2 * slots.count && slots.base[i % slots.count].documents > 0) {
      let slot = slots.base[i % slots.count]
      if slot.documents > 0, (first...last).contains(slot.term) {
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
