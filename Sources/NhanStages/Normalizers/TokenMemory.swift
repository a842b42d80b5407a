import CLinux
import NhanCore

/// What became of the tokens folded lately: their word and their folded bytes, by their raw bytes.
///
/// Vietnamese is written with a few thousand syllables, so nearly all tokens of a text are found here. What is held never
/// changes a result, only how fast it comes. A cache of two ways, of which the one used last is in front: both together in
/// one cache line, for the time that a token takes is the time that its line takes to come. Memory: three quarters of a
/// megabyte a thread.
final class TokenMemory {
  /// A token and its words: at most one, and a mark of one byte before and behind it.
  struct Entry: BitwiseCopyable {
    /// The raw bytes, the first one lowest, zeros behind; all zeros in a free entry.
    var raw: SIMD2<UInt64> = .zero
    /// The bits in which the first eight folded bytes differ from the raw ones. It is the capital letter, as a rule.
    fileprivate var change: UInt64 = 0
    /// The number of the word in it; 0 if there is none.
    var word: UInt32 = 0
    /// Where the word begins in the folded bytes.
    var start: UInt8 = 0
    /// How many folded bytes there are; `elsewhere` more if these stand elsewhere, for they differ behind the first eight.
    fileprivate var size: UInt8 = 0
    /// The byte before the word that is a mark, where marks are words; 0 if there is none.
    var firstMark: UInt8 = 0
    /// The last byte, if it is a mark and not the first; else 0.
    var lastMark: UInt8 = 0

    fileprivate static let elsewhere: UInt8 = 0x80
  }

  /// Two spaces, as a word. A mark of one byte has its code as its number.
  static let twoSpaces: UInt32 = 0x80

  /// What the numbers stand for: each time that a token is learned, its word gets a new one.
  private(set) var words = TokenMemory.marks()

  private static func marks() -> WordNumbers {
    let words = WordNumbers()
    for byte in 1..<UInt8(twoSpaces) {
      let number = words.add(TermHash.byte(byte))
      assert(number == UInt32(byte))
    }
    let number = words.add(TermHash.twoSpaces)
    assert(number == twoSpaces)
    return words
  }

  /// Numbers anew the words that are remembered, where there are more than `limit` numbers. Lists of the old numbers keep
  /// their meaning as long as they keep `words`. O(entries).
  func renumber(above limit: Int) {
    if words.count <= limit { return }
    let old = words.hashes
    let new = Self.marks()
    for index in 0..<entries.count where entries.base[index].word > Self.twoSpaces {
      entries.base[index].word = new.add(old[Int(entries.base[index].word)])
    }
    words = new
  }

  /// Raw tokens are shorter than this, and folded ones not longer.
  static let longest = 16
  /// How many tokens may be asked for at once.
  static let batch = 64
  private static let pairs = 1 << 13

  private let entries = PageMemory<Entry>(zeroed: 2 * TokenMemory.pairs, populated: true)
  private let changed = PageMemory<SIMD2<UInt64>>(zeroed: 2 * TokenMemory.pairs, populated: true)
  private let asked: UnsafeMutablePointer<Asked>
  private let masks: UnsafeMutablePointer<SIMD2<UInt64>>
  /// What the memory holds, as pointers: valid as long as the memory is.
  let table: Table

  init() {
    assert(MemoryLayout<Entry>.stride == 32)
    asked = .allocate(capacity: Self.batch)
    masks = .allocate(capacity: Self.longest + 1)
    for length in 0...Self.longest {
      masks[length] = SIMD2(Self.mask(min(length, 8)), Self.mask(max(length - 8, 0)))
    }
    table = Table(entries: entries.base, changed: changed.base, asked: asked, masks: masks)
  }

  deinit {
    asked.deallocate()
    masks.deallocate()
  }

  private static func mask(_ bytes: Int) -> UInt64 { bytes == 8 ? .max : 1 << (8 * bytes) - 1 }

  /// A token asked for.
  struct Asked {
    var raw: SIMD2<UInt64>
    var place: UInt32
    var length: UInt32
  }

  /// A token that is remembered.
  struct Taken {
    let entry: UnsafePointer<Entry>
    let rawLength: Int
    let length: Int
    /// The folded bytes, the first one lowest.
    let folded: SIMD2<UInt64>
  }

  /// The pointers of a memory, which a loop keeps in registers.
  struct Table {
    fileprivate let entries: UnsafeMutablePointer<Entry>
    /// By entry: the folded bytes, where the entry does not tell them.
    fileprivate let changed: UnsafeMutablePointer<SIMD2<UInt64>>
    /// The tokens asked for.
    fileprivate let asked: UnsafeMutablePointer<Asked>
    /// By length: the bytes of a token that count.
    fileprivate let masks: UnsafeMutablePointer<SIMD2<UInt64>>

    /// Notes a token, and has what is remembered of it fetched.
    /// - Parameters:
    ///   - bytes: sixteen, of which the first `length` are the token; none for what stands between two delimiters.
    ///   - index: less than `batch`.
    @inline(__always)
    func ask(for bytes: UnsafeRawPointer, length: Int, as index: Int) {
      let raw =
        masks[length]
        & SIMD2(
          UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self)),
          UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
      let place = TokenMemory.place(of: raw)
      asked[index] = Asked(
        raw: raw, place: UInt32(truncatingIfNeeded: place), length: UInt32(truncatingIfNeeded: length))
      nhan_prefetch(entries + place)
    }

    /// What is remembered of the token noted as `index`, if anything is: with its raw length and its folded bytes.
    @inline(__always)
    func take(_ index: Int) -> Taken? {
      let token = asked[index]
      let place = Int(token.place)
      let first = entries + place
      guard first.pointee.raw == token.raw || bringForward(token.raw, at: place) else { return nil }
      var folded = SIMD2(token.raw.x ^ first.pointee.change, token.raw.y)
      var length = Int(first.pointee.size)
      if length >= Entry.elsewhere {
        length &-= Int(Entry.elsewhere)
        folded = changed[place]
      }
      return Taken(entry: first, rawLength: Int(token.length), length: length, folded: folded)
    }

    /// Brings the second way of a place to the front, if it is the token.
    @inline(never)
    private func bringForward(_ token: SIMD2<UInt64>, at place: Int) -> Bool {
      guard entries[place + 1].raw == token else { return false }
      swap(&entries[place], &entries[place + 1])
      swap(&changed[place], &changed[place + 1])
      return true
    }
  }

  /// Remembers a token that is not remembered, in place of the one of its line that was used longer ago.
  /// - Parameters:
  ///   - bytes: what it is folded to: so many bytes, the first one lowest, zeros behind.
  func add(_ entry: Entry, folded bytes: SIMD2<UInt64>, length: Int) {
    let place = Self.place(of: entry.raw)
    // Its free entry stands for the empty token.
    if place == Self.place(of: .zero) { return }
    entries.base[place + 1] = entries.base[place]
    changed.base[place + 1] = changed.base[place]
    entries.base[place] = entry
    entries.base[place].change = bytes.x ^ entry.raw.x
    entries.base[place].size = UInt8(length) | (bytes.y == entry.raw.y ? 0 : Entry.elsewhere)
    changed.base[place] = bytes
  }

  @inline(__always)
  fileprivate static func place(of token: SIMD2<UInt64>) -> Int {
    let hash = TermHash.fold(token.x ^ TermHash.secret0, token.y ^ TermHash.secret1)
    return 2 &* (Int(truncatingIfNeeded: hash) & (pairs &- 1))
  }
}
