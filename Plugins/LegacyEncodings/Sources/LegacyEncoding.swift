/// An encoding of Vietnamese from before Unicode.
///
/// `table` maps what stands for a letter, one to three units, to the letter. A unit is a byte, or the character that a
/// program made of the byte when it took it for Windows-1252.
struct LegacyEncoding: Sendable {
  let name: String
  let table: [[UInt8]: Unicode.Scalar]
  /// The most units a letter takes.
  let longest: Int
  /// Whether a backslash makes the next unit mean itself.
  let escapes: Bool

  private init(name: String, table: [[UInt8]: Unicode.Scalar], escapes: Bool = false) {
    self.name = name
    self.table = table
    longest = table.keys.map(\.count).max() ?? 1
    self.escapes = escapes
  }

  static let all = [tcvn3, vni, windows1258, viqr]

  /// TCVN 5712:1993, third set (the fonts called ABC, .VnTime): one byte a letter; capitals have no tones.
  static let tcvn3: LegacyEncoding = {
    var table: [[UInt8]: Unicode.Scalar] = [:]
    for (byte, letter) in zip(0xa1...0xae, "ĂÂÊÔƠƯĐăâêôơưđ".unicodeScalars) { table[[UInt8(byte)]] = letter }
    let toned: [(letters: String, codes: [UInt8])] = [
      ("àảãáạ", [0xb5, 0xb6, 0xb7, 0xb8, 0xb9]), ("ằẳẵắặ", [0xbb, 0xbc, 0xbd, 0xbe, 0xc6]),
      ("ầẩẫấậ", [0xc7, 0xc8, 0xc9, 0xca, 0xcb]), ("èẻẽéẹ", [0xcc, 0xce, 0xcf, 0xd0, 0xd1]),
      ("ềểễếệ", [0xd2, 0xd3, 0xd4, 0xd5, 0xd6]), ("ìỉĩíị", [0xd7, 0xd8, 0xdc, 0xdd, 0xde]),
      ("òỏõóọ", [0xdf, 0xe1, 0xe2, 0xe3, 0xe4]), ("ồổỗốộ", [0xe5, 0xe6, 0xe7, 0xe8, 0xe9]),
      ("ờởỡớợ", [0xea, 0xeb, 0xec, 0xed, 0xee]), ("ùủũúụ", [0xef, 0xf1, 0xf2, 0xf3, 0xf4]),
      ("ừửữứự", [0xf5, 0xf6, 0xf7, 0xf8, 0xf9]), ("ỳỷỹýỵ", [0xfa, 0xfb, 0xfc, 0xfd, 0xfe]),
    ]
    for (letters, codes) in toned {
      for (letter, code) in zip(letters.unicodeScalars, codes) { table[[code]] = letter }
    }
    return LegacyEncoding(name: "tcvn3", table: table)
  }()

  /// VNI for Windows: a letter, then a unit for its marks; a few letters are one unit.
  static let vni: LegacyEncoding = {
    // Tones behind a letter without mark, behind a circumflex and behind a breve; the first unit is the mark alone.
    let plain: [UInt8] = [0xf8, 0xfb, 0xf5, 0xf9, 0xef]
    let circumflex: [UInt8] = [0xe2, 0xe0, 0xe5, 0xe3, 0xe1, 0xe4]
    let breve: [UInt8] = [0xea, 0xe8, 0xfa, 0xfc, 0xe9, 0xeb]
    let bases: [Unicode.Scalar: [UInt8]] = [
      "a": [0x61], "e": [0x65], "o": [0x6f], "u": [0x75], "y": [0x79], "ơ": [0xf4], "ư": [0xf6],
    ]
    var table: [[UInt8]: Unicode.Scalar] = [[0xf1]: "đ", [0xd1]: "Đ"]
    func put(_ units: [UInt8], _ row: Int, _ tone: Int) {
      table[units] = Letters.lower[row][tone]
      // Capitals have capital units: bit 5 is clear in both.
      table[units.map { $0 & 0xdf }] = Letters.upper[row][tone]
    }
    for (index, row) in Letters.lower.enumerated() {
      switch row[0] {
      case "i":
        for (tone, unit) in zip(1..., [0xec, 0xe6, 0xf3, 0xed, 0xf2] as [UInt8]) { put([unit], index, tone) }
      case "ă": for (tone, unit) in breve.enumerated() { put([0x61, unit], index, tone) }
      case "â", "ê", "ô":
        let base: UInt8 = row[0] == "â" ? 0x61 : row[0] == "ê" ? 0x65 : 0x6f
        for (tone, unit) in circumflex.enumerated() { put([base, unit], index, tone) }
      default:
        let base = bases[row[0]]!
        if base[0] >= 0x80 { put(base, index, 0) }
        for (tone, unit) in zip(1..., plain) where !(row[0] == "y" && tone == 5) {
          put(base + [unit], index, tone)
        }
        if row[0] == "y" { put([0xee], index, 5) }
      }
    }
    return LegacyEncoding(name: "vni", table: table)
  }()

  /// Windows code page 1258: letters of Latin-1, some replaced by Vietnamese ones, and tones as combining marks.
  static let windows1258: LegacyEncoding = {
    let marks: [UInt8] = [0xcc, 0xd2, 0xde, 0xec, 0xf2]
    var single: [Unicode.Scalar: UInt8] = [
      "Ă": 0xc3, "ă": 0xe3, "Đ": 0xd0, "đ": 0xf0, "Ơ": 0xd5, "ơ": 0xf5, "Ư": 0xdd, "ư": 0xfd,
    ]
    for letter in "ÂÊÔâêô".unicodeScalars { single[letter] = UInt8(letter.value) }
    var table: [[UInt8]: Unicode.Scalar] = [:]
    for (letter, byte) in single { table[[byte]] = letter }
    for letter in "ÀÁÈÉÍÓÙÚàáèéíóùú".unicodeScalars { table[[UInt8(letter.value)]] = letter }
    for row in Letters.lower + Letters.upper {
      let base = row[0].isASCII ? UInt8(row[0].value) : single[row[0]]!
      for (tone, mark) in zip(1..., marks) { table[[base, mark]] = row[tone] }
    }
    return LegacyEncoding(name: "windows-1258", table: table)
  }()

  /// VIQR (RFC 1456): ASCII, marks as punctuation behind the letter.
  static let viqr: LegacyEncoding = {
    let marks: [Unicode.Scalar: (base: UInt8, mark: UInt8)] = [
      "ă": (0x61, 0x28), "â": (0x61, 0x5e), "ê": (0x65, 0x5e), "ô": (0x6f, 0x5e), "ơ": (0x6f, 0x2b),
      "ư": (0x75, 0x2b),
    ]
    let tones: [UInt8] = [0x60, 0x3f, 0x7e, 0x27, 0x2e]
    var table: [[UInt8]: Unicode.Scalar] = [
      [0x64, 0x64]: "đ", [0x44, 0x44]: "Đ", [0x44, 0x64]: "Đ", [0x64, 0x44]: "Đ",
    ]
    for (lower, upper) in zip(Letters.lower, Letters.upper) {
      let small = marks[lower[0]].map { [$0.base, $0.mark] } ?? [UInt8(lower[0].value)]
      let capital = [small[0] & 0xdf] + small.dropFirst()
      for (base, row) in [(small, lower), (capital, upper)] {
        if base.count > 1 { table[base] = row[0] }
        for (tone, mark) in zip(1..., tones) { table[base + [mark]] = row[tone] }
      }
    }
    return LegacyEncoding(name: "viqr", table: table, escapes: true)
  }()
}
