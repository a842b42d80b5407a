import CLinux
import NhanCore

/// Folding and finding words in one pass, token by token.
///
/// A token is what stands between delimiters: spaces, line ends and ASCII punctuation up to the slash. Nothing composes with
/// these, and no tone mark moves over them, so a token comes out the same wherever it stands: a short one is folded once
/// and then remembered.
extension UnicodeFolder where Recorder == NoOrigins {
  /// Folds one part (a title, a body) of the source, appends it, and appends its words: as `fold`, and as `WordScanner`
  /// finds them in the result.
  mutating func fold(_ part: Range<Int>, finding words: WordList, with memory: TokenMemory) {
    switch words.kind {
    case .plain: fold(part, WithoutMarks.self, words, memory)
    case .withMarks: fold(part, WithMarks.self, words, memory)
    }
  }

  private mutating func fold<Marks: MarkPolicy>(
    _ part: Range<Int>, _ marks: Marks.Type, _ words: WordList, _ memory: TokenMemory
  ) {
    beginPart()
    words.beginPart(at: count)
    var at = part.lowerBound
    var state = WordScanner.State(words.kind)
    while at < part.upperBound {
      at = foldStretch(at, before: part.upperBound, marks, &state, words, memory)
    }
  }

  /// Folds the tokens of a stretch, or one token that has to be learned. Returns where it stopped.
  private mutating func foldStretch<Marks: MarkPolicy>(
    _ start: Int, before end: Int, _ marks: Marks.Type, _ state: inout WordScanner.State, _ words: WordList,
    _ memory: TokenMemory
  ) -> Int {
    let tokens = memory.table
    let count = ask(start, before: end, tokens)
    if count == 0 { return learn(start, before: end, marks, &state, words, memory) }
    var index = 0
    while true {
      index = recall(index..<count, marks, &state, words, tokens)
      if index == count { return start + tokens.range(ofAsked: count - 1).upperBound + 1 }
      let token = tokens.range(ofAsked: index)
      let next = learn(start + token.lowerBound, before: end, marks, &state, words, memory)
      if next != start + token.upperBound { return next }
      tokens.empty(index)
    }
  }

  /// How many bytes are looked at together.
  private static var block: Int { 64 }
  /// As many delimiters are noted of a block at once: more than most have, so that nobody has to predict how many.
  private static var usual: Int { 16 }

  /// Asks for the tokens from `start` on, up to the first byte that only `learn` knows how to take, the end of the stretch,
  /// or `end`. Returns how many there are, each with a delimiter behind it.
  private func ask(_ start: Int, before end: Int, _ tokens: TokenMemory.Table) -> Int {
    let length = min(end - start, TokenMemory.stretch)
    // So that all loads, the delimiter's block and sixteen bytes from any place in it, lie in the source.
    let lastBlock = min(length - 1, source.count - Self.block - TokenMemory.longest - start)
    if lastBlock < 0 { return 0 }
    let input = UnsafeRawPointer(source.baseAddress! + start)
    let ends = tokens.ends
    var count = 0
    for block in stride(from: 0, through: lastBlock, by: Self.block) {
      var stops = nhan_bytes_below(input + block, 0x30)
      if length &- block < Self.block { stops &= 1 << UInt64(length &- block) &- 1 }
      let others = stops & ~Self.delimiters(inBlock: input + block)
      // Those before the first stop that is no delimiter.
      var delimiters = stops & ~others & (others &- 1)
      let behind = count &+ delimiters.nonzeroBitCount
      repeat {
        for place in count..<count &+ Self.usual {
          ends[place] = UInt16(truncatingIfNeeded: block &+ delimiters.trailingZeroBitCount)
          delimiters &= delimiters &- 1
        }
        count &+= Self.usual
      } while count < behind
      count = behind
      if others != 0 { break }
    }
    tokens.ask(input, count)
    return count
  }

