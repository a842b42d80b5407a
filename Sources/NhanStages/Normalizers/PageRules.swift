/// Decides which lines of a page are the article.
///
/// Each rule says why it may be trusted; what no rule touches stays. O(lines) comparisons, each O(bytes of a
/// line).
struct PageRules {
  private let lines: [PageLine]
  private let reader: PageLineReader
  private let title: Range<Int>
  private let minimumSyllables: Int
  private let stripsRepetitions: Bool
  private var isDropped: [Bool]

  /// Rules for the lines of one page; `title` is the folded title, if it is given apart from the body.
  init(
    lines: [PageLine], reader: PageLineReader, title: Range<Int>, minimumSyllables: Int,
    stripsRepetitions: Bool
  ) {
    self.lines = lines
    self.reader = reader
    self.title = title
    self.minimumSyllables = minimumSyllables
    self.stripsRepetitions = stripsRepetitions
    isDropped = lines.map(\.isInterface)
  }

  /// The pieces of `body` that stay, in order; all of it if none would.
  mutating func keptRanges(of body: Range<Int>) -> [Range<Int>] {
    if !stripsRepetitions { restoreDoubled() }
    dropWords()
    dropListsBehindHeadings()
    dropCards()
    dropTeasers()
    dropTop()
    dropBottom()
    if stripsRepetitions { dropRepetitions() }
    var result: [Range<Int>] = []
    for (index, line) in lines.enumerated() where !isDropped[index] {
      if let last = result.last, last.upperBound == line.source.lowerBound {
        result[result.count - 1] = last.lowerBound..<line.source.upperBound
      } else {
        result.append(line.source)
      }
    }
    return result.isEmpty ? [body] : result
  }

  // MARK: - Shapes

  /// A paragraph of running text: long enough, and ended like a sentence; or so long that no link is.
  private func isParagraph(_ index: Int, atLeast syllables: Int? = nil) -> Bool {
    let line = lines[index]
    guard line.role == .text, line.syllables >= syllables ?? minimumSyllables else { return false }
    switch line.ending {
    case .sentence, .ellipsis: return true
    case .open: return line.syllables >= 2 * minimumSyllables
    case .none: return line.syllables >= 4 * minimumSyllables
    }
  }

  /// A line like a headline or a link: a few words without punctuation behind them.
  private func isHeadline(_ index: Int) -> Bool {
    let line = lines[index]
    guard line.role == .text || line.role == .doubled else { return false }
    return line.syllables >= 4 && !isParagraph(index) && (line.ending == .none || line.ending == .sentence)
  }

  private func areEqual(_ first: Int, _ second: Int) -> Bool {
    reader.areEqual(lines[first].folded, lines[second].folded)
  }

  /// The first paragraph that is not dropped.
  private var firstParagraph: Int? { lines.indices.first { !isDropped[$0] && isParagraph($0) } }

  /// The last paragraph that is not dropped.
  private var lastParagraph: Int? { lines.indices.last { !isDropped[$0] && isParagraph($0) } }

  private mutating func restoreDoubled() {
    for index in lines.indices where lines[index].role == .doubled { isDropped[index] = false }
  }

  // MARK: - Rules

  /// 'Trả lời' and 'Thông báo' are buttons beside other buttons, and words of the article elsewhere.
  private mutating func dropWords() {
    for index in lines.indices where lines[index].role == .word {
      let hasNeighbour = index > 0 && isDropped[index - 1]
      isDropped[index] = hasNeighbour || (index + 1 < lines.count && lines[index + 1].isInterface)
    }
  }

  /// Behind a heading such as 'Tin liên quan' stand links, each perhaps with a picture's description and one
  /// paragraph. The article goes on where two paragraphs follow each other without a headline between; a list
  /// to the end of the page never does. Readers' comments may be paragraphs, but seldom two long ones. Before
  /// the article's first paragraph such a list may hold the headline: there `dropTop` decides.
  private mutating func dropListsBehindHeadings() {
    guard let first = firstParagraph else { return }
    var index = first
    while index < lines.count {
      let role = lines[index].role
      guard role == .related || role == .comments else {
        index += 1
        continue
      }
      index = dropList(
        from: index, paragraphsAtLeast: role == .comments ? 4 * minimumSyllables : minimumSyllables)
    }
  }

  /// Drops lines from `start` to where two paragraphs follow each other. Returns where that is.
  private mutating func dropList(from start: Int, paragraphsAtLeast syllables: Int) -> Int {
    var end = start + 1
    while end < lines.count {
      let follows = end + 1 < lines.count && isParagraph(end + 1, atLeast: syllables)
      if follows, isParagraph(end, atLeast: syllables) { break }
      end += 1
    }
    for index in start..<end { isDropped[index] = true }
    return end
  }

  /// A headline said twice (the picture's description, then the link), a paragraph, and the same again: cards
  /// of other articles, also without a heading over them. One alone may be a caption of the article.
  private mutating func dropCards() {
    guard let first = firstParagraph, stripsRepetitions else { return }
    var index = first
    while index + 4 < lines.count {
      if isCard(index), isCard(index + 3) {
        index = dropList(from: index, paragraphsAtLeast: minimumSyllables)
      } else {
        index += 1
      }
    }
  }

