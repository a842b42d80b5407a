/// Where the tone mark of an open syllable in oa, oe or uy stands.
enum ToneMarks: Sendable {
  /// On the second vowel: hoà.
  case new
  /// On the first: hòa.
  case old
  /// Where it came.
  case keep
}

/// What `UnicodeNormalizer` does; its options, read.
struct UnicodeFolding: Sendable {
  var composes: Bool
  var foldsCase: Bool
  var toneMarks: ToneMarks
  var decodesEntities: Bool
  var foldsTypography: Bool
  var removesInvisible: Bool
  var stripsAccents: Bool
}

/// Up to three scalars: what one scalar is folded to.
struct ScalarRun {
  var first: UInt32 = 0
  var second: UInt32 = 0
  var third: UInt32 = 0
  var count = 0

  init() {}

  init(_ scalar: UInt32, count: Int = 1) {
    (first, second, third) = (scalar, scalar, scalar)
    self.count = count
  }

  mutating func append(_ scalar: UInt32) {
    if count == 0 { first = scalar } else if count == 1 { second = scalar } else { third = scalar }
    count += 1
  }

  subscript(index: Int) -> UInt32 { index == 0 ? first : index == 1 ? second : third }
}

/// How each scalar is folded on its own, without regard to its neighbours.
extension UnicodeFolding {
  /// What a scalar becomes; nothing if it is removed.
  func fold(_ scalar: UInt32) -> ScalarRun {
    if Self.isLineEnd(scalar) { return ScalarRun(0x0A) }
    if removesInvisible, Self.isInvisible(scalar) { return ScalarRun() }
    let typographic = foldsTypography ? Self.foldTypography(scalar) : ScalarRun(scalar)
    if typographic.count != 1 { return typographic }
    let cased = foldsCase ? Self.lowercase(typographic.first) : typographic
    return stripsAccents && cased.count == 1 ? ScalarRun(VietnameseLetters.strip(cased.first)) : cased
  }

  /// The mandatory breaks of Unicode's line breaking (UAX #14): LF, VT, FF, CR, NEL, LS, PS.
  private static func isLineEnd(_ scalar: UInt32) -> Bool {
    (0x0A...0x0D).contains(scalar) || scalar == 0x85 || scalar == 0x2028 || scalar == 0x2029
  }

  /// Controls, and format characters that show nothing: soft hyphen, joiners, direction marks, selectors,
  /// tags.
  private static func isInvisible(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x09, 0x0A: false
    case 0x00...0x1F, 0x7F...0x9F, 0xAD, 0x34F, 0x61C, 0x180B...0x180F, 0x200B...0x200F, 0x202A...0x202E,
      0x2060...0x206F, 0xFE00...0xFE0F, 0xFEFF, 0xFFF9...0xFFFB, 0xE0000...0xE0FFF:
      true
    default: false
    }
  }

  private static func foldTypography(_ scalar: UInt32) -> ScalarRun {
    switch scalar {
    case 0xA0, 0x1680, 0x2000...0x200A, 0x202F, 0x205F, 0x3000: ScalarRun(0x20)
    case 0x2018...0x201B, 0x2032, 0x2035, 0x2039, 0x203A, 0x2BC: ScalarRun(0x27)
    case 0xAB, 0xBB, 0x201C...0x201F, 0x2033, 0x2036, 0x301D...0x301F: ScalarRun(0x22)
    case 0x2010...0x2015, 0x2212, 0x2E3A, 0x2E3B, 0xFE58, 0xFE63: ScalarRun(0x2D)
    case 0x2024...0x2026: ScalarRun(0x2E, count: Int(scalar - 0x2023))
    case 0xFF01...0xFF5E: ScalarRun(scalar - 0xFEE0)
    default: ScalarRun(scalar)
    }
  }

  private static func lowercase(_ scalar: UInt32) -> ScalarRun {
    // Kana, Han, Yi and Hangul have no case; asking costs more than knowing.
    if (0x3040..<0xA640).contains(scalar) || (0xAC00..<0xD7A4).contains(scalar) { return ScalarRun(scalar) }
    guard scalar >= 0x80 else { return ScalarRun(scalar &- 0x41 < 26 ? scalar + 0x20 : scalar) }
    guard let mapping = Unicode.Scalar(scalar)?.properties.lowercaseMapping else { return ScalarRun(scalar) }
    var run = ScalarRun()
    for lower in mapping.unicodeScalars { run.append(lower.value) }
    return run
  }
}

