/// How many words with Vietnamese letters are spelled as Vietnamese is, and how many are not.
struct Evidence {
  var good = 0
  var bad = 0

  /// The excess of good words; a bad word weighs two good ones.
  var score: Int { good - 2 * bad }

  /// Judges the words that have a letter beyond ASCII.
  mutating func judge(_ scalars: [Unicode.Scalar]) {
    var start = 0
    while start < scalars.count {
      guard scalars[start].properties.isAlphabetic else {
        // A unit of an encoding that is left as a symbol or mark belongs to no Vietnamese word.
        if (0xa0..<0x100).contains(scalars[start].value), !scalars[start].properties.isWhitespace { bad += 1 }
        start += 1
        continue
      }
      var end = start
      var relevant = false
      while end < scalars.count, scalars[end].properties.isAlphabetic {
        relevant = relevant || !scalars[end].isASCII
        end += 1
      }
      if relevant {
        if Syllables.isSyllable(scalars[start..<end]) { good += 1 } else { bad += 1 }
      }
      start = end
    }
  }
}
