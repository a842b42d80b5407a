import NhanPluginKit

/// Words of several syllables, each known by the hash of its syllables, numbered as columns.
struct Lexicon: Sendable {
  /// The hashes, in rising order; the place of a word is its column.
  let words: [UInt64]
  /// By column: the inverse document frequency.
  let idf: [Float]
  /// The most syllables a word has.
  let longest: Int
  private let columns: [UInt64: UInt32]

  init(words: [UInt64], idf: [Float], longest: Int) {
    self.words = words
    self.idf = idf
    self.longest = longest
    columns = Dictionary(words.enumerated().map { ($1, UInt32($0)) }) { first, _ in first }
  }

  /// The column of a word.
  func column(of word: UInt64) -> UInt32? { columns[word] }

  /// Finds words by greedy longest match: at each syllable the longest word that begins there, else the next syllable.
  func forEachWord(in syllables: [Syllable], _ body: (_ column: UInt32, _ first: Int, _ last: Int) -> Void) {
    var at = 0
    while at < syllables.count {
      var found: (column: UInt32, length: Int)?
      var hash = syllables[at].hash
      var length = 1
      while length < longest, at + length < syllables.count, !syllables[at + length].startsPhrase {
        hash = Syllable.joined(hash, syllables[at + length].hash)
        length += 1
        if let column = columns[hash] { found = (column, length) }
      }
      if let found { body(found.column, at, at + found.length - 1) }
      at += found?.length ?? 1
    }
  }
}
