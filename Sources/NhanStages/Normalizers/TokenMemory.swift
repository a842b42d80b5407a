import CLinux
import NhanCore

/// What became of the tokens folded lately: their word and their folded bytes, by their raw bytes.
///
/// Vietnamese is written with a few thousand syllables, so nearly all tokens of a text are found here. What is held never
/// changes a result, only how fast it comes. A cache of two ways, of which the one used last is in front: both together in
/// one cache line, for the time that a token takes is the time that its line takes to come. Memory: a megabyte a
/// thread, half as much again for texts that are not composed.
final class TokenMemory {
  /// Up to sixteen bytes, the first one lowest, zeros behind.
  struct Bytes: BitwiseCopyable, Equatable {
    var low: UInt64 = 0
    var high: UInt64 = 0
  }

  /// What is found in a token: at most one word, and a mark of one byte before and behind it.
  struct Finding: BitwiseCopyable {
    /// From the lowest on: the number of the word, 0 if there is none (32 bits); where it begins in the folded bytes (8); how
    /// many of these there are (8); the byte before the word that is a mark, where marks are words (8), and the last byte, if
    /// it is a mark and not the first (7), 0 if there is none; whether the folded bytes stand elsewhere.
    fileprivate var bits: UInt64 = 0

    @inline(__always)
    init() {}

    init(word: UInt32, start: Int, length: Int, firstMark: UInt8, lastMark: UInt8) {
      assert(start < 0x100 && length < 0x100 && lastMark < 0x80)
      bits = UInt64(word) | UInt64(start) << 32 | UInt64(length) << 40
      bits |= UInt64(firstMark) << 48 | UInt64(lastMark) << 56
    }

    @inline(__always)
    var word: UInt32 {
      get { UInt32(truncatingIfNeeded: bits) }
      set { bits = bits & ~0xFFFF_FFFF | UInt64(newValue) }
    }
    @inline(__always)
    var start: Int { Int(truncatingIfNeeded: bits >> 32 & 0xFF) }
    @inline(__always)
    var length: Int { Int(truncatingIfNeeded: bits >> 40 & 0xFF) }
    /// Whether there is a mark, or the folded bytes stand elsewhere: then look at all, else at nothing more.
    @inline(__always)
    var isRare: Bool { bits >> 48 != 0 }
    var firstMark: UInt8 { UInt8(truncatingIfNeeded: bits >> 48) }
    var lastMark: UInt8 { UInt8(truncatingIfNeeded: bits >> 56) & 0x7F }
    fileprivate(set) var isElsewhere: Bool {
      get { bits >> 63 != 0 }
      set { bits = bits & ~(1 << 63) | (newValue ? 1 << 63 : 0) }
    }
  }

  fileprivate struct Entry: BitwiseCopyable {
    /// The raw bytes; all zeros in a free entry.
    var raw = Bytes()
    /// The bits in which the first eight folded bytes differ from the raw ones. It is the capital letter, as a rule. Where
    /// the others differ, too, all stand elsewhere.
    var change: UInt64 = 0
    var finding = Finding()
  }

  /// Two spaces, as a word. A mark of one byte has its code as its number.
  static let twoSpaces: UInt32 = 0x80

  /// What the numbers stand for: each time that a token is learned, its word gets a new one.
  let words = WordNumbers()

  /// Numbers anew the words that are remembered, where there are more than `limit` numbers: in the same order, so that those
  /// that came early, the frequent ones, stay together. O(numbers + entries).
  func renumber(above limit: Int) {
    if words.count <= limit { return }
    // By number: first whether a word with it is remembered, then its new one.
    var numbers = [UInt32](repeating: 0, count: words.count)
    for number in 0...Int(Self.twoSpaces) { numbers[number] = 1 }
    forEachWord { numbers[Int($0)] = 1 }
    let kept = numbers.indices.filter { numbers[$0] != 0 }.map { UInt32($0) }
    words.keep(kept)
    for (new, old) in kept.enumerated() { numbers[Int(old)] = UInt32(new) }
    forEachWord { $0 = numbers[Int($0)] }
  }

  /// Calls `body` with the number of the word, which is no mark, of each entry that has one.
  private func forEachWord(_ body: (inout UInt32) -> Void) {
    for index in 0..<entries.count where entries.base[index].finding.word > Self.twoSpaces {
      body(&entries.base[index].finding.word)
    }
  }

  /// Raw tokens are shorter than this, and folded ones not longer.
  static let longest = 16
  /// How many bytes of a text may be asked for at once, and how many tokens at most.
  static let stretch = 1024
  private static let pairs = 1 << 14

  private let entries = PageMemory<Entry>(zeroed: 2 * TokenMemory.pairs, populated: true)
  private let changed = PageMemory<Bytes>(zeroed: 2 * TokenMemory.pairs)
  private let asked: UnsafeMutablePointer<Asked>
  private let ends: UnsafeMutablePointer<UInt16>
  private let masks: UnsafeMutablePointer<Bytes>
  /// What the memory holds, as pointers: valid as long as the memory is.
  let table: Table
  private static let lineSize = 2 * MemoryLayout<Entry>.stride

  init() {
    assert(Self.lineSize == 64)
    asked = .allocate(capacity: Self.stretch)
    ends = .allocate(capacity: Self.stretch + 64)
    masks = .allocate(capacity: Self.longest + 1)
    for length in 0...Self.longest {
      masks[length] = Bytes(low: Self.mask(min(length, 8)), high: Self.mask(max(length - 8, 0)))
    }
    table = Table(entries: entries.base, changed: changed.base, ends: ends, asked: asked, masks: masks)
    for byte in 1..<UInt8(Self.twoSpaces) {
      let number = words.add(TermHash.byte(byte))
      assert(number == UInt32(byte))
    }
    let number = words.add(TermHash.twoSpaces)
    assert(number == Self.twoSpaces)
  }