/// The scalars that need no general path, as tables: Latin, Greek, Cyrillic and other scripts below U+0800,
/// and U+1E00 to U+20FF, where Vietnamese letters and most punctuation lie.
struct UnicodeTables: Sendable {
  /// How a scalar of the tables is folded: up to three bytes of UTF-8 from bit 0 on, their number in bits 24
  /// and 25, and what else is to be done above.
  enum Entry {
    /// The bytes make a vowel whose tone mark may have to move.
    static let tone: UInt32 = 1 << 26
    /// A mark that may compose with what stands before.
    static let mark: UInt32 = 1 << 27
    /// The general path knows.
    static let general: UInt32 = 1 << 28
  }

  /// One past the last scalar of the lower table.
  static let lowEnd: UInt32 = 0x800
  /// The scalars of the upper table, which stands behind the lower one.
  static let high: Range<UInt32> = 0x1E00..<0x2100

  let folding: UnicodeFolding
  private let entries: [UInt32]

  init(_ folding: UnicodeFolding) {
    self.folding = folding
    let scalars = Array(0..<Self.lowEnd) + Array(Self.high)
    entries = scalars.map { Self.entry(of: $0, folding) }
  }

  /// Runs `body` with the tables pinned in memory.
  func withPointers<Result>(_ body: (Pointers) -> Result) -> Result {
    entries.withUnsafeBufferPointer { entries in
      LatinMarks.shared.composites.withUnsafeBufferPointer { marks in
        body(Pointers(folding: folding, entries: entries, latinMarks: marks))
      }
    }
  }

  /// The tables where they lie; valid inside `withPointers` only.
  struct Pointers {
    var folding: UnicodeFolding
    var entries: UnsafeBufferPointer<UInt32>
    var latinMarks: UnsafeBufferPointer<UInt16>
  }

  private static func entry(of scalar: UInt32, _ folding: UnicodeFolding) -> UInt32 {
    // A line end may take the next byte along, and an ampersand a whole reference.
    if scalar == 0x0D || (scalar == 0x26 && folding.decodesEntities) { return Entry.general }
    let run = folding.fold(scalar)
    var (bytes, length) = (UInt32(0), UInt32(0))
    for index in 0..<run.count {
      if folding.needsContext(run[index]) {
        return LatinMarks.index(ofMark: scalar) != nil && !folding.stripsAccents ? Entry.mark : Entry.general
      }
      for byte in UTF8Bytes(run[index]) {
        if length == 3 { return Entry.general }
        bytes |= UInt32(byte) << (8 * length)
        length += 1
      }
    }
    let mayMove = run.count == 1 && folding.mayMoveTone(of: run.first)
    return bytes | length << 24 | (mayMove ? Entry.tone : 0)
  }
}

extension UnicodeFolding {
  /// Whether a folded scalar cannot simply be appended to the text before it.
  func needsContext(_ scalar: UInt32) -> Bool {
    (composes || stripsAccents) && CanonicalComposition.isUnstable(scalar)
  }

  /// Whether a folded scalar is a vowel whose tone mark may have to move.
  func mayMoveTone(of scalar: UInt32) -> Bool {
    guard !stripsAccents, let vowel = VietnameseLetters.tonedVowel(scalar) else { return false }
    switch toneMarks {
    case .new: return vowel.base == .o || vowel.base == .u
    case .old: return vowel.base != .o
    case .keep: return false
    }
  }
}

/// The UTF-8 of one scalar; U+FFFD for none.
struct UTF8Bytes: Sequence, IteratorProtocol {
  private var rest: UInt32
  private(set) var count: Int

