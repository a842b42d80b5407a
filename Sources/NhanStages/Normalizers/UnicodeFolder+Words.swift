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
    var at = part.lowerBound
    var state = WordScanner.State(words.kind)
    while at < part.upperBound {
      at = recall(at, before: part.upperBound, marks, &state, words, memory)
      if at < part.upperBound { at = learn(at, before: part.upperBound, marks, &state, words, memory) }
    }
  }

  /// How many bytes `recall` takes in one go, about.
  private static var stretch: Int { 4096 }
  /// How many bytes it looks at together.
  private static var block: Int { 64 }
  /// How many bytes it writes of a block at most: a token and a delimiter for each byte, and a store too long.
  private static var blockSlack: Int { (block + 1) * (TokenMemory.longest + 1) }

  /// Appends tokens and delimiters as long as the tokens are remembered. Returns where it stopped.
  private mutating func recall<Marks: MarkPolicy>(
    _ start: Int, before end: Int, _: Marks.Type, _ state: inout WordScanner.State, _ words: WordList,
    _ memory: TokenMemory
  ) -> Int {
    let input = UnsafeRawPointer(source.baseAddress!)
    // So that all loads, the delimiter's block and sixteen bytes from any place in it, lie in the source.
    let lastBlock = min(source.count - Self.block - TokenMemory.longest, end - 1, start + Self.stretch)
    if lastBlock < start { return start }
    reserve(2 * Self.stretch + Self.blockSlack)
    let output = UnsafeMutableRawPointer(output)
    let lastTarget = capacity - Self.blockSlack
    var result = (at: start, target: count, state: state)
    words.withRoom(for: Self.stretch) { room in
      // In variables of its own, which stay in registers.
      var (at, target, writer) = (result.at, result.target, WordWriter<Marks>(room, result.state))
      let tokens = memory.table
      let lastWord = room.capacity - 2 * Self.block
      var block = at
      blocks: while block <= lastBlock, target <= lastTarget, writer.count <= lastWord {
        // First all tokens of the block are asked for, then they are taken, so that their lines come together.
        var stops = nhan_bytes_below(input + block, 0x30)
        if end &- block < Self.block { stops &= 1 << UInt64(end &- block) &- 1 }
        let others = stops & ~Self.delimiters(inBlock: input + block)
        // Those before the first stop that is no delimiter.
        var delimiters = stops & ~others & (others &- 1)
        var tokenCount = 0
        var tokenStart = at
        while delimiters != 0 {
          let tokenEnd = block &+ delimiters.trailingZeroBitCount
          let length = tokenEnd &- tokenStart
          guard length < TokenMemory.longest else { break }
          delimiters &= delimiters &- 1
          tokens.ask(for: input + tokenStart, length: length, as: tokenCount)
          tokenCount &+= 1
          tokenStart = tokenEnd &+ 1
        }
        var token = 0
        while token != tokenCount {
          guard let taken = tokens.take(token) else { break blocks }
          let folded = taken.folded
          output.storeBytes(of: folded.x.littleEndian, toByteOffset: target, as: UInt64.self)
          output.storeBytes(of: folded.y.littleEndian, toByteOffset: target &+ 8, as: UInt64.self)
          writer.put(taken, at: target)
          target &+= taken.length
          at &+= taken.rawLength
          let delimiter = input.load(fromByteOffset: at, as: UInt8.self)
          output.storeBytes(of: delimiter, toByteOffset: target, as: UInt8.self)
          writer.end(delimiter, at: target, behindEmpty: taken.length == 0)
          target &+= 1
          at &+= 1
          token &+= 1
        }
        if delimiters != 0 || others != 0 { break }
        block &+= Self.block
      }
      room.count = writer.count
      result = (at, target, writer.state)
    }
    (count, state) = (result.target, result.state)
    return result.at
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
    withOutput { output in
      WordScanner().forEachWord(
        output, in: start..<output.count, kind: Marks.areWords ? .withMarks : .plain, &state
      ) { wordStart, wordEnd, isAfterBreak in
        let number = memory.words.add(TermHash.word(output, wordStart, wordEnd))
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
      remember(at..<tokenEnd, from: start, token.entry, memory)
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

  private mutating func remember(
    _ raw: Range<Int>, from start: Int, _ entry: TokenMemory.Entry, _ memory: TokenMemory
  ) {
    var entry = entry
    guard raw.count < TokenMemory.longest, source[raw].allSatisfy({ $0 >= 0x30 }),
      (start...start + TokenMemory.longest).contains(count)
    else { return }
    entry.raw = Self.packed(UnsafeBufferPointer(rebasing: source[raw]))
    withOutput { output in
      let folded = Self.packed(UnsafeBufferPointer(rebasing: output[start...]))
      memory.add(entry, folded: folded, length: output.count - start)
    }
  }

  /// Up to sixteen bytes, the first one lowest.
  private static func packed(_ bytes: UnsafeBufferPointer<UInt8>) -> SIMD2<UInt64> {
    var words = SIMD2<UInt64>.zero
    withUnsafeMutableBytes(of: &words) { $0.copyMemory(from: UnsafeRawBufferPointer(bytes)) }
    return SIMD2(UInt64(littleEndian: words.x), UInt64(littleEndian: words.y))
  }
}

/// Writes words down, in variables that stay in registers.
private struct WordWriter<Marks: MarkPolicy> {
  private let numbers: UnsafeMutablePointer<UInt32>
  private let starts: UnsafeMutablePointer<UInt32>
  /// How many words and breaks have been written.
  private(set) var count = 0
  private(set) var state: WordScanner.State

  init(_ room: WordList.Room, _ state: WordScanner.State) {
    (numbers, starts) = (room.numbers, room.starts)
    self.state = state
  }

  /// Writes the words of a token that begins at `target`.
  @inline(__always)
  mutating func put(_ token: TokenMemory.Taken, at target: Int) {
    let entry = token.entry.pointee
    if Marks.areWords, entry.firstMark != 0 { put(UInt32(entry.firstMark), at: target) }
    put(entry.word, at: target &+ Int(entry.start))
    if Marks.areWords, entry.lastMark != 0 { put(UInt32(entry.lastMark), at: target &+ token.length &- 1) }
  }

  /// Takes the delimiter behind a token.
  @inline(__always)
  mutating func end(_ delimiter: UInt8, at start: Int, behindEmpty isEmpty: Bool) {
    if !Marks.areWords {
      if delimiter == 0x0A { state.isAfterBreak = true }
    } else if delimiter == 0x20 {
      state.spaces = isEmpty ? state.spaces &+ 1 : 1
      if state.spaces == 2 { put(TokenMemory.twoSpaces, at: start &- 1) }
    } else {
      state.spaces = 0
      put(UInt32(delimiter), at: start)
    }
  }

  /// Writes a word, unless it is 0, and a break before it where there is one.
  @inline(__always)
  private mutating func put(_ word: UInt32, at start: Int) {
    if !Marks.areWords, state.isAfterBreak {
      if word == 0 { return }
      write(0, start)
      count &+= 1
      state.isAfterBreak = false
    }
    // Whether there is a word nobody can predict, so it is written in any case and overwritten if there is none.
    write(word, start)
    count &+= word == 0 ? 0 : 1
  }

  @inline(__always)
  private func write(_ word: UInt32, _ start: Int) {
    numbers[count] = word
    starts[count] = UInt32(truncatingIfNeeded: start)
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

/// What is found in a token, as far as an entry of the memory can tell it.
private struct LearnedToken {
  /// Where its folded bytes begin.
  let start: Int
  var entry = TokenMemory.Entry()
  /// Whether the entry tells all.
  var isSimple = true

  init(start: Int) { self.start = start }

  /// Takes the next word or mark.
  mutating func take(_ word: UInt32, _ range: Range<Int>, mark: UInt8?) {
    if let mark {
      let isFirst = range.lowerBound == start
      if range.count != 1 || (isFirst ? entry.firstMark : entry.lastMark) != 0 { isSimple = false }
      if isFirst { entry.firstMark = mark } else { entry.lastMark = mark }
    } else {
      // A word behind a last mark, or a second one.
      if entry.word != 0 || entry.lastMark != 0 { isSimple = false }
      (entry.word, entry.start) = (word, UInt8(truncatingIfNeeded: range.lowerBound &- start))
    }
  }
}
