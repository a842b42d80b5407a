/// One line of a page that is not blank, and what its shape says.
struct PageLine {
  /// Where the line lies in the original, with the blank lines behind it.
  var source: Range<Int>
  /// Its folded text, trimmed, in the buffer of all folded lines.
  var folded: Range<Int>
  /// Runs of letters and digits: syllables, in Vietnamese.
  var syllables = 0
  var ending = Ending.none
  var role = Role.text

  /// How a line ends, closing quotes and brackets left aside.
  enum Ending {
    /// Without punctuation, like a headline, a link, a verse.
    case none
    /// Comma, colon, semicolon, dash: something follows.
    case open
    /// Full stop, exclamation or question mark.
    case sentence
    /// Three dots.
    case ellipsis
  }

  /// What a line is, by itself.
  enum Role {
    /// Perhaps the article's.
    case text
    /// The page's own words, wherever they stand.
    case interface
    /// A word that is a button's if other interface stands beside it.
    case word
    /// A link or an imprint behind a label: `Xem thêm: …`, `Tags: …`.
    case labelled
    /// The name of a section or a row of them; interface at the top and at the bottom.
    case section
    /// A time stamp; interface at the top and at the bottom.
    case date
    /// The heading of links to other articles.
    case related
    /// The heading of readers' comments.
    case comments
    /// A picture's file name.
    case file
    /// The same text twice within the line: the description and the words of one link.
    case doubled
    /// Full of ornaments: an advertisement.
    case ornament
  }

  /// Whether the line may be the article's at the top and the bottom of a page.
  var mayBeText: Bool { role == .text || role == .word }

  /// Whether the page below such a line is the page's own, too.
  var opensBottom: Bool { role == .interface || role == .related || role == .comments }

  /// Whether the role alone makes the line go.
  var isInterface: Bool {
    switch role {
    case .text, .word, .section, .date: false
    case .interface, .labelled, .related, .comments, .file, .doubled, .ornament: true
    }
  }
}

/// Reads what a folded line is from its bytes.
struct PageLineReader {
  private let text: UnsafeBufferPointer<UInt8>

  /// Longer lines are no buttons, menus or prompts, and are not looked up.
  private static let longestLookup = 400
  /// How long a link is that says its words twice: no chance repetition, no paragraph.
  private static let doubledSyllables = 2 * longEnoughToRepeat...80
  /// From here on a line can be told from a chance repetition.
  static let longEnoughToRepeat = 6

  /// A reader of lines in the buffer of folded lines.
  init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

  /// Fills in what the shape says. O(bytes of the line).
  func read(_ line: inout PageLine) {
    let scan = scan(line.folded)
    line.syllables = scan.syllables
    line.ending = ending(of: line.folded)
    if Self.doubledSyllables.contains(line.syllables), isDoubled(line.folded) {
      line.role = .doubled
    } else if scan.ornaments >= 3, scan.ornaments * 20 >= scan.syllables {
      line.role = .ornament
    } else if line.folded.count <= Self.longestLookup {
      line.role = role(of: line, scan)
    }
  }

  // MARK: - Shape

  private struct Scan {
    var syllables = 0
    var ornaments = 0
    var digits = 0
    var spaces = 0
  }

  private func scan(_ range: Range<Int>) -> Scan {
    var result = Scan()
    var wasWord = 0
    for at in range {
      let byte = text[at]
      let isDigit = byte &- 0x30 < 10 ? 1 : 0
      let isWord = byte >= 0x80 || (byte | 0x20) &- 0x61 < 26 ? 1 : isDigit
      result.syllables &+= isWord & ~wasWord
      result.digits &+= isDigit
      result.spaces &+= byte == 0x20 ? 1 : 0
      wasWord = isWord
      if byte >= 0xE2, isOrnament(at, before: range.upperBound) { result.ornaments += 1 }
    }
    return result
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10
  }

  /// Letter-like symbols, circled numbers, shapes, dingbats (U+2100 to U+214F, U+2460 to U+27BF, U+2B00 to
  /// U+2BFF), private characters of icon fonts, pictographs.
  private func isOrnament(_ at: Int, before end: Int) -> Bool {
    guard at + 1 < end else { return false }
    let second = text[at + 1]
    switch text[at] {
    case 0xE2:
      return second == 0x84 || second == 0x85 || (0x91...0x9E).contains(second)
        || (0xAC...0xAF).contains(second)
    case 0xEE: return true
    case 0xEF: return second < 0xA4
    case 0xF0: return second == 0x9F
    default: return false
    }
  }

