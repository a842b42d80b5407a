import NhanCore

/// Splits normalized UTF-8 into words: runs of letters, digits, combining marks and `_`, and all else where it counts.
///
/// Works on bytes. ASCII is classified by a table; of the rest, everything is part of a word but the punctuation
/// and symbols of Latin-1 (save × and ÷, whose lead byte is that of most Vietnamese letters), General Punctuation to Miscellaneous Symbols and CJK Symbols.
struct WordScanner {
  /// For each byte: 0 separator, 1 word, 2 lead byte of a possible separator.
  private let classes: UnsafeBufferPointerBox<UInt8>

  /// One table for the whole process, never freed.
  private static let table: UnsafeBufferPointerBox<UInt8> = {
    let table = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 256)
    for byte in 0..<256 {
      table[byte] =
        switch UInt8(byte) {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x5f: 1
        case 0xc2, 0xe2, 0xe3: 2
        case 0x80...: 1
        default: 0
        }
    }
    return UnsafeBufferPointerBox(UnsafeBufferPointer(table))
  }()

  init() { classes = Self.table }

  /// The length of the separator that begins with the lead byte at `at`, or 0 if a word character begins there.
  @inline(never)
  private func separatorLength(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int, _ end: Int) -> Int {
    guard at + 1 < end else { return 0 }
    let second = bytes[at + 1]
    switch bytes[at] {
    case 0xc2:
      return (0xa0...0xbf).contains(second) && second != 0xaa && second != 0xb5 && second != 0xba ? 2 : 0
    case 0xe2: return (0x80...0xaf).contains(second) && at + 2 < end ? 3 : 0  // U+2000 ... U+2BFF
    default: return second == 0x80 && at + 2 < end ? 3 : 0  // U+3000 ... U+303F
    }
  }

  /// Whether a word that `forEachWord` gave with marks is one of them.
  static func isSeparator(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Bool {
    let byteClass = table.pointer[Int(bytes[start])]
    return byteClass == 0 || byteClass == 2 && WordScanner().separatorLength(bytes, start, end) == end - start
  }

  /// What a scan remembers from one part of a text to the next.
  struct State {
    /// Whether the text begins here, or a line ended behind the last word. Never with marks: line ends are words then, and
    /// n-grams begin where a text does anyhow.
    var isAfterBreak: Bool
    /// How many spaces were the last.
    var spaces = 0

    init(_ kind: WordKind) { isAfterBreak = kind == .plain }
  }

  /// Calls `body` with the start and end of each word in `range`, and whether a line ended before it or the text begins
  /// there.
  @inline(__always)
  func forEachWord(
    _ bytes: UnsafeBufferPointer<UInt8>, in range: Range<Int>, kind: WordKind = .plain,
    _ body: (_ start: Int, _ end: Int, _ afterBreak: Bool) -> Void
  ) {
    var state = State(kind)
    forEachWord(bytes, in: range, kind: kind, &state, body)
  }

  /// The same for a part of a text, which goes on where the last one ended.
  @inline(__always)
  func forEachWord(
    _ bytes: UnsafeBufferPointer<UInt8>, in range: Range<Int>, kind: WordKind, _ state: inout State,
    _ body: (_ start: Int, _ end: Int, _ afterBreak: Bool) -> Void
  ) {
    func give(_ start: Int, _ end: Int) {
      body(start, end, state.isAfterBreak)
      state.isAfterBreak = false
    }
    var at = range.lowerBound
    let end = range.upperBound
    while at < end {
      let start = at
      // The run of word bytes from here; a lead byte of class 2 is looked at closely.
      while at < end {
        let kind = classes.pointer[Int(bytes[at])]
        if kind == 1 {
          at &+= 1
        } else if kind == 0 || separatorLength(bytes, at, end) > 0 {
          break
        } else {
          at &+= 1
        }
      }
      if at > start {
        give(start, at)
        state.spaces = 0
      }
      // The separators behind it.
      while at < end {
        let byte = bytes[at]
        let byteClass = classes.pointer[Int(byte)]
        if byteClass == 1 { break }
        let length = byteClass == 0 ? 1 : separatorLength(bytes, at, end)
        if length == 0 { break }
        if kind == .withMarks {
          if byte == 0x20 {
            state.spaces += 1
            if state.spaces == 2 { give(at - 1, at + 1) }
          } else {
            state.spaces = 0
            give(at, at + length)
          }
        } else if byte == 0x0a {
          state.isAfterBreak = true
        }
        at &+= length
      }
    }
  }

  /// A place in a text at which `hashes` goes on.
  struct Position {
    var at: Int
    let end: Int
    let kind: WordKind
    fileprivate var state: State

    init(_ range: Range<Int>, _ kind: WordKind) {
      (at, end) = (range.lowerBound, range.upperBound)
      (self.kind, state) = (kind, State(kind))
    }
    var isAtEnd: Bool { at == end }
  }

  /// Writes the hashes of the words from `position` on, and a 0 for each break, until `capacity`
  /// are written or the text ends. The same words and breaks as `forEachWord` gives. Returns how many were written.
  func hashes(
    _ bytes: UnsafeBufferPointer<UInt8>, from position: inout Position,
    into hashes: UnsafeMutablePointer<UInt64>, capacity: Int
  ) -> Int {
    switch position.kind {
    case .plain: self.hashes(bytes, &position, marks: false, hashes, capacity)
    case .withMarks: self.hashes(bytes, &position, marks: true, hashes, capacity)
    }
  }

  /// Eight bytes a step: most words end within one load, which then holds all that is hashed of them. `marks` is a literal.
  @inline(__always)
  private func hashes(
    _ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Position, marks: Bool,
    _ hashes: UnsafeMutablePointer<UInt64>, _ capacity: Int
  ) -> Int {
    guard let base = bytes.baseAddress else { return 0 }
    let classes = classes.pointer
    let end = position.end
    let lastLoad = bytes.count - 8
    var at = position.at
    var state = position.state
    var count = 0
    func put(_ hash: UInt64) {
      if state.isAfterBreak {
        hashes[count] = 0
        count &+= 1
        state.isAfterBreak = false
      }
      hashes[count] = hash
      count &+= 1
    }
    // Room for a break and a word.
    while at < end, count &+ 2 <= capacity {
      // The separators before the word.
      let byteClass = classes[Int(bytes[at])]
      if byteClass != 1 {
        let length = byteClass == 0 ? 1 : separatorLength(bytes, at, end)
        if length > 0 {
          if !marks {
            if bytes[at] == 0x0a { state.isAfterBreak = true }
          } else if bytes[at] == 0x20 {
            state.spaces &+= 1
            if state.spaces == 2 { put(TermHash.twoSpaces) }
          } else {
            state.spaces = 0
            put(TermHash.word(bytes, at, at &+ length))
          }
          at &+= length
          continue
        }
      }
      state.spaces = 0
      if at <= lastLoad {
        let word = UInt64(littleEndian: UnsafeRawPointer(base + at).loadUnaligned(as: UInt64.self))
        let stops = Self.stops(in: word)
        let length = stops.trailingZeroBitCount >> 3
        if stops != 0, at &+ length < end, classes[Int(bytes[at &+ length])] == 0 {
          put(TermHash.word(short: word, length: length))
          at &+= length
          continue
        }
      }
      let start = at
      at = endOfWord(bytes, at, end)
      put(TermHash.word(bytes, start, at))
    }
    position.at = at
    position.state = state
    return count
  }

  /// Behind the word at `start`.
  private func endOfWord(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Int {
    var at = start
    while at < end {
      let kind = classes.pointer[Int(bytes[at])]
      if kind == 0 || kind == 2 && separatorLength(bytes, at, end) > 0 { break }
      at &+= 1
    }
    return at
  }

  /// The bytes of a little-endian word that are not of class 1, as their highest bits.
  @inline(__always)
  static func stops(in word: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let low = word & (ones &* 0x7f)
    let folded = low | (ones &* 0x20)
    // Adding 0x80 - x to seven bits sets the highest where they are at least x; nothing carries into the next byte.
    let letters = (folded &+ (ones &* 0x1f)) & ~(folded &+ (ones &* 0x05))
    let digits = (low &+ (ones &* 0x50)) & ~(low &+ (ones &* 0x46))
    let underscores = ~((low ^ (ones &* 0x5f)) &+ (ones &* 0x7f))
    // 0xc2 and 0xe2 differ in one bit; 0xe3 is the third.
    let leads =
      ~(((low ^ (ones &* 0x42)) & (ones &* 0x5f)) &+ (ones &* 0x7f))
      | ~((low ^ (ones &* 0x63)) &+ (ones &* 0x7f))
    let others = word & ~leads
    return ~((letters | digits | underscores) & ~word | others) & (ones &* 0x80)
  }
}