  private func isCard(_ index: Int) -> Bool {
    guard index + 1 < lines.count, !isDropped[index], isHeadline(index), areEqual(index, index + 1) else {
      return false
    }
    return index + 2 >= lines.count || isParagraph(index + 2)
  }

  /// A text cut off with dots behind a link is the beginning of another article: behind a link that says its
  /// words twice; or behind a headline, if another such pair follows.
  private mutating func dropTeasers() {
    for index in lines.indices.dropFirst() where isTeaser(index) {
      let before = index - 1
      if lines[before].role == .doubled, isDropped[before] {
        isDropped[index] = true
      } else if isTeaserPair(before), isTeaserPair(index + 1) || (before >= 2 && isTeaserPair(before - 2)) {
        isDropped[before] = true
        isDropped[index] = true
      }
    }
  }

  private static let longestTeaser = 60

  private func isTeaser(_ index: Int) -> Bool {
    lines[index].ending == .ellipsis && lines[index].role == .text
      && lines[index].syllables <= Self.longestTeaser
  }

  private func isTeaserPair(_ index: Int) -> Bool {
    guard index + 1 < lines.count else { return false }
    return isHeadline(index) && lines[index].ending == .none && isTeaser(index + 1)
  }

  /// Above the headline stand menus, prompts and lists of links. Only where such a line is found among the
  /// lines before the first paragraph is the headline looked for, and what stands before it dropped.
  private mutating func dropTop() {
    guard let first = firstParagraph else { return }
    let top = 0..<first
    guard top.contains(where: { !lines[$0].mayBeText }) else { return }
    let headline = headline(in: top)
    for index in top where !lines[index].mayBeText || index < headline ?? 0 { isDropped[index] = true }
  }

  /// So far above the first paragraph the headline is looked for.
  private static let longestTop = 64

  /// The headline among the lines before the first paragraph: the one the title names or that is said twice,
  /// the last time; else the longest of the last few lines that could be one, captions aside: section names above
  /// it and authors below are shorter.
  private func headline(in top: Range<Int>) -> Int? {
    let near = top.suffix(Self.longestTop)
    let candidates = near.filter { lines[$0].role == .text && isHeadline($0) }
    guard let last = candidates.last else { return nil }
    if let named = candidates.last(where: { reader.areEqual(lines[$0].folded, title) }) { return named }
    if let repeated = candidates.last(where: { index in
      candidates.contains { $0 < index && areEqual($0, index) }
    }) {
      return repeated
    }
    var start = last
    while start > 0, [.text, .word, .file, .date, .doubled].contains(lines[start - 1].role) { start -= 1 }
    let group = candidates.filter { $0 >= start && !reader.isCaption(lines[$0].folded) }
    return group.max { (lines[$0].syllables, $1) < (lines[$1].syllables, $0) } ?? last
  }

  /// Below the last paragraph, from the first line of interface on: share bars, forms, footers, links. Verses
  /// and lists of the article may stand there too if the bar stands above them, so most lines must look like
  /// links. Some headlines in a row just above that line are links as well, without a heading over them.
  private mutating func dropBottom() {
    guard let last = lastParagraph else { return }
    let bottom = lines.indices.suffix(from: last + 1)
    guard var start = bottom.first(where: { lines[$0].opensBottom }) else { return }
    let links = bottom.prefix(upTo: start).reversed().prefix { isLink($0) }.count
    if links >= Self.fewestLinks { start -= links }
    let rest = lines.indices.suffix(from: start)
    let fitting = rest.count { !lines[$0].mayBeText || lines[$0].ending == .none }
    guard 10 * fitting >= 7 * rest.count else { return }
    for index in rest { isDropped[index] = true }
  }

  private static let fewestLinks = 4

  /// A headline that is no item of a list, a name or a verse: those are marked or shorter.
  private func isLink(_ index: Int) -> Bool {
    let line = lines[index]
    return line.role == .text && line.ending == .none && line.syllables >= 9
      && !reader.isListItem(line.folded)
  }

  /// A caption is often said twice, as the picture's description and under it; a title again as a
  /// description. Short lines are left: verses and dialogues repeat.
  private mutating func dropRepetitions() {
    guard let first = lines.indices.first(where: { !isDropped[$0] }) else { return }
    var previous = first
    var hasTitle = isTitle(first)
    for index in lines.indices where index > first && !isDropped[index] {
      let isSaid = areEqual(previous, index) || areEqual(first, index) || (hasTitle && isTitle(index))
      if isSaid, lines[index].syllables >= PageLineReader.longEnoughToRepeat {
        isDropped[index] = true
      } else {
        hasTitle = hasTitle || isTitle(index)
        previous = index
      }
    }
  }

  private func isTitle(_ index: Int) -> Bool { reader.areEqual(lines[index].folded, title) }
}
