import CLinux
import NhanCore

/// A learned vocabulary: the terms by column, and a hash table from term to its *place*: column + 1, `marker` for a
/// term that is known without having a column, 0 for an unknown one.
///
/// The table has buckets of eight terms, a cache line each: the lower halves of their hashes, and their places. The hash, as
/// a fraction, finds the bucket; all eight are compared at once, without a branch that depends on what is found. Two terms
/// are confused only if both agree in effect: with a million terms about one look-up in a thousand million.
final class Vocabulary: Sendable {
  private struct Bucket {
    var halves: SIMD8<UInt32>
    /// 0 is free; taken from the front.
    var places: SIMD8<UInt32>
  }

  /// The place of a term without a column.
  static let marker = UInt32.max
  /// How many terms ahead of the one looked up their buckets are asked for.
  private static let lead = 64

  /// The terms; a term's index is its column. Frequent terms come first, so that their weights share cache lines.
  let terms: TensorElements<UInt64>
  /// Terms that are common enough for a column and have none. Longer terms that contain them may be known.
  let markers: TensorElements<UInt64>
  private let table: PageMemory<Bucket>
  private let bucketCount: Int

  init(_ terms: TensorElements<UInt64>, markers: TensorElements<UInt64> = TensorElements([])) {
    self.terms = terms
    self.markers = markers
    // Half full. Not rounded up, so that as much of it as can be stays in the cache.
    bucketCount = max(2, (terms.count + markers.count) / 4)
    table = PageMemory(zeroed: bucketCount, populated: true)
    // The commonest first, which then are in their own bucket, though others fill it.
    insert(markers.buffer.pointer) { _ in Self.marker }
    insert(terms.buffer.pointer) { UInt32(truncatingIfNeeded: $0) + 1 }
  }

  /// The bucket that a term is looked for in first.
  @inline(__always)
  private func home(of term: UInt64) -> Int {
    Int(truncatingIfNeeded: term.multipliedFullWidth(by: UInt64(truncatingIfNeeded: bucketCount)).high)
  }

  /// The one behind it, to which a full one goes on.
  @inline(__always)
  private func next(to bucket: Int) -> Int { bucket &+ 1 == bucketCount ? 0 : bucket &+ 1 }

  /// Inserts terms with the places that `place` gives by index.
  private func insert(_ terms: UnsafeBufferPointer<UInt64>, _ place: (Int) -> UInt32) {
    for (index, term) in terms.enumerated() {
      let ahead = terms[min(index + Self.lead, terms.count - 1)]
      nhan_prefetch(table.base + home(of: ahead))
      insert(term, place(index))
    }
  }

  private func insert(_ term: UInt64, _ place: UInt32) {
    let half = UInt32(truncatingIfNeeded: term)
    var at = home(of: term)
    while true {
      // The bucket's sixteen numbers, as they lie in memory: one at a time is quicker so than through vectors.
      let bucket = UnsafeMutableRawPointer(table.base + at)
      let halves = bucket.assumingMemoryBound(to: UInt32.self)
      let places = halves + 8
      for slot in 0..<8 {
        if places[slot] == 0 {
          halves[slot] = half
          places[slot] = place
          return
        }
        // A term that cannot be told from an earlier one is taken for that, so at most one in a bucket matches.
        if halves[slot] == half { return }
      }
      at = next(to: at)
    }
  }

  /// The places of `count` terms. O(count).
  @inline(__always)
  func find(_ terms: UnsafePointer<UInt64>, count: Int, into places: UnsafeMutablePointer<UInt32>) {
    let buckets = table.base
    for i in 0..<min(Self.lead, count) { nhan_prefetch(buckets + home(of: terms[i])) }
    let withLead = max(0, count &- Self.lead)
    for i in 0..<withLead {
      nhan_prefetch(buckets + home(of: terms[i &+ Self.lead]))
      places[i] = place(of: terms[i])
    }
    for i in withLead..<count { places[i] = place(of: terms[i]) }
  }

  @inline(__always)
  private func place(of term: UInt64) -> UInt32 {
    let bucket = table.base + home(of: term)
    let half = UInt32(truncatingIfNeeded: term)
    let place = Self.place(of: half, in: bucket.pointee)
    // Whether a term was found nobody can predict, and that a bucket is full is rare, so the two are made one branch: the
    // term was not found, but may be in the next bucket.
    let isMissing = (UInt64(place) &- 1) >> 63
    let isFull = (0 &- UInt64(bucket.pointee.places[7])) >> 63
    return isMissing & isFull == 0 ? place : self.place(of: half, behind: bucket - table.base)
  }

  /// The place of the term with that half, of which there is one at most, in a bucket; 0 if it is not there.
  @inline(__always)
  private static func place(of half: UInt32, in bucket: Bucket) -> UInt32 {
    let matching = bucket.places.replacing(with: 0, where: bucket.halves .!= SIMD8(repeating: half))
    let four = matching.lowHalf | matching.highHalf
    let two = four.lowHalf | four.highHalf
    return two.x | two.y
  }

  /// The place of a term whose bucket is full of others.
  @inline(never)
  private func place(of half: UInt32, behind full: Int) -> UInt32 {
    var at = full
    repeat {
      at = next(to: at)
      let place = Self.place(of: half, in: table.base[at])
      if place != 0 { return place }
    } while table.base[at].places[7] != 0
    return 0
  }
}
