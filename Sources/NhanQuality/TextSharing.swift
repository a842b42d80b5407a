import NhanCore

/// What articles have in common that they should not.
enum TextSharing {
  /// Articles with the text of an earlier one: one finding each, next to the first of its kind.
  static func duplicates(_ articles: [Article]) -> [Finding] {
    firstOfEach(articles).enumerated().compactMap { index, first in
      guard let first, first != index else { return nil }
      let isLeak = articles[first].path != articles[index].path
      return Finding(
        isLeak ? .leak : .duplicate, "the texts are the same",
        at: [articles[first].document.place, articles[index].document.place], degree: 1)
    }
  }

  /// By article: the first one with its text; `nil` for an article without any.
  private static func firstOfEach(_ articles: [Article]) -> [Int?] {
    var first: [[UInt64]: Int] = [:]
    return articles.indices.map { index in
      let text = articles[index].syllables
      if text.isEmpty { return nil }
      if let known = first[text] { return known }
      first[text] = index
      return index
    }
  }

  /// Pairs of articles that share much of their texts, the most alike first.
  static func nearDuplicates(_ articles: [Article], _ options: DataCheckOptions) throws -> [Finding] {
    let distinct = firstOfEach(articles).enumerated().filter { $0.offset == $0.element }.map(\.offset)
    let pairs = try NearDuplicates.pairs(
      distinct.map { articles[$0].shingles }, threshold: options.similarity, threads: options.threads)
    return pairs.sorted { ($1.similarity, $0.first, $0.second) < ($0.similarity, $1.first, $1.second) }.map {
      pair in
      let (a, b) = (articles[distinct[pair.first]], articles[distinct[pair.second]])
      return Finding(
        a.path == b.path ? .nearDuplicate : .leak,
        "\(Int((pair.similarity * 100).rounded())) % of their phrases of five syllables are the same",
        at: [a.document.place, b.document.place], degree: pair.similarity)
    }
  }

  /// Sentences that stand in too many articles, the most frequent first.
  static func repeatedSentences(_ articles: [Article], _ options: DataCheckOptions) -> [Finding] {
    struct Use {
      var articles: [Int]
      var bytes: Range<Int>
    }
    var uses: [UInt64: Use] = [:]
    for (index, article) in articles.enumerated() {
      for sentence in article.sentences where sentence.syllables.count >= options.sentenceSyllables {
        let hash = SyllableScanner.hash(article.syllables[sentence.syllables])
        if uses[hash] == nil {
          uses[hash] = Use(articles: [index], bytes: sentence.bytes)
        } else if uses[hash]!.articles.last != index {
          uses[hash]!.articles.append(index)
        }
      }
    }
    let frequent = uses.values.filter { $0.articles.count > options.sentenceLimit }
    return frequent.sorted {
      ($1.articles.count, $0.articles[0], $0.bytes.lowerBound) < (
        $0.articles.count, $1.articles[0], $1.bytes.lowerBound
      )
    }.map { use in
      let text = String(decoding: articles[use.articles[0]].text[use.bytes], as: UTF8.self)
      return Finding(
        .repeatedSentence, "stands in \(use.articles.count) articles: ‘\(RecordCheck.shortened(text))’",
        at: use.articles.map { articles[$0].document.place })
    }
  }
}