  /// Appends asked tokens and the delimiters behind them as long as the tokens are remembered. Returns the first one that is
  /// not.
  private mutating func recall<Marks: MarkPolicy>(
    _ indices: Range<Int>, _: Marks.Type, _ state: inout WordScanner.State, _ words: WordList,
    _ tokens: TokenMemory.Table
  ) -> Int {
    // A token and a delimiter each, and a store too long.
    reserve((indices.count + 1) * (TokenMemory.longest + 1))
    let output = UnsafeMutableRawPointer(output)
    var result = (index: 0, target: count, state: state)
    words.withRoom(for: indices.count * WordWriter<Marks>.mostPerToken) { room in
      // In variables of its own, which stay in registers.
      var (target, writer) = (result.target, WordWriter<Marks>(room, result.state))
      var next = tokens.asked + indices.lowerBound
      let end = tokens.asked + indices.upperBound
      while next != end {
        let asked = next.pointee
        guard let token = tokens.take(asked) else { break }
        Self.store(token.folded, at: output + target)
        if token.finding.isRare {
          if token.finding.isElsewhere { Self.store(tokens.folded(token), at: output + target) }
          writer.put(token.finding, at: target)
        } else {
          writer.put(token.finding.word, at: target &+ token.finding.start)
        }
        target &+= token.finding.length
        output.storeBytes(of: asked.delimiter, toByteOffset: target, as: UInt8.self)
        writer.end(asked.delimiter, at: target, behindEmpty: token.finding.length == 0)
        target &+= 1
        next += 1
      }
      room.count = writer.count
      result = (next - tokens.asked, target, writer.state)
    }
    (count, state) = (result.target, result.state)
    return result.index
  }

  @inline(__always)
  private static func store(_ bytes: TokenMemory.Bytes, at target: UnsafeMutableRawPointer) {
    target.storeBytes(of: bytes.low.littleEndian, as: UInt64.self)
    target.storeBytes(of: bytes.high.littleEndian, toByteOffset: 8, as: UInt64.self)
  }

  /// Which of 64 bytes are delimiters, or digits, letters and what follows them, for all that it matters.
  @inline(__always)
  private static func delimiters(inBlock bytes: UnsafeRawPointer) -> UInt64 {
    ~(nhan_bytes_below(bytes, 0x20) | nhan_bytes_equal(bytes, UInt8(ascii: "&")))
      | nhan_bytes_equal(bytes, 0x0A)
  }

  /// Whether a byte stays as it is, whatever stands beside it: not so CR, which joins a LF, other controls, and
  /// ampersands, which may begin a character reference.
  @inline(__always)
  private static func isDelimiter(_ byte: UInt8) -> Bool {
    byte &- 0x20 < 0x10 ? byte != UInt8(ascii: "&") : byte == 0x0A
  }

  /// Folds the token or delimiter at `at`, finds its words, and remembers it if it is a short token. Returns where it ends.
  @inline(never)
  private mutating func learn<Marks: MarkPolicy>(
    _ at: Int, before end: Int, _: Marks.Type, _ state: inout WordScanner.State, _ words: WordList,
    _ memory: TokenMemory
  ) -> Int {
    let isDelimiter = Self.isDelimiter(source[at])
    let tokenEnd = isDelimiter ? at + 1 : endOfToken(at, before: end)
    let start = count
    let replacementsBefore = replacements
    foldOn(at..<tokenEnd)
    var token = LearnedToken(start: start)
    let numbers = memory.words
    withOutput { output in
      WordScanner().forEachWord(
        output, in: start..<output.count, kind: Marks.areWords ? .withMarks : .plain, &state
      ) { wordStart, wordEnd, isAfterBreak in
        let number = numbers.add(TermHash.word(output, wordStart, wordEnd))
        words.append(number, at: wordStart, afterBreak: isAfterBreak)
        let isMark = Marks.areWords && WordScanner.isSeparator(output, wordStart, wordEnd)
        token.take(number, wordStart..<wordEnd, mark: isMark ? output[wordStart] : nil)
      }
      // What a line end or space in a token does depends on what stands around.
      if output[start...].contains(where: { $0 == 0x0A || Marks.areWords && $0 == 0x20 }) {
        token.isSimple = false
      }
    }
    if token.isSimple, !isDelimiter, replacements == replacementsBefore {
      remember(at..<tokenEnd, token, memory)
    }
    return tokenEnd
  }

  /// The next delimiter behind `at`, or `end`. CR and LF stay together, and so does all behind an ampersand up to a space.
  private func endOfToken(_ start: Int, before end: Int) -> Int {
    var isReference = false
    for at in start..<end {
      let byte = source[at]
      if byte == UInt8(ascii: "&") { isReference = true }
      guard at > start, Self.isDelimiter(byte) else { continue }
      if byte == 0x0A ? source[at - 1] != 0x0D : byte == 0x20 || !isReference { return at }
    }
    return end
  }

  private mutating func remember(_ raw: Range<Int>, _ token: LearnedToken, _ memory: TokenMemory) {
    let length = count - token.start
    guard raw.count < TokenMemory.longest, source[raw].allSatisfy({ $0 >= 0x30 }),
      (0...TokenMemory.longest).contains(length)
    else { return }
    withOutput { output in
      memory.add(
        Self.packed(UnsafeBufferPointer(rebasing: source[raw])),
        folded: Self.packed(UnsafeBufferPointer(rebasing: output[token.start...])),
        token.finding(length: length))
    }
  }

