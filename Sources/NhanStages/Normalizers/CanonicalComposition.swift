/// Canonical composition (NFC) of short runs of scalars, for any script.
///
/// Follows Unicode Standard Annex #15: decompose fully, sort marks by combining class, compose. This is the
/// slow, general path; `UnicodeTables` answers the common Latin cases without it.
struct CanonicalComposition: Sendable {
  /// The tables of `CanonicalData` as dictionaries, made on first use.
  static let shared = CanonicalComposition()

  private struct Decomposition {
    var first: UInt32
    /// 0 for a single scalar.
    var second: UInt32
  }

  private var decompositions: [UInt32: Decomposition] = [:]
  private var composites: [UInt64: UInt32] = [:]
  private var combiningClasses: [UInt32: UInt8] = [:]

  private init() {
    let triples = CanonicalData.decompositions
    decompositions.reserveCapacity(triples.count / 3)
    for index in stride(from: 0, to: triples.count, by: 3) {
      let (flagged, first, second) = (triples[index], triples[index + 1], triples[index + 2])
      let scalar = flagged & 0x7FFF_FFFF
      decompositions[scalar] = Decomposition(first: first, second: second)
      if flagged == scalar { composites[Self.key(first, second)] = scalar }
    }
    let runs = CanonicalData.combiningClasses
    for index in stride(from: 0, to: runs.count, by: 3) {
      for scalar in runs[index]...runs[index + 1] { combiningClasses[scalar] = UInt8(runs[index + 2]) }
    }
  }

  private static func key(_ first: UInt32, _ second: UInt32) -> UInt64 {
    UInt64(first) << 32 | UInt64(second)
  }

  /// Whether a scalar may change, or be changed by, what stands before it. Text can be cut before any other
  /// scalar without changing its NFC. O(log n) in the size of the table.
  static func isUnstable(_ scalar: UInt32) -> Bool {
    if scalar < 0x300 { return false }
    let runs = CanonicalData.unstableRuns
    var (low, high) = (0, runs.count / 2)
    while low < high {
      let middle = (low + high) / 2
      if runs[2 * middle + 1] < scalar { low = middle + 1 } else { high = middle }
    }
    return 2 * low < runs.count && runs[2 * low] <= scalar
  }

  /// The NFC of `scalars`. O(n log n), and O(n) where no two scalars of a run of marks are out of order.
  func compose(_ scalars: [UInt32]) -> [UInt32] {
    var decomposed: [UInt32] = []
    for scalar in scalars { appendDecomposition(of: scalar, to: &decomposed) }
    sortMarks(&decomposed)
    return recompose(decomposed)
  }

  /// Appends the full canonical decomposition of a scalar.
  func appendDecomposition(of scalar: UInt32, to result: inout [UInt32]) {
    if let syllable = Hangul.index(ofSyllable: scalar) {
      result.append(Hangul.leadBase + syllable / Hangul.syllablesPerLead)
      result.append(Hangul.vowelBase + syllable % Hangul.syllablesPerLead / Hangul.tailCount)
      let tail = syllable % Hangul.tailCount
      if tail > 0 { result.append(Hangul.tailBase + tail) }
    } else if let parts = decompositions[scalar] {
      appendDecomposition(of: parts.first, to: &result)
      if parts.second > 0 { appendDecomposition(of: parts.second, to: &result) }
    } else {
      result.append(scalar)
    }
  }

  /// The canonical combining class.
  func combiningClass(_ scalar: UInt32) -> UInt8 { combiningClasses[scalar] ?? 0 }

  /// Sorts each run of marks by combining class, equal ones staying in order.
  private func sortMarks(_ scalars: inout [UInt32]) {
    var index = 0
    while index < scalars.count {
      let start = index
      var isSorted = true
      var last: UInt8 = 0
      while index < scalars.count {
        let current = combiningClass(scalars[index])
        if current == 0 { break }
        isSorted = isSorted && last <= current
        last = current
        index += 1
      }
      if !isSorted {
        let marks = scalars[start..<index].enumerated().sorted {
          (combiningClass($0.element), $0.offset) < (combiningClass($1.element), $1.offset)
        }
        scalars.replaceSubrange(start..<index, with: marks.map(\.element))
      }
      if index == start { index += 1 }
    }
  }

  private func recompose(_ scalars: [UInt32]) -> [UInt32] {
    var result: [UInt32] = []
    var starter: Int?
    var lastClass: UInt8 = 0
    for scalar in scalars {
      let current = combiningClass(scalar)
      // A scalar is blocked from its starter by one of the same or a higher class between them; and by any
      // starter between them, which would be the starter itself.
      if let at = starter, at == result.count - 1 || (lastClass < current && lastClass > 0),
        let composite = composite(of: result[at], and: scalar)
      {
        result[at] = composite
        continue
      }
      if current == 0 { starter = result.count }
      lastClass = current
      result.append(scalar)
    }
    return result
  }

  /// The primary composite of two scalars.
  func composite(of first: UInt32, and second: UInt32) -> UInt32? {
    Hangul.composite(of: first, and: second) ?? composites[Self.key(first, second)]
  }
}

/// The arithmetic of Hangul syllables, by the Unicode Standard, section 3.12.
private enum Hangul {
  static let base: UInt32 = 0xAC00
  static let leadBase: UInt32 = 0x1100
  static let vowelBase: UInt32 = 0x1161
  static let tailBase: UInt32 = 0x11A7
  static let leadCount: UInt32 = 19
  static let vowelCount: UInt32 = 21
  static let tailCount: UInt32 = 28
  static let syllablesPerLead = vowelCount * tailCount

  static func index(ofSyllable scalar: UInt32) -> UInt32? {
    scalar >= base && scalar < base + leadCount * syllablesPerLead ? scalar - base : nil
  }

  static func composite(of first: UInt32, and second: UInt32) -> UInt32? {
    if first &- leadBase < leadCount, second &- vowelBase < vowelCount {
      return base + ((first - leadBase) * vowelCount + second - vowelBase) * tailCount
    }
    // Tails begin behind `tailBase`, which stands for none.
    guard let syllable = index(ofSyllable: first), syllable % tailCount == 0,
      second > tailBase, second < tailBase + tailCount
    else { return nil }
    return first + second - tailBase
  }
}