  init(_ scalar: UInt32) {
    switch scalar {
    case 0..<0x80: (rest, count) = (scalar, 1)
    case 0x80..<0x800: (rest, count) = (0x80C0 | scalar >> 6 | (scalar & 0x3F) << 8, 2)
    case 0x800..<0x1_0000:
      (rest, count) = (0x8080E0 | scalar >> 12 | (scalar >> 6 & 0x3F) << 8 | (scalar & 0x3F) << 16, 3)
    default:
      let high = 0x8080_80F0 | scalar >> 18 | (scalar >> 12 & 0x3F) << 8
      (rest, count) = (high | (scalar >> 6 & 0x3F) << 16 | (scalar & 0x3F) << 24, 4)
    }
  }

  /// The bytes, the first one lowest.
  var packed: UInt32 { rest }

  mutating func next() -> UInt8? {
    guard count > 0 else { return nil }
    defer {
      rest >>= 8
      count -= 1
    }
    return UInt8(truncatingIfNeeded: rest)
  }
}

/// Composes a Latin letter with one mark by a table: what letter and mark make together if it is one scalar,
/// marks in any order (ạ and circumflex, â and dot below: both ậ).
struct LatinMarks: Sendable {
  static let shared = LatinMarks()

  /// The marks with a column in the table: those of Vietnamese, and common ones of Europe.
  static let marks: [UInt32] = [
    0x300, 0x301, 0x302, 0x303, 0x306, 0x309, 0x31B, 0x323, 0x304, 0x307, 0x308, 0x30A, 0x30B, 0x30C, 0x327,
    0x328,
  ]
  private static let lowEnd: UInt32 = 0x250
  private static let high: Range<UInt32> = 0x1E00..<0x1F00

  /// One row of `marks.count` a letter; 0 where there is no such letter.
  let composites: [UInt16]

  /// The row of a letter.
  static func index(ofLetter scalar: UInt32) -> Int? {
    if scalar < lowEnd { return Int(scalar) }
    return high.contains(scalar) ? Int(scalar - high.lowerBound + lowEnd) : nil
  }

  /// The column of a mark.
  static func index(ofMark scalar: UInt32) -> Int? { marks.firstIndex(of: scalar) }

  private init() {
    var table = [UInt16](repeating: 0, count: (Int(Self.lowEnd) + Self.high.count) * Self.marks.count)
    func place(_ letter: UInt32, _ mark: UInt32) -> Int? {
      guard let row = Self.index(ofLetter: letter), let column = Self.index(ofMark: mark) else { return nil }
      return row * Self.marks.count + column
    }
    func each(_ body: (_ composite: UInt32, _ letter: UInt32, _ mark: UInt32) -> Void) {
      let triples = CanonicalData.decompositions
      for index in stride(from: 0, to: triples.count, by: 3) where triples[index] < Self.high.upperBound {
        body(triples[index], triples[index + 1], triples[index + 2])
      }
    }
    var parts: [UInt32: (letter: UInt32, mark: UInt32)] = [:]
    each { composite, letter, mark in
      if let place = place(letter, mark), Self.index(ofLetter: composite) != nil {
        table[place] = UInt16(composite)
        parts[composite] = (letter, mark)
      }
    }
    // Letters of two marks are stored inner mark first; marks that stand in different places (of different
    // combining class) may also come the other way round.
    each { composite, inner, outerMark in
      guard let part = parts[inner], Self.position(of: part.mark) != Self.position(of: outerMark),
        let swapped = place(part.letter, outerMark), table[swapped] != 0, parts[composite] != nil,
        let place = place(UInt32(table[swapped]), part.mark), table[place] == 0
      else { return }
      table[place] = UInt16(composite)
    }
    composites = table
  }

  /// Marks in the same position stack in the order given; others do not touch. Stands for the combining
  /// class.
  private static func position(of mark: UInt32) -> Int {
    switch mark {
    case 0x31B: 216
    case 0x323: 220
    case 0x327, 0x328: 202
    default: 230
    }
  }
}
