/// How a text is encoded, as its bytes show.
package struct TextForm: Sendable, Hashable {
  /// Marks of Vietnamese letters that stand apart from their letter (NFD).
  package var marks = 0
  /// Vietnamese letters that have their marks in them (NFC).
  package var composed = 0
  /// Replacement characters U+FFFD: somebody lost letters here.
  package var replacements = 0
  /// Letters of UTF-8 that were read as Latin-1, such as `áº¿` for `ế`.
  package var misread = 0

  /// Counts. O(bytes).
  package init(_ text: [UInt8]) {
    text.withUnsafeBufferPointer { bytes in
      for index in bytes.indices where bytes[index] >= 0xC3 { count(bytes, at: index) }
    }
  }

  private mutating func count(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) {
    func byte(_ offset: Int) -> UInt8 { index + offset < bytes.count ? bytes[index + offset] : 0 }
    switch bytes[index] {
    case 0xCC where Self.vietnameseMarks.contains(byte(1)): marks += 1
    // U+00C0 to U+00FF, U+0100 to U+01B0, and U+1EA0 to U+1EF9.
    case 0xC3:
      // á, º or », and a third: E1 BA xx and E1 BB xx read as Latin-1.
      if byte(1) == 0xA1, byte(2) == 0xC2, byte(3) == 0xBA || byte(3) == 0xBB { misread += 1 }
      // Ã before a sign that is no letter: C3 xx read as Latin-1.
      if byte(1) == 0x83, byte(2) == 0xC2 { misread += 1 }
      composed += 1
    case 0xC4, 0xC6: composed += 1
    case 0xE1 where byte(1) == 0xBA || byte(1) == 0xBB: composed += 1
    case 0xEF where byte(1) == 0xBF && byte(2) == 0xBD: replacements += 1
    default: break
    }
  }

  /// The second bytes of U+0300 to U+0303, U+0306, U+0309, U+031B and U+0323.
  private static let vietnameseMarks: Set<UInt8> = [0x80, 0x81, 0x82, 0x83, 0x86, 0x89, 0x9B, 0xA3]

  /// What is wrong, in words; empty when nothing is.
  package func problems(invalid: Int) -> [String] {
    var problems: [String] = []
    if invalid > 0 { problems.append("\(invalid) invalid UTF-8 \(invalid == 1 ? "sequence" : "sequences")") }
    if replacements > 0 {
      problems.append("\(replacements) replacement characters (U+FFFD), where letters were lost")
    }
    if misread > 1 { problems.append("UTF-8 that was read as Latin-1, \(misread) times (such as áº¿ for ế)") }
    if marks > 0 {
      problems.append(
        composed > marks
          ? "mixed forms: \(marks) letters are decomposed (NFD), \(composed) composed (NFC)"
          : "\(marks) letters are decomposed (NFD); save it as NFC")
    }
    return problems
  }
}