  private func ending(of range: Range<Int>) -> PageLine.Ending {
    var end = range.upperBound
    while end > range.lowerBound, isCloser(text[end - 1]) { end -= 1 }
    guard end > range.lowerBound else { return .none }
    switch text[end - 1] {
    case UInt8(ascii: "."):
      return end - range.lowerBound >= 3 && text[end - 2] == 0x2E && text[end - 3] == 0x2E
        ? .ellipsis : .sentence
    case UInt8(ascii: "!"), UInt8(ascii: "?"): return .sentence
    case UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: ";"), UInt8(ascii: "-"): return .open
    default: return .none
    }
  }

  private func isCloser(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: ")"), UInt8(ascii: "]"), 0x20: true
    default: false
    }
  }

  /// Whether the text is `x x` or `xx`. A comparison mostly ends at its first byte.
  private func isDoubled(_ range: Range<Int>) -> Bool {
    let half = range.count / 2
    let second = range.upperBound - half
    let hasGap = range.count % 2 == 1
    if hasGap, text[range.lowerBound + half] != 0x20 { return false }
    return half > 0 && areEqual(range.lowerBound..<range.lowerBound + half, second..<range.upperBound)
  }

  /// Whether a line names a photographer, as captions do.
  func isCaption(_ range: Range<Int>) -> Bool {
    let mark: StaticString = "ảnh:"
    let count = mark.utf8CodeUnitCount
    guard range.count >= count else { return false }
    return (range.lowerBound...range.upperBound - count).contains { at in
      (0..<count).allSatisfy { text[at + $0] == mark.utf8Start[$0] }
    }
  }

  /// Whether two pieces of folded text are the same.
  func areEqual(_ first: Range<Int>, _ second: Range<Int>) -> Bool {
    first.count == second.count && text[first].elementsEqual(text[second])
  }

  /// Whether a line begins with a dash, a bullet or a number.
  func isListItem(_ range: Range<Int>) -> Bool {
    switch text[range.lowerBound] {
    case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "*"), 0x30...0x39, 0xE2: true
    default: false
    }
  }

  // MARK: - Words

  private func role(of line: PageLine, _ scan: Scan) -> PageLine.Role {
    if isFileName(line.folded, scan) { return .file }
    if isDate(line.folded, scan) { return .date }
    // Two arrows point to another article.
    if text[line.folded].starts(with: ">>".utf8) { return .labelled }
    if text[line.folded].starts(with: [0xC2, 0xA9]) || text[line.folded].starts(with: "(c)".utf8) {
      return .interface
    }
    return lookUp(line)
  }

  /// One name with a picture's or film's extension; or a name and a long number, as content systems make
  /// them.
  private func isFileName(_ range: Range<Int>, _ scan: Scan) -> Bool {
    if scan.spaces <= 4,
      text[range].lastIndex(of: UInt8(ascii: ".")).map({ dot in
        Self.extensions.contains { text[dot + 1..<range.upperBound].elementsEqual($0.utf8) }
      }) == true
    {
      return true
    }
    return scan.digits >= 12 && scan.syllables <= 4 && 2 * scan.digits >= range.count
      && text[range].allSatisfy { Self.isAlphanumeric($0) || $0 == 0x20 || $0 == 0x2D || $0 == 0x5F }
  }

  private static let extensions = [
    "jpg", "jpeg", "png", "gif", "webp", "bmp", "svg", "avif", "mp4", "mp3", "webm",
  ]

  /// Nothing but numbers and words of the calendar, with a whole date among them.
  private func isDate(_ range: Range<Int>, _ scan: Scan) -> Bool {
    guard scan.digits >= 5, scan.syllables <= 20 else { return false }
    var (numbers, years) = (0, 0)
    var isCalendar = true
    forEachWord(range) { place in
      let word = text[place]
      if word.allSatisfy({ $0 &- 0x30 < 10 }) {
        numbers += 1
        if word.count == 4, word.first == 0x31 || word.first == 0x32 { years += 1 }
      } else if !isClockTime(word) {
        isCalendar = Self.calendar.contains { word.elementsEqual($0.utf8) }
      }
      return isCalendar
    }
    return isCalendar && numbers >= 3 && years >= 1
  }

  /// Hours and minutes written `15h49`, a zone written `gmt7`.
  private func isClockTime(_ word: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    word.first.map { $0 &- 0x30 < 10 } == true && word.count <= 5
      && word.allSatisfy { $0 &- 0x30 < 10 || $0 == UInt8(ascii: "h") }
  }

  private static let calendar = [
    "thứ", "hai", "ba", "tư", "năm", "sáu", "bảy", "chủ", "nhật", "cn", "t2", "t3", "t4", "t5", "t6", "t7",
    "ngày", "tháng",
    "lúc", "giờ", "phút", "h", "g", "gmt", "utc", "am", "pm", "sa", "ch", "cập", "đăng", "monday", "tuesday",
    "wednesday",
    "thursday", "friday", "saturday", "sunday", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "published",
    "updated", "at",
    "on", "xuất", "bản",
  ]

  /// Reads the lexicon: by the line's first words, or by phrases that make up all of it.
  private func lookUp(_ line: PageLine) -> PageLine.Role {
    guard mayBeInterface(line.folded) else { return .text }
    var words: [Range<Int>] = []
    forEachWord(line.folded) { word in
      words.append(word)
      return true
    }
    if let role = promptRole(words, line) { return role }
    guard line.ending == .none || line.ending == .open else { return .text }
    var kinds: [InterfaceLexicon.Kind] = []
    var at = 0
    while at < words.count {
      if let match = longestPhrase(words[at...]) {
        kinds.append(match.kind)
        at += match.count
      } else if isNeutral(words[at]) {
        at += 1
      } else {
        return .text
      }
    }
    switch kinds.first {
    case nil: return .text
    case .word where kinds.count == 1: return .word
    case .related where kinds.count == 1: return .related
    case .comments where kinds.count == 1: return .comments
    default: return kinds.allSatisfy { $0 == .section } ? .section : .interface
    }
  }

  /// Whether the first word that says something begins a phrase of the lexicon.
  private func mayBeInterface(_ line: Range<Int>) -> Bool {
    var result = false
    forEachWord(line) { word in
      if isNeutral(word) { return true }
      let hash = InterfaceLexicon.extend(
        InterfaceLexicon.emptyHash, by: UnsafeBufferPointer(rebasing: text[word]))
      result = InterfaceLexicon.shared.hasPhrase(beginningWith: hash)
      return false
    }
    return result
  }

  private static let longestPrompt = 40

  private func promptRole(_ words: [Range<Int>], _ line: PageLine) -> PageLine.Role? {
    guard words.count <= Self.longestPrompt else { return nil }
    var hash = InterfaceLexicon.emptyHash
    for word in words.prefix(InterfaceLexicon.longestPhrase) {
      hash = InterfaceLexicon.extend(hash, by: UnsafeBufferPointer(rebasing: text[word]))
      switch InterfaceLexicon.shared.kind(ofPrefix: hash) {
      case .prompt: return .interface
      case .opening where line.ending == .none || line.ending == .open: return .interface
      case .label where isColon(behind: word, in: line.folded): return .labelled
      default: continue
      }
    }
    return nil
  }

  /// Whether a colon and then something more stands behind a word.
  private func isColon(behind word: Range<Int>, in line: Range<Int>) -> Bool {
    let rest = text[word.upperBound..<line.upperBound].drop { $0 == 0x20 }
    return rest.first == UInt8(ascii: ":") && rest.count > 1
  }

  private func longestPhrase(_ words: ArraySlice<Range<Int>>) -> (kind: InterfaceLexicon.Kind, count: Int)? {
    var hash = InterfaceLexicon.emptyHash
    var found: (kind: InterfaceLexicon.Kind, count: Int)?
    for (index, word) in words.prefix(InterfaceLexicon.longestPhrase).enumerated() {
      hash = InterfaceLexicon.extend(hash, by: UnsafeBufferPointer(rebasing: text[word]))
      if let kind = InterfaceLexicon.shared.kind(ofPhrase: hash) { found = (kind, index + 1) }
    }
    return found
  }

  /// Counters and signs between phrases say nothing.
  private func isNeutral(_ word: Range<Int>) -> Bool {
    text[word].allSatisfy { $0 &- 0x30 < 10 } || (text[word.lowerBound] == 0xE2)
  }

  /// Calls `body` with each run of letters and digits, until it returns `false`.
  private func forEachWord(_ range: Range<Int>, _ body: (Range<Int>) -> Bool) {
    var at = range.lowerBound
    while at < range.upperBound {
      while at < range.upperBound, text[at] < 0x80, !Self.isAlphanumeric(text[at]) { at += 1 }
      let start = at
      while at < range.upperBound, text[at] >= 0x80 || Self.isAlphanumeric(text[at]) { at += 1 }
      if at > start, !body(start..<at) { return }
    }
  }
}
