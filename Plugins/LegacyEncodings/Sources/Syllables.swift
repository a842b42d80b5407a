/// Which words Vietnamese spelling allows: an onset, a rhyme, at most one tone.
enum Syllables {
  static let onsets: Set<String> = [
    "", "b", "c", "ch", "d", "đ", "g", "gh", "gi", "h", "k", "kh", "l", "m", "n", "ng", "ngh", "nh", "p",
    "ph", "q", "qu",
    "r", "s", "t", "th", "tr", "v", "x",
  ]

  static let rhymes: Set<String> = Set(
    """
    a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây e ec em en eng eo ep et ê êch êm \
    ên ênh êp êt êu i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu o oa oac oach oai oam oan oang oanh oao oap \
    oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong oong ooc op ot ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt u \
    ua uc ui um un ung up ut uy uya uych uyên uyêt uynh uyt uyu uân uâng uât uây uê uêch uênh uơ uôc uôi uôm uôn uông \
    uôt ư ưa ưc ưi ưm ưng ưt ươc ươi ươm ươn ương ươp ươt ươu ưu y yêm yên yêng yêt yêu ynh
    """.split(separator: " ").map(String.init))

  /// Whether a word of letters is spelled as Vietnamese is. O(length).
  static func isSyllable(_ word: ArraySlice<Unicode.Scalar>) -> Bool {
    guard word.count <= 7 else { return false }
    var letters: [Unicode.Scalar] = []
    var tones = 0
    for scalar in word {
      if let parts = Letters.parts[scalar] {
        letters.append(parts.base)
        if parts.tone > 0 { tones += 1 }
      } else {
        letters.append(scalar.properties.lowercaseMapping.unicodeScalars.first!)
      }
    }
    guard tones <= 1 else { return false }
    for split in 0...min(3, letters.count) {
      let onset = text(letters[..<split])
      if onsets.contains(onset), rhymes.contains(text(letters[split...])) { return true }
    }
    return false
  }

  private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    return String(text)
  }
}