  deinit {
    asked.deallocate()
    ends.deallocate()
    masks.deallocate()
  }

  private static func mask(_ bytes: Int) -> UInt64 { bytes == 8 ? .max : 1 << (8 * bytes) - 1 }

  /// A token asked for.
  struct Asked {
    var raw: Bytes
    /// Where its line begins, in bytes: so it takes no arithmetic to get there.
    fileprivate var place: UInt32
    /// Where the token ends in the stretch.
    fileprivate var end: UInt16
    /// The byte behind it.
    fileprivate(set) var delimiter: UInt8
  }

  /// A token that is remembered.
  struct Taken {
    /// The folded bytes, unless they stand elsewhere.
    let folded: Bytes
    let finding: Finding
    fileprivate let place: UInt32
  }

  /// The pointers of a memory, which a loop keeps in registers.
  struct Table {
    fileprivate let entries: UnsafeMutablePointer<Entry>
    /// By entry: the folded bytes, where the entry does not tell them.
    fileprivate let changed: UnsafeMutablePointer<Bytes>
    /// Where the tokens to ask for end, counted from the stretch's first byte, with room for 64 more.
    let ends: UnsafeMutablePointer<UInt16>
    /// The tokens asked for.
    let asked: UnsafeMutablePointer<Asked>
    /// By length: the bytes of a token that count. Of one that is too long all sixteen, and so it is like none remembered.
    fileprivate let masks: UnsafeMutablePointer<Bytes>

    /// Notes the first `count` tokens of a stretch, by `ends`, and has what is remembered of them fetched. One token begins
    /// behind the delimiter of the other, and may be empty.
    /// - Parameter stretch: has sixteen bytes from the beginning of each token on.
    @inline(__always)
    func ask(_ stretch: UnsafeRawPointer, _ count: Int) {
      var start = 0
      for index in 0..<count {
        let end = Int(ends[index])
        let mask = masks[min(end &- start, TokenMemory.longest)]
        let bytes = stretch + start
        let raw = Bytes(
          low: UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self)) & mask.low,
          high: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)) & mask.high)
        let place = TokenMemory.place(of: raw)
        asked[index] = Asked(
          raw: raw, place: UInt32(truncatingIfNeeded: place), end: UInt16(truncatingIfNeeded: end),
          delimiter: stretch.load(fromByteOffset: end, as: UInt8.self))
        nhan_prefetch(UnsafeRawPointer(entries) + place)
        start = end &+ 1
      }
    }

    /// Where a token asked for stands in the stretch.
    func range(ofAsked index: Int) -> Range<Int> {
      (index > 0 ? Int(asked[index - 1].end) + 1 : 0)..<Int(asked[index].end)
    }

    /// Puts the empty token in place of one that was asked for.
    func empty(_ index: Int) {
      asked[index].raw = Bytes()
      asked[index].place = UInt32(TokenMemory.place(of: Bytes()))
    }

    /// What is remembered of a token asked for, if anything is.
    @inline(__always)
    func take(_ token: Asked) -> Taken? {
      let entry = line(Int(token.place))
      let raw = entry.pointee.raw
      let difference = (raw.low ^ token.raw.low) | (raw.high ^ token.raw.high)
      guard difference == 0 || bringForward(token.raw, at: Int(token.place)) else { return nil }
      return Taken(
        folded: Bytes(low: token.raw.low ^ entry.pointee.change, high: token.raw.high),
        finding: entry.pointee.finding, place: token.place)
    }

    /// The folded bytes of a token, where they stand elsewhere.
    func folded(_ token: Taken) -> Bytes { changed(Int(token.place))[0] }

    /// Brings the second way of a place to the front, if it is the token.
    @inline(never)
    private func bringForward(_ token: Bytes, at place: Int) -> Bool {
      let (line, changed) = (line(place), changed(place))
      guard line[1].raw == token else { return false }
      if line[0].finding.isElsewhere || line[1].finding.isElsewhere { swap(&changed[0], &changed[1]) }
      swap(&line[0], &line[1])
      return true
    }

    /// The two entries of a line.
    @inline(__always)
    fileprivate func line(_ place: Int) -> UnsafeMutablePointer<Entry> {
      (UnsafeMutableRawPointer(entries) + place).assumingMemoryBound(to: Entry.self)
    }

    /// The folded bytes of the two entries, where they stand elsewhere.
    fileprivate func changed(_ place: Int) -> UnsafeMutablePointer<Bytes> {
      changed + place / MemoryLayout<Entry>.stride
    }
  }

  /// Remembers a token that is not remembered, in place of the one of its line that was used longer ago.
  func add(_ raw: Bytes, folded: Bytes, _ finding: Finding) {
    let place = Self.place(of: raw)
    // Its free entry stands for the empty token.
    if place == Self.place(of: Bytes()) { return }
    let (line, changed) = (table.line(place), table.changed(place))
    if line[0].finding.isElsewhere { changed[1] = changed[0] }
    line[1] = line[0]
    line[0] = Entry(raw: raw, change: raw.low ^ folded.low, finding: finding)
    if raw.high != folded.high {
      line[0].finding.isElsewhere = true
      changed[0] = folded
    }
  }

  @inline(__always)
  fileprivate static func place(of token: Bytes) -> Int {
    let hash = TermHash.fold(token.low ^ TermHash.secret0, token.high ^ TermHash.secret1)
    return Int(truncatingIfNeeded: hash) & ((pairs &- 1) &* lineSize)
  }
}
