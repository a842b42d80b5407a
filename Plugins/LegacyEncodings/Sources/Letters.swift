/// The Vietnamese letters with their tones.
enum Letters {
  /// By base letter: without tone, grave, hook, tilde, acute, dot below.
  static let lower: [[Unicode.Scalar]] = [
    "aàảãáạ", "ăằẳẵắặ", "âầẩẫấậ", "eèẻẽéẹ", "êềểễếệ", "iìỉĩíị", "oòỏõóọ", "ôồổỗốộ", "ơờởỡớợ", "uùủũúụ",
    "ưừửữứự", "yỳỷỹýỵ",
  ].map { Array($0.unicodeScalars) }
  /// The same letters as capitals.
  static let upper: [[Unicode.Scalar]] = [
    "AÀẢÃÁẠ", "ĂẰẲẴẮẶ", "ÂẦẨẪẤẬ", "EÈẺẼÉẸ", "ÊỀỂỄẾỆ", "IÌỈĨÍỊ", "OÒỎÕÓỌ", "ÔỒỔỖỐỘ", "ƠỜỞỠỚỢ", "UÙỦŨÚỤ",
    "ƯỪỬỮỨỰ", "YỲỶỸÝỴ",
  ].map { Array($0.unicodeScalars) }

  /// What a letter is made of.
  struct Parts {
    /// The small letter without tone: `ê` of `Ế`.
    var base: Unicode.Scalar
    /// 0 for none, else its place in `lower`'s rows.
    var tone: Int
  }

  /// By letter beyond ASCII.
  static let parts: [Unicode.Scalar: Parts] = {
    var parts: [Unicode.Scalar: Parts] = ["đ": Parts(base: "đ", tone: 0), "Đ": Parts(base: "đ", tone: 0)]
    for rows in [lower, upper] {
      for (index, row) in rows.enumerated() {
        for (tone, letter) in row.enumerated() where !letter.isASCII {
          parts[letter] = Parts(base: lower[index][0], tone: tone)
        }
      }
    }
    return parts
  }()

  /// A letter without tone with one; `nil` if it takes none.
  static func adding(tone: Int, to letter: Unicode.Scalar) -> Unicode.Scalar? {
    for rows in [lower, upper] {
      if let row = rows.first(where: { $0[0] == letter }) { return row[tone] }
    }
    return nil
  }
}