  /// At most sixteen bytes.
  private static func packed(_ bytes: UnsafeBufferPointer<UInt8>) -> TokenMemory.Bytes {
    var words: (UInt64, UInt64) = (0, 0)
    withUnsafeMutableBytes(of: &words) { $0.copyMemory(from: UnsafeRawBufferPointer(bytes)) }
    return TokenMemory.Bytes(low: UInt64(littleEndian: words.0), high: UInt64(littleEndian: words.1))
  }
}

/// Writes words down, in variables that stay in registers.
private struct WordWriter<Marks: MarkPolicy> {
  /// How many words, marks and breaks a token and the delimiter behind it give at most.
  static var mostPerToken: Int { 4 }

  private let words: UnsafeMutablePointer<WordList.Word>
  /// How many words and breaks have been written.
  private(set) var count = 0
  private(set) var state: WordScanner.State

  init(_ room: WordList.Room, _ state: WordScanner.State) {
    words = room.words
    self.state = state
  }

  /// Writes what was found in a token that begins at `target`.
  @inline(__always)
  mutating func put(_ token: TokenMemory.Finding, at target: Int) {
    if Marks.areWords, token.firstMark != 0 { put(UInt32(token.firstMark), at: target) }
    put(token.word, at: target &+ token.start)
    if Marks.areWords, token.lastMark != 0 { put(UInt32(token.lastMark), at: target &+ token.length &- 1) }
  }

  /// Takes the delimiter behind a token.
  @inline(__always)
  mutating func end(_ delimiter: UInt8, at start: Int, behindEmpty isEmpty: Bool) {
    if !Marks.areWords {
      if delimiter == 0x0A { state.isAfterBreak = true }
      return
    }
    // Which delimiter comes nobody can predict, so a mark is written in any case and overwritten if it is a space.
    write(UInt32(delimiter), start)
    let isMark = (0 &- UInt64(delimiter ^ 0x20)) >> 63
    count &+= Int(truncatingIfNeeded: isMark)
    let before = isEmpty ? state.spaces : 0
    state.spaces = (before &+ 1) & (Int(truncatingIfNeeded: isMark) &- 1)
    if state.spaces == 2 { put(TokenMemory.twoSpaces, at: start &- 1) }
  }

  /// Writes a word, unless it is 0, and a break before it where there is one.
  @inline(__always)
  mutating func put(_ word: UInt32, at start: Int) {
    if !Marks.areWords, state.isAfterBreak {
      if word == 0 { return }
      write(0, start)
      count &+= 1
      state.isAfterBreak = false
    }
    // Whether there is a word nobody can predict, so it is written in any case and overwritten if there is none.
    write(word, start)
    // Of a comparison the compiler would make a branch.
    count &+= Int(truncatingIfNeeded: (0 &- UInt64(word)) >> 63)
  }

  @inline(__always)
  private func write(_ word: UInt32, _ start: Int) {
    words[count].number = word
    words[count].start = UInt32(truncatingIfNeeded: start)
  }
}

/// Whether marks are words, known when the code is compiled.
private protocol MarkPolicy {
  static var areWords: Bool { get }
}

private enum WithMarks: MarkPolicy {
  static var areWords: Bool { true }
}

private enum WithoutMarks: MarkPolicy {
  static var areWords: Bool { false }
}

/// What is found in a token, as far as the memory can tell it.
private struct LearnedToken {
  /// Where its folded bytes begin.
  let start: Int
  private var word: (number: UInt32, start: Int) = (0, 0)
  private var firstMark: UInt8 = 0
  private var lastMark: UInt8 = 0
  /// Whether that is all.
  var isSimple = true

  init(start: Int) { self.start = start }

  /// Takes the next word or mark.
  mutating func take(_ number: UInt32, _ range: Range<Int>, mark: UInt8?) {
    if let mark {
      let isFirst = range.lowerBound == start
      if range.count != 1 || (isFirst ? firstMark : lastMark) != 0 { isSimple = false }
      if isFirst { firstMark = mark } else { lastMark = mark }
    } else {
      // A word behind a last mark, or a second one.
      if word.number != 0 || lastMark != 0 { isSimple = false }
      word = (number, range.lowerBound - start)
    }
  }

  /// - Parameter length: how many folded bytes there are, at most sixteen.
  func finding(length: Int) -> TokenMemory.Finding {
    TokenMemory.Finding(
      word: word.number, start: word.start, length: length, firstMark: firstMark, lastMark: lastMark)
  }
}
