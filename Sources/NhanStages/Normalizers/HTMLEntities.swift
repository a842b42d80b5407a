/// The character references of HTML that texts are found to hold: numeric ones, and names from Latin-1,
/// Greek, typography and Vietnamese.
enum HTMLEntities {
  /// Reads a reference at `start`, where an ampersand stands: the scalar it names and where it ends, behind
  /// the semicolon. `nil` for an unknown name, a missing semicolon or no valid scalar: then it is plain text.
  /// O(1).
  static func decode(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int, before end: Int) -> (
    scalar: UInt32, end: Int
  )? {
    guard start + 2 < end else { return nil }
    let isNumber = bytes[start + 1] == UInt8(ascii: "#")
    return isNumber ? number(bytes, at: start + 2, before: end) : name(bytes, at: start + 1, before: end)
  }

  private static let longestNumber = 10
  private static let longestName = 8

  private static func number(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int, before end: Int) -> (
    scalar: UInt32, end: Int
  )? {
    let isHexadecimal = bytes[start] | 0x20 == UInt8(ascii: "x")
    let digits = isHexadecimal ? start + 1 : start
    var (value, at) = (UInt32(0), digits)
    while at < min(end, digits + longestNumber), let digit = digit(bytes[at], isHexadecimal: isHexadecimal) {
      value = min(value * (isHexadecimal ? 16 : 10) + digit, 0x11_0000)
      at += 1
    }
    guard at > digits, at < end, bytes[at] == UInt8(ascii: ";") else { return nil }
    // HTML reads the numbers of C1 controls as Windows-1252: pages written in it mean dashes and quotes.
    if value >= 0x80, value < 0xA0 { value = windows1252[Int(value) - 0x80] }
    guard value > 0, Unicode.Scalar(value) != nil else { return nil }
    return (value, at + 1)
  }

  private static func digit(_ byte: UInt8, isHexadecimal: Bool) -> UInt32? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f") where isHexadecimal: UInt32(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F") where isHexadecimal: UInt32(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
  }

  private static func name(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int, before end: Int) -> (
    scalar: UInt32, end: Int
  )? {
    var (exact, lower, at) = (UInt64(0), UInt64(0), start)
    while at < end, at <= start + longestName, bytes[at] != UInt8(ascii: ";") {
      guard isAlphanumeric(bytes[at]) else { return nil }
      exact = exact << 8 | UInt64(bytes[at])
      lower = lower << 8 | UInt64(bytes[at] | 0x20)
      at += 1
    }
    guard at < end, at > start, at <= start + longestName, bytes[at] == UInt8(ascii: ";") else { return nil }
    // Folding the text to lower case must not turn an unknown name into a known one, so both are known.
    return (scalars[exact] ?? scalars[lower]).map { ($0, at + 1) }
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10
  }

  private static let windows1252: [UInt32] = [
    0x20AC, 0x81, 0x201A, 0x192, 0x201E, 0x2026, 0x2020, 0x2021, 0x2C6, 0x2030, 0x160, 0x2039, 0x152, 0x8D,
    0x17D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x2DC, 0x2122, 0x161, 0x203A,
    0x153, 0x9D, 0x17E, 0x178,
  ]

  /// Names packed into eight bytes, the last letter lowest.
  private static let scalars: [UInt64: UInt32] = {
    var result: [UInt64: UInt32] = [:]
    for (first, names) in blocks {
      var scalar = first
      for name in names.split(separator: " ") {
        if name != "-" { result[name.utf8.reduce(0) { $0 << 8 | UInt64($1) }] = scalar }
        scalar += 1
      }
    }
    return result
  }()

  /// Names of neighbouring scalars, from the first on; `-` skips one.
  private static let blocks: [(first: UInt32, names: String)] = [
    (0x22, "quot"), (0x26, "amp apos"), (0x3C, "lt - gt"), (0x09, "Tab NewLine"),
    (
      0xA0,
      """
      nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 \
      acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde \
      Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute \
      Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde \
      auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute \
      ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml
      """
    ),
    (0x102, "Abreve abreve"), (0x110, "Dstrok dstrok"), (0x128, "Itilde itilde"), (0x152, "OElig oelig"),
    (0x160, "Scaron scaron"), (0x168, "Utilde utilde"), (0x178, "Yuml"), (0x17D, "Zcaron zcaron"),
    (0x192, "fnof"), (0x2C6, "circ"), (0x2DC, "tilde"),
    (
      0x391,
      """
      Alpha Beta Gamma Delta Epsilon Zeta Eta Theta Iota Kappa Lambda Mu Nu Xi Omicron Pi Rho - Sigma Tau \
      Upsilon Phi Chi Psi Omega
      """
    ),
    (
      0x3B1,
      """
      alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigmaf sigma \
      tau upsilon phi chi psi omega
      """
    ),
    (0x2002, "ensp emsp"), (0x2009, "thinsp"), (0x200C, "zwnj zwj lrm rlm"), (0x2013, "ndash mdash"),
    (0x2018, "lsquo rsquo sbquo - ldquo rdquo bdquo - dagger Dagger bull"), (0x2026, "hellip"),
    (0x2030, "permil - prime Prime"), (0x2039, "lsaquo rsaquo"), (0x20AC, "euro"), (0x2122, "trade"),
    (0x2190, "larr uarr rarr darr harr"), (0x2212, "minus"), (0x221E, "infin"), (0x2248, "asymp"),
    (0x2260, "ne equiv"), (0x2264, "le ge"),
  ]
}
