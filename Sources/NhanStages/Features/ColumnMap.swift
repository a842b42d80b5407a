/// Gives each term its column.
enum ColumnMap: Sendable {
  /// The columns of a learned vocabulary; other terms have none.
  case vocabulary(Vocabulary)
  /// The top bits of the term's hash, `1 << bits` columns: nothing to learn or store, but terms may share a column.
  case hashed(bits: Int)

  var columnCount: Int {
    switch self {
    case .vocabulary(let vocabulary): vocabulary.terms.count
    case .hashed(let bits): 1 << bits
    }
  }

  /// Whether an n-gram is found only if the n-grams inside it are. A break is not, so n-grams across it are not, either.
  var knowsParts: Bool {
    switch self {
    case .vocabulary: true
    case .hashed: false
    }
  }

  /// The column of a term; `nil` if it has none. O(1).
  func column(of term: UInt64) -> Int? {
    var place: UInt32 = 0
    withUnsafePointer(to: term) { find($0, count: 1, into: &place) }
    return place == 0 || place == Vocabulary.marker ? nil : Int(place) - 1
  }

  /// Looks up many terms: what is known of each, as in `Vocabulary`. O(count).
  @inline(__always)
  func find(_ terms: UnsafePointer<UInt64>, count: Int, into places: UnsafeMutablePointer<UInt32>) {
    switch self {
    case .vocabulary(let vocabulary): vocabulary.find(terms, count: count, into: places)
    case .hashed(let bits):
      let shift = UInt64(64 - bits)
      for i in 0..<count { places[i] = UInt32(truncatingIfNeeded: terms[i] >> shift) &+ 1 }
    }
  }
}
