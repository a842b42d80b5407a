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

  /// The slots, for loops over them: without a reference to count.
  private struct Table: @unchecked Sendable {
    let slots: UnsafeMutablePointer<Slot>
    let count: Int

    /// The slot at which the search for a term begins: the hash as a fraction.
    @inline(__always)
    func home(_ term: UInt64) -> Int {
      Int(truncatingIfNeeded: term.multipliedFullWidth(by: UInt64(truncatingIfNeeded: count)).high)
    }

    /// The slot behind one.
    @inline(__always)
    func next(to slot: Int) -> Int { slot &+ 1 == count ? 0 : slot &+ 1 }

    /// Where a term lies, or would lie.
    @inline(__always)
    func place(of term: UInt64) -> Int {
      var at = home(term)
      while slots[at].documents > 0, slots[at].term != term { at = next(to: at) }
      return at
    }

    /// Gives the terms of a range in at least `least` documents; those that lie behind it because their slots were taken, too.
    @inline(__always)
    func forEachTerm(in terms: ClosedRange<UInt64>, least: UInt32, _ body: (CountedTerm) -> Void) {
      func look(at slot: Int) {
        if slots[slot].documents >= least, terms.contains(slots[slot].term) {
          body(CountedTerm(term: slots[slot].term, documents: slots[slot].documents))
        }
      }
      let homes = home(terms.lowerBound)...home(terms.upperBound)
      for slot in homes { look(at: slot) }
      var behind = next(to: homes.upperBound)
      while behind != homes.lowerBound, slots[behind].documents > 0 {
        look(at: behind)
        behind = next(to: behind)
      }
    }
  }

  /// How many terms ahead of the one counted their slots are asked for.
  private static let lead = 80

  /// Into so many parts the terms of several counters are cut when they are added up.
  private static let partBits = 6

  private var slots: PageMemory<Slot>
  private var used = 0
  private(set) var documents: UInt32 = 0

  private var table: Table { Table(slots: slots.base, count: slots.count) }

  /// A counter with room for `expected` terms; more may come.
  init(expected: Int = 0) {
    slots = PageMemory(zeroed: Self.slotCount(for: max(1 << 11, expected)), populated: true)
  }

  /// The smallest table that holds so many terms. Not rounded up: memory that is touched first is slow.
  private static func slotCount(for terms: Int) -> Int { terms + terms / 2 + 1 }

  /// Begins the next document.
  func beginDocument() { documents += 1 }

  /// Counts terms of the current document. O(count).
  func count(_ terms: UnsafePointer<UInt64>, count: Int) {
    if (used + count) * 3 > slots.count * 2 { grow(for: count) }
    let table = table
    for i in 0..<min(Self.lead, count) { nhan_prefetch(table.slots + table.home(terms[i])) }
    let lastAsking = max(0, count &- Self.lead)
    for i in 0..<lastAsking {
      nhan_prefetch(table.slots + table.home(terms[i &+ Self.lead]))
      insert(terms[i], table)
    }
    for i in lastAsking..<count { insert(terms[i], table) }
  }

  /// Counts a term of the current document.
  @inline(__always)
  func count(_ term: UInt64) {
    if (used &+ 1) &* 3 > slots.count &* 2 { grow(for: 1) }
    insert(term, table)
  }

  /// Counts a term for which there is room.
  @inline(__always)
  private func insert(_ term: UInt64, _ table: Table) {
    var at = table.home(term)
    while true {
      if table.slots[at].documents == 0 {
        table.slots[at] = Slot(term: term, documents: 1, last: documents)
        used &+= 1
        return
      }
      if table.slots[at].term == term {
        // Whether it is the document's first nobody can predict, so there is no branch.
        table.slots[at].documents &+= Self.isOther(table.slots[at].last, documents)
        table.slots[at].last = documents
        return
      }
      at = table.next(to: at)
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
    slots = PageMemory(zeroed: Self.slotCount(for: used + used / 2 + count), populated: true)
    let table = table
    for i in 0..<smaller.count where smaller.base[i].documents > 0 {
      table.slots[table.place(of: smaller.base[i].term)] = smaller.base[i]
    }
  }

  /// Adds the documents with a term that were counted elsewhere, and not here.
  func add(_ counted: CountedTerm) {
    if (used + 1) * 3 > slots.count * 2 { grow(for: 1) }
    let at = table.place(of: counted.term)
    if slots.base[at].documents == 0 {
      slots.base[at] = Slot(term: counted.term, documents: counted.documents, last: 0)
      used += 1
    } else {
      slots.base[at].documents += counted.documents
    }
  }

  /// The terms in at least `minimum` documents of all counters together, each of which has counted other documents; in no
  /// order. O(slots · counters), on as many threads as there are counters.
  static func terms(of counters: [TermCounter], minimum: Int) throws -> [CountedTerm] {
    guard !counters.isEmpty else { return [] }
    let minimum = UInt32(clamping: minimum)
    return try withExtendedLifetime(counters) {
      let tables = counters.map(\.table)
      // One counter has nobody to share the work with.
      let bits = tables.count > 1 ? partBits : 0
      let lists = try Parallel.map(count: 1 << bits, threads: counters.count) { part, _ in
        // Cut where the hashes are, so that tables of all sizes are cut alike.
        let first = UInt64(part) << UInt64(64 - bits)
        return terms(in: first...first + UInt64.max >> UInt64(bits), of: tables, minimum: minimum)
      }
      return Array(lists.joined())
    }
  }

  private static func terms(
    in range: ClosedRange<UInt64>, of tables: [Table], minimum: UInt32
  ) -> [CountedTerm] {
    // One of the counters must have that many; few terms have, so that whether one has is easily predicted.
    let least = max(1, minimum / UInt32(tables.count) + (minimum % UInt32(tables.count) > 0 ? 1 : 0))
    var result: [CountedTerm] = []
    tables.withUnsafeBufferPointer { tables in
      for index in tables.indices {
        tables[index].forEachTerm(in: range, least: least) { counted in
          var documents = counted.documents
          // Who asks for neighbours finds neighbours: the other tables are walked through in the same order.
          for other in tables.indices where other != index {
            let table = tables[other]
            let more = table.slots[table.place(of: counted.term)].documents
            // An earlier table has given it.
            if more >= least, other < index { return }
            documents += more
          }
          if documents >= minimum { result.append(CountedTerm(term: counted.term, documents: documents)) }
        }
      }
    }
    return result
  }

  /// By the upper `bits` of the terms counted, which had no others: in how many documents of all counters they stand.
  static func buckets(of counters: [TermCounter], bits: Int) throws -> [UInt32] {
    var documents = [UInt32](repeating: 0, count: 1 << bits)
    for counted in try terms(of: counters, minimum: 1) {
      documents[Int(counted.term >> UInt64(64 - bits))] = counted.documents
    }
    return documents
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

  /// As `sorted()` does: dealt out by documents, and then only each of these groups is sorted, which comes out of the
  /// counters nearly in order. O(n + greatest number of documents) but for that.
  static func sorted(_ terms: [CountedTerm]) -> [CountedTerm] {
    // By documents: where the group begins, and while it is dealt out, goes on.
    var starts = [Int](repeating: 0, count: Int(terms.lazy.map(\.documents).max() ?? 0) + 1)
    for term in terms { starts[Int(term.documents)] += 1 }
    var begin = 0
    for documents in starts.indices.reversed() {
      (starts[documents], begin) = (begin, begin + starts[documents])
    }
    return [CountedTerm](unsafeUninitializedCapacity: terms.count) { sorted, count in
      count = terms.count
      for term in terms {
        sorted.initializeElement(at: starts[Int(term.documents)], to: term)
        starts[Int(term.documents)] += 1
      }
      var begin = 0
      for end in starts.reversed() {
        sorted[begin..<end].sort { $0.term < $1.term }
        begin = end
      }
    }
  }
}

/// Which of the terms counted get columns.
struct TermSelection {
  /// By column.
  private(set) var chosen: [CountedTerm]
  /// Terms common enough for a column that have none.
  private(set) var markers: [UInt64]

  /// Chooses among terms of at least `settings.minimumDocuments` documents. O(n log n), mostly O(n).
  init(_ candidates: [CountedTerm], documents: Int, settings: TermSettings) {
    let maximum = UInt32((settings.maximumShare * Double(documents)).rounded(.up))
    let sorted = CountedTerm.sorted(candidates)
    let first = sorted.firstIndex { $0.documents <= maximum } ?? sorted.count
    chosen = Array(sorted[first...].prefix(settings.maximumFeatures))
    markers = sorted[..<first].map(\.term)
    // Where the last column falls among terms of as many documents, a longer one of them may have been taken and a
    // shorter one inside it not.
    guard let last = chosen.last else { return }
    markers += sorted[(first + chosen.count)...].prefix { $0.documents == last.documents }.map(\.term)
  }
}
