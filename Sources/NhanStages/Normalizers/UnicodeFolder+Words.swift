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
      at = recall(at, before: part.upperBound, marks, &state, words, memory)
      if at < part.upperBound { at = learn(at, before: part.upperBound, marks, &state, words, memory) }
    }
  }

  /// How many bytes `recall` takes in one go, about.
  private static var stretch: Int { 4096 }
  /// How many bytes it looks at together.
  private static var block: Int { 64 }
  /// How many blocks it asks for the tokens of at once: a token for each byte, at most.
  private static var blocks: Int { TokenMemory.batch / block }
  /// How many bytes it writes of them at most: a token and a delimiter for each byte, and a store too long.
  private static var recallSlack: Int { (TokenMemory.batch + 1) * (TokenMemory.longest + 1) }

  /// Appends tokens and delimiters as long as the tokens are remembered. Returns where it stopped.
  private mutating func recall<Marks: MarkPolicy>(
    _ start: Int, before end: Int, _: Marks.Type, _ state: inout WordScanner.State, _ words: WordList,
    _ memory: TokenMemory
  ) -> Int {
    // So that all loads, the delimiter's block and sixteen bytes from any place in it, lie in the source.
    let lastBlock =
      min(source.count - Self.block - TokenMemory.longest, end - 1, start + Self.stretch) - start
    if lastBlock < 0 { return start }
    reserve(2 * Self.stretch + Self.recallSlack)
    // From here on places in the source are counted from `start`.
    let input = UnsafeRawPointer(source.baseAddress! + start)
    let length = end - start
    let output = UnsafeMutableRawPointer(output)
    let lastTarget = capacity - Self.recallSlack
    var result = (at: 0, target: count, state: state)
    words.withRoom(for: Self.stretch) { room in
      // In variables of its own, which stay in registers.
      var (at, target, writer) = (0, result.target, WordWriter<Marks>(room, result.state))
      let tokens = memory.table
      let lastWord = room.capacity - 2 * TokenMemory.batch
      var block = 0
      blocks: while block <= lastBlock, target <= lastTarget, writer.count <= lastWord {
        // First all tokens of some blocks are asked for, then they are taken, so that their lines come together.
        var tokenCount = 0
        var tokenStart = at
        var isStopped = false
        let behind = min(block &+ Self.blocks &* Self.block, lastBlock &+ 1)
        repeat {
          var stops = nhan_bytes_below(input + block, 0x30)
          if length &- block < Self.block { stops &= 1 << UInt64(length &- block) &- 1 }
          let others = stops & ~Self.delimiters(inBlock: input + block)
          // Those before the first stop that is no delimiter.
          var delimiters = stops & ~others & (others &- 1)
          while delimiters != 0 {
            let tokenEnd = block &+ delimiters.trailingZeroBitCount
            guard tokenEnd &- tokenStart < TokenMemory.longest else { break }
            delimiters &= delimiters &- 1
            tokens.ask(for: input + tokenStart, length: tokenEnd &- tokenStart, as: tokenCount, tag: tokenEnd)
            tokenCount &+= 1
            tokenStart = tokenEnd &+ 1
          }
          isStopped = delimiters != 0 || others != 0
          block &+= Self.block
        } while !isStopped && block < behind
        var asked = tokens.asked
        let lastAsked = asked + tokenCount
        while asked != lastAsked {
          guard let token = tokens.take(asked.pointee) else { break blocks }
          Self.store(token.folded, at: output + target)
          if token.finding.isRare {
            if token.finding.isElsewhere { Self.store(tokens.folded(token), at: output + target) }
            writer.put(token.finding, at: target)
          } else {
            writer.put(token.finding.word, at: target &+ token.finding.start)
          }
          target &+= token.finding.length
          let tokenEnd = Int(asked.pointee.tag)
          let delimiter = input.load(fromByteOffset: tokenEnd, as: UInt8.self)
          output.storeBytes(of: delimiter, toByteOffset: target, as: UInt8.self)
          writer.end(delimiter, at: target, behindEmpty: token.finding.length == 0)
          target &+= 1
          at = tokenEnd &+ 1
          asked += 1
        }
        if isStopped { break }
      }
      room.count = writer.count
      result = (at, target, writer.state)
    }
    (count, state) = (result.target, result.state)
    return start + result.at
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
  private let numbers: UnsafeMutablePointer<UInt32>
  private let starts: UnsafeMutablePointer<UInt32>
  /// How many words and breaks have been written.
  private(set) var count = 0
  private(set) var state: WordScanner.State

  init(_ room: WordList.Room, _ state: WordScanner.State) {
    (numbers, starts) = (room.numbers, room.starts)
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
