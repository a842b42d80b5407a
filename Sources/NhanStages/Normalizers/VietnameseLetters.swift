/// What the normalizer knows of Vietnamese letters.
enum VietnameseLetters {
  /// The vowels that open syllables in oa, oe and uy are made of.
  enum Vowel: Int {
    case a, e, o, u, y
  }

  /// A vowel with a tone mark and nothing else.
  struct TonedVowel: Equatable {
    var base: Vowel
    /// Which of the five marks: grave, acute, hook, tilde, dot.
    var tone: Int
    var isUpper: Bool
  }

  private static let toneCount = 5
  private static let toned: [UInt32] =
    "àáảãạèéẻẽẹòóỏõọùúủũụỳýỷỹỵÀÁẢÃẠÈÉẺẼẸÒÓỎÕỌÙÚỦŨỤỲÝỶỸỴ".unicodeScalars.map(\.value)

  /// Reads a vowel with a tone mark.
  static func tonedVowel(_ scalar: UInt32) -> TonedVowel? {
    guard scalar >= 0xC0, let index = toned.firstIndex(of: scalar) else { return nil }
    let vowelCount = toned.count / toneCount / 2
    return TonedVowel(
      base: Vowel(rawValue: index / toneCount % vowelCount)!, tone: index % toneCount,
      isUpper: index / toneCount >= vowelCount)
  }

  /// The scalar of a vowel with a tone mark.
  static func scalar(of vowel: TonedVowel) -> UInt32 {
    toned[vowel.base.rawValue * toneCount + vowel.tone + (vowel.isUpper ? toned.count / 2 : 0)]
  }

  /// Reads a vowel without marks.
  static func plainVowel(_ scalar: UInt32) -> (base: Vowel, isUpper: Bool)? {
    guard scalar < 0x80, let base = vowel(UInt8(scalar) | 0x20) else { return nil }
    return (base, scalar < 0x60)
  }

  private static func vowel(_ letter: UInt8) -> Vowel? {
    switch letter {
    case UInt8(ascii: "a"): .a
    case UInt8(ascii: "e"): .e
    case UInt8(ascii: "o"): .o
    case UInt8(ascii: "u"): .u
    case UInt8(ascii: "y"): .y
    default: nil
    }
  }

  /// The ASCII letter of a vowel.
  static func plain(_ vowel: Vowel, isUpper: Bool) -> UInt32 {
    let letter: UInt8 =
      switch vowel {
      case .a: UInt8(ascii: "a")
      case .e: UInt8(ascii: "e")
      case .o: UInt8(ascii: "o")
      case .u: UInt8(ascii: "u")
      case .y: UInt8(ascii: "y")
      }
    return UInt32(isUpper ? letter & 0xDF : letter)
  }

  /// Whether two vowels make one of the pairs whose tone mark has two places.
  static func isMovable(_ first: Vowel, _ second: Vowel) -> Bool {
    switch (first, second) {
    case (.o, .a), (.o, .e), (.u, .y): true
    default: false
    }
  }

  /// The marks of Vietnamese letters: grave, acute, circumflex, tilde, breve, hook, horn, dot below.
  static func isMark(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x300...0x303, 0x306, 0x309, 0x31B, 0x323: true
    default: false
    }
  }

  /// Whether the scalar is a letter of the Latin blocks that Vietnamese marks are stripped from.
  static func isLatin(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x41...0x5A, 0x61...0x7A, 0xC0...0xD6, 0xD8...0xF6, 0xF8...0x24F, 0x1E00...0x1EFF: true
    default: false
    }
  }

  /// A Latin letter without the marks that Vietnamese uses, and d for đ; anything else as it is.
  static func strip(_ scalar: UInt32) -> UInt32 {
    guard scalar >= 0x80, isLatin(scalar) else { return scalar }
    if scalar == 0x110 || scalar == 0x111 { return scalar == 0x110 ? 0x44 : 0x64 }
    var parts: [UInt32] = []
    CanonicalComposition.shared.appendDecomposition(of: scalar, to: &parts)
    guard parts.contains(where: isMark) else { return scalar }
    return CanonicalComposition.shared.compose(parts.filter { !isMark($0) })[0]
  }

  /// A letter with marks behind it, without those that Vietnamese uses, also where they are half of another
  /// mark.
  static func strip(marks scalars: [UInt32]) -> [UInt32] {
    var parts: [UInt32] = []
    for mark in scalars.dropFirst() { CanonicalComposition.shared.appendDecomposition(of: mark, to: &parts) }
    return scalars.prefix(1) + parts.filter { !isMark($0) }
  }
}
