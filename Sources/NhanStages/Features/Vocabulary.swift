import NhanCore

/// A learned vocabulary: the terms by column, and a hash table from term to its *place*: column + 1, `marker` for a
/// term that is known without having a column, 0 for an unknown one.
///
/// A slot of the table holds the upper half of a term's hash and its place, so a look-up touches one cache line; the
/// lower half finds the slot. Two terms are confused only if both halves agree in effect: with a million terms
/// about one look-up in four thousand million.
final class Vocabulary: Sendable {
  /// The place of a term without a column.
  static let marker = UInt32.max

  /// The terms; a term's index is its column. Frequent terms come first, so that their weights share cache lines.
  let terms: TensorElements<UInt64>
  /// Terms that are common enough for a column and have none. Longer terms that contain them may be known.
  let markers: TensorElements<UInt64>
  private let table: PageMemory<UInt64>
  private let mask: Int

  init(_ terms: TensorElements<UInt64>, markers: TensorElements<UInt64> = TensorElements([])) {
    self.terms = terms
    self.markers = markers
    var size = 16
    while size < (terms.count + markers.count) * 2 { size *= 2 }
    mask = size - 1
    table = PageMemory(zeroed: size)
    for (column, term) in terms.buffer.pointer.enumerated() { insert(term, UInt32(column) + 1) }
    for term in markers.buffer.pointer { insert(term, Self.marker) }
  }

  private func insert(_ term: UInt64, _ place: UInt32) {
    var at = Int(truncatingIfNeeded: term) & mask
    while table.base[at] != 0 { at = (at + 1) & mask }
    table.base[at] = term & 0xffff_ffff_0000_0000 | UInt64(place)
  }

  /// The places of `count` terms. O(count).
  ///
  /// A block's first slots are all read before any is looked at: nothing depends on what is read, so the reads wait for
  /// the memory together instead of one after the other.
  @inline(__always)
  func find(_ terms: UnsafePointer<UInt64>, count: Int, into places: UnsafeMutablePointer<UInt32>) {
    let table = table.base
    let mask = mask
    var first = InlineArray<64, UInt64>(repeating: 0)
    var start = 0
    while start < count {
      let block = min(64, count &- start)
      for i in 0..<block {
        first[unchecked: i] = table[Int(truncatingIfNeeded: terms[start &+ i]) & mask]
      }
      for i in 0..<block {
        let term = terms[start &+ i]
        var slot = first[unchecked: i]
        var at = Int(truncatingIfNeeded: term)
        var place: UInt32 = 0
        while slot != 0 {
          if (slot ^ term) >> 32 == 0 {
            place = UInt32(truncatingIfNeeded: slot)
            break
          }
          at &+= 1
          slot = table[at & mask]
        }
        places[start &+ i] = place
      }
      start &+= block
    }
  }
}
