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
    beginPart()
    var at = part.lowerBound
    var isAfterBreak = true
    while at < part.upperBound {
      at = recall(at, before: part.upperBound, afterBreak: &isAfterBreak, words, memory)
      if at < part.upperBound {
        at = learn(at, before: part.upperBound, afterBreak: &isAfterBreak, words, memory)
      }
    }
  }

  /// How many bytes `recall` takes in one go, about.
  private static var stretch: Int { 4096 }
  /// How many bytes it looks at together.
  private static var block: Int { 64 }
  /// How many bytes it writes of a block at most: a token and a delimiter for each byte, and a store too long.
  private static var blockSlack: Int { (block + 1) * (TokenMemory.longest + 1) }

  /// Appends tokens and delimiters as long as the tokens are remembered. Returns where it stopped.
  private mutating func recall(
    _ start: Int, before end: Int, afterBreak: inout Bool, _ words: WordList, _ memory: TokenMemory
  ) -> Int {
    let input = UnsafeRawPointer(source.baseAddress!)
    // So that all loads, the delimiter's block and sixteen bytes from any place in it, lie before the end.
    let lastBlock = min(end - Self.block - TokenMemory.longest, start + Self.stretch)
    if lastBlock < start { return start }
    reserve(2 * Self.stretch + Self.blockSlack)
    let output = UnsafeMutableRawPointer(output)
    let lastTarget = capacity - Self.blockSlack
    var result = (at: start, target: count, isAfterBreak: afterBreak)
    words.withRoom(for: Self.stretch) { room in
      let (hashes, starts) = (room.hashes, room.starts)
      let lastWord = room.capacity - 2 * Self.block
      // In variables of its own, which stay in registers.
      var (at, target, isAfterBreak) = result
      var block = at
      var wordCount = 0
      blocks: while block <= lastBlock, target <= lastTarget, wordCount <= lastWord {
        // First all tokens of the block are asked for, then they are taken, so that their lines come together.
        var stops = Self.stops(inBlock: input + block)
        var tokenCount = 0
        var tokenStart = at
        while stops != 0 {
          let tokenEnd = block &+ stops.trailingZeroBitCount
          stops &= stops &- 1
          let length = tokenEnd &- tokenStart
          guard length < TokenMemory.longest,
            Self.isDelimiter(input.load(fromByteOffset: tokenEnd, as: UInt8.self))
          else { break }
          memory.ask(for: input + tokenStart, length: length, as: tokenCount)
          tokenCount &+= 1
          tokenStart = tokenEnd &+ 1
        }
        var token = 0
        while token < tokenCount {
          guard let (entry, raw, length) = memory.take(token) else { break blocks }
          let folded = memory.folded(entry, raw)
          output.storeBytes(of: folded.x.littleEndian, toByteOffset: target, as: UInt64.self)
          output.storeBytes(of: folded.y.littleEndian, toByteOffset: target &+ 8, as: UInt64.self)
          if entry.pointee.word != 0 {
            let wordStart = UInt32(truncatingIfNeeded: target) &+ UInt32(entry.pointee.start)
            // A break before the word is overwritten where there is none.
            hashes[wordCount] = 0
            starts[wordCount] = wordStart
            wordCount &+= isAfterBreak ? 1 : 0
            hashes[wordCount] = entry.pointee.word
            starts[wordCount] = wordStart
            wordCount &+= 1
            isAfterBreak = false
          }
          target &+= Int(entry.pointee.length)
          at &+= length
          let delimiter = input.load(fromByteOffset: at, as: UInt8.self)
          output.storeBytes(of: delimiter, toByteOffset: target, as: UInt8.self)
          target &+= 1
          isAfterBreak = isAfterBreak || delimiter == 0x0A
          at &+= 1
          token &+= 1
        }
        if stops != 0 || at != tokenStart { break }
        block &+= Self.block
      }
      room.count = wordCount
      result = (at, target, isAfterBreak)
    }
    (count, afterBreak) = (result.target, result.isAfterBreak)
    return result.at
  }

  /// Which of 64 bytes are below the digits: controls, spaces, and ASCII punctuation up to the slash. The first is bit 0.
  @inline(__always)
  private static func stops(inBlock bytes: UnsafeRawPointer) -> UInt64 {
    var result: UInt64 = 0
    for index in 0..<8 {
      let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 &* index, as: UInt64.self))
      // Adding 0x50 to seven bits sets the highest where they are at least 0x30; nothing carries into the next byte.
      let low = word & 0x7F7F_7F7F_7F7F_7F7F
      let flags = ~(low &+ 0x5050_5050_5050_5050 | word) & 0x8080_8080_8080_8080
      // The flags' bits move together into the highest byte.
      result |= ((flags >> 7 &* 0x0102_0408_1020_4080) >> 56) << UInt64(8 &* index)
    }
    return result
  }

  /// Whether a byte stays as it is, whatever stands beside it: not so CR, which joins a LF, other controls, and
  /// ampersands, which may begin a character reference.
  @inline(__always)
  private static func isDelimiter(_ byte: UInt8) -> Bool {
    byte &- 0x20 < 0x10 ? byte != UInt8(ascii: "&") : byte == 0x0A
  }

  /// Folds the token or delimiter at `at`, finds its words, and remembers it if it is a short token. Returns where it ends.
  @inline(never)
  private mutating func learn(
    _ at: Int, before end: Int, afterBreak: inout Bool, _ words: WordList, _ memory: TokenMemory
  ) -> Int {
    if Self.isDelimiter(source[at]) { return copyDelimiter(at, afterBreak: &afterBreak) }
    let tokenEnd = endOfToken(at, before: end)
    let start = count
    let replacementsBefore = replacements
    foldOn(at..<tokenEnd)
    var entry = TokenMemory.Entry()
    var wordCount = 0
    var endsInBreak = false
    withOutput { output in
      WordScanner().forEachWord(output, in: start..<output.count, afterBreak: &endsInBreak) {
        wordStart, wordEnd, isAfterInnerBreak in
        let hash = TermHash.word(output, wordStart, wordEnd)
        words.append(hash, at: wordStart, afterBreak: afterBreak || isAfterInnerBreak)
        afterBreak = false
        // A word behind a break is no token to remember, no more than two words.
        wordCount += isAfterInnerBreak ? 2 : 1
        (entry.word, entry.start) = (hash, UInt16(truncatingIfNeeded: wordStart &- start))
      }
    }
    if endsInBreak { afterBreak = true }
    if wordCount < 2, !endsInBreak, replacements == replacementsBefore {
      remember(at..<tokenEnd, from: start, &entry, memory)
    }
    return tokenEnd
  }

  private mutating func copyDelimiter(_ at: Int, afterBreak: inout Bool) -> Int {
    foldOn(at..<at + 1)
    if source[at] == 0x0A { afterBreak = true }
    return at + 1
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
    _ raw: Range<Int>, from start: Int, _ entry: inout TokenMemory.Entry, _ memory: TokenMemory
  ) {
    guard raw.count < TokenMemory.longest, source[raw].allSatisfy({ $0 >= 0x30 }),
      (start...start + TokenMemory.longest).contains(count)
    else { return }
    entry.raw = Self.packed(UnsafeBufferPointer(rebasing: source[raw]))
    entry.length = UInt16(count - start)
    withOutput { memory.add(entry, folded: Self.packed(UnsafeBufferPointer(rebasing: $0[start...]))) }
  }

  /// Up to sixteen bytes, the first one lowest.
  private static func packed(_ bytes: UnsafeBufferPointer<UInt8>) -> SIMD2<UInt64> {
    var words = SIMD2<UInt64>.zero
    withUnsafeMutableBytes(of: &words) { $0.copyMemory(from: UnsafeRawBufferPointer(bytes)) }
    return SIMD2(UInt64(littleEndian: words.x), UInt64(littleEndian: words.y))
  }
}
