import NhanCore

/// The pass of `UnicodeNormalizer` over bytes: copies ASCII eight bytes a step, folds common scalars by
/// table, and leaves the rest to a general path.
///
/// What depends on neighbours is put right in the output when the later neighbour comes: a mark composes with
/// the text already written, a tone mark moves when the syllable's end is in sight. So ordinary text pays
/// nothing for either.
struct UnicodeFolder<Recorder: OriginRecorder>: ~Copyable {
  let source: UnsafeBufferPointer<UInt8>
  private let tables: UnicodeTables.Pointers
  private(set) var origins: Recorder
  /// Invalid sequences replaced so far.
  var replacements = 0

  /// The output: `count` of `capacity` bytes are initialized.
  private(set) var output: UnsafeMutablePointer<UInt8>
  var count = 0
  private(set) var capacity: Int
  private let memory: OutputMemory
  /// Where the output of the current part begins: nothing before it is touched.
  private var floor = 0

  /// How much room the output of so many bytes takes, as a rule.
  static func room(for bytes: Int) -> Int { bytes + bytes / 8 + 1 << 14 }

  /// Makes a folder of texts in `source`. Both `source` and `tables` must outlive it; nobody else uses `memory` meanwhile.
  init(
    source: UnsafeBufferPointer<UInt8>, tables: UnicodeTables.Pointers, origins: Recorder,
    memory: OutputMemory = OutputMemory()
  ) {
    self.source = source
    self.tables = tables
    self.origins = origins
    self.memory = memory
    memory.reserve(Self.room(for: source.count), keeping: 0)
    (output, capacity) = (memory.base, memory.capacity)
  }

  /// Lends the output.
  func withOutput(_ body: (UnsafeBufferPointer<UInt8>) -> Void) {
    body(UnsafeBufferPointer(start: output, count: count))
  }

  /// Forgets the output and keeps the memory. Not for recorded origins.
  mutating func removeAll() { count = 0 }

  /// A range of the output without spaces and tabs at its ends.
  func trimmed(_ range: Range<Int>) -> Range<Int> {
    var (start, end) = (range.lowerBound, range.upperBound)
    while start < end, Self.isBlank(output[start]) { start += 1 }
    while start < end, Self.isBlank(output[end - 1]) { end -= 1 }
    return start..<end
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A }

  /// What one step of the fast loop may write at most: eight bytes, of which not all may stay.
  private static var slack: Int { 16 }

  mutating func reserve(_ room: Int) {
    if capacity - count >= room { return }
    memory.reserve(max(2 * capacity, count + room), keeping: count)
    (output, capacity) = (memory.base, memory.capacity)
  }

  /// Folds one part (a title, a body) of the source and appends it.
  mutating func fold(_ part: Range<Int>) {
    beginPart()
    foldOn(part)
  }

  /// What is folded from here on leaves alone what stands before.
  mutating func beginPart() { floor = count }

  /// Folds more of the current part.
  mutating func foldOn(_ part: Range<Int>) {
    var at = part.lowerBound
    while at < part.upperBound {
      at = foldCommon(at, before: part.upperBound)
      if at < part.upperBound { at = foldGeneral(at, before: part.upperBound) }
    }
  }

  // MARK: - The fast path

  /// Folds from `start` on as long as ASCII and the tables do. Returns where it stopped.
  private mutating func foldCommon(_ start: Int, before end: Int) -> Int {
    // The bases are not nil: an empty part never gets here.
    let input = UnsafeRawPointer(source.baseAddress!)
    let entries = tables.entries.baseAddress!
    let caseBits: UInt64 = tables.folding.foldsCase ? 0x8080_8080_8080_8080 : 0
    var at = start
    while at < end {
      reserve(Self.slack)
      let target = UnsafeMutableRawPointer(output + count)
      // All loads of eight bytes lie before `end`, all stores inside the slack reserved.
      if end - at >= 8 {
        let word = UInt64(littleEndian: input.loadUnaligned(fromByteOffset: at, as: UInt64.self))
        let stops = ASCIIWord.stops(in: word)
        target.storeBytes(of: ASCIIWord.lowercase(word, caseBits).littleEndian, as: UInt64.self)
        let plain = stops == 0 ? 8 : stops.trailingZeroBitCount >> 3
        count += plain
        origins.recordCopies(plain, from: at)
        at += plain
        if stops == 0 { continue }
      }
      let (scalar, length) = Self.tableIndex(input + at, room: end - at)
      if length == 0 { return at }
      let entry = entries[scalar]
      if entry >> 26 > 0, entry & UnicodeTables.Entry.tone == 0 {
        guard entry & UnicodeTables.Entry.mark > 0, let next = composeLatin(at, length, before: end) else {
          return at
        }
        at = next
        continue
      }
      let made = Int(entry >> 24 & 3)
      UnsafeMutableRawPointer(output + count).storeBytes(of: entry.littleEndian, as: UInt32.self)
      count += made
      origins.record(made, from: at..<at + length)
      at += length
      if entry & UnicodeTables.Entry.tone > 0, mayMoveTone(at, before: end) {
        at = placeTone(at, before: end)
      }
    }
    return at
  }

  /// Reads a scalar that has an entry in the tables: its place there, and its length; 0 for any other.
  @inline(__always)
  private static func tableIndex(_ bytes: UnsafeRawPointer, room: Int) -> (place: Int, length: Int) {
    let first = UInt32(bytes.load(as: UInt8.self))
    if first < 0x80 { return (Int(first), 1) }
    guard room >= 2 else { return (0, 0) }
    let second = UInt32(bytes.load(fromByteOffset: 1, as: UInt8.self)) ^ 0x80
    if first < 0xE0 {
      return first >= 0xC2 && second < 0x40 ? (Int((first & 0x1F) << 6 | second), 2) : (0, 0)
    }
    guard room >= 3, first < 0xF0 else { return (0, 0) }
    let third = UInt32(bytes.load(fromByteOffset: 2, as: UInt8.self)) ^ 0x80
    let scalar = (first & 0x0F) << 12 | second << 6 | third
    let offset = scalar &- UnicodeTables.high.lowerBound
    guard second | third < 0x40, offset < UInt32(UnicodeTables.high.count) else { return (0, 0) }
    return (Int(offset + UnicodeTables.lowEnd), 3)
  }

  /// Composes the mark at `at` with a lone Latin letter just written. Returns where to go on; `nil` if the
  /// general path must.
  private mutating func composeLatin(_ at: Int, _ length: Int, before end: Int) -> Int? {
    guard count > floor else { return nil }
    let start = startOfLastScalar()
    let mark = UInt32(source[at] & 0x1F) << 6 | UInt32(source[at + 1] & 0x3F)
    guard let row = LatinMarks.index(ofLetter: decodeOutput(at: start)),
      let column = LatinMarks.index(ofMark: mark)
    else { return nil }
    let composite = UInt32(tables.latinMarks[row * LatinMarks.marks.count + column])
    guard composite > 0 else { return nil }
    let origin = truncate(to: start) ?? at
    write(composite, from: origin..<at + length)
    let next = at + length
    return tables.folding.mayMoveTone(of: composite) ? placeTone(next, before: end) : next
  }

  // MARK: - The general path

  /// One step of reading: a scalar of UTF-8, a character reference, CR and LF together.
  private struct Unit {
    var scalar: UInt32
    var end: Int
    var isInvalid = false
  }

  private func readUnit(_ at: Int, before end: Int) -> Unit {
    let first = source[at]
    if first == UInt8(ascii: "&"), tables.folding.decodesEntities,
      let reference = HTMLEntities.decode(source, at: at, before: end)
    {
      return Unit(scalar: reference.scalar, end: reference.end)
    }
    if first == 0x0D {
      return Unit(scalar: 0x0A, end: at + 1 < end && source[at + 1] == 0x0A ? at + 2 : at + 1)
    }
    return first < 0x80 ? Unit(scalar: UInt32(first), end: at + 1) : readMultibyte(at, before: end)
  }

  /// Reads a sequence of two to four bytes, or its maximal valid beginning as U+FFFD (The Unicode Standard,
  /// section 3.9, table 3-7).
  private func readMultibyte(_ at: Int, before end: Int) -> Unit {
    let first = source[at]
    let length: Int
    var valid: ClosedRange<UInt8> = 0x80...0xBF
    switch first {
    case 0xC2...0xDF: length = 2
    case 0xE0...0xEF:
      length = 3
      if first == 0xE0 { valid = 0xA0...0xBF } else if first == 0xED { valid = 0x80...0x9F }
    case 0xF0...0xF4:
      length = 4
      if first == 0xF0 { valid = 0x90...0xBF } else if first == 0xF4 { valid = 0x80...0x8F }
    default: return Unit(scalar: 0xFFFD, end: at + 1, isInvalid: true)
    }
    var scalar = UInt32(first) & (0xFF >> (UInt32(length) + 1))
    for offset in 1..<length {
      guard at + offset < end, valid.contains(source[at + offset]) else {
        return Unit(scalar: 0xFFFD, end: at + offset, isInvalid: true)
      }
      scalar = scalar << 6 | UInt32(source[at + offset] & 0x3F)
      valid = 0x80...0xBF
    }
    return Unit(scalar: scalar, end: at + length)
  }

  /// Folds the unit at `at`, and the marks behind it if it is one. Returns where to go on.
  @inline(never)
  private mutating func foldGeneral(_ at: Int, before end: Int) -> Int {
    let unit = readUnit(at, before: end)
    if unit.isInvalid { replacements += 1 }
    let run = tables.folding.fold(unit.scalar)
    for index in 0..<run.count {
      let scalar = run[index]
      if tables.folding.needsContext(scalar) {
        return composeMarks(scalar, from: at..<unit.end, before: end)
      }
      write(scalar, from: at..<unit.end)
    }
    guard run.count == 1, tables.folding.mayMoveTone(of: run.first) else { return unit.end }
    return placeTone(unit.end, before: end)
  }

  /// Composes a mark, all the marks that follow it, and the text before them that they may change. The whole
  /// run is taken at once, so that a long one costs O(n log n). Returns where to go on.
  private mutating func composeMarks(_ mark: UInt32, from range: Range<Int>, before end: Int) -> Int {
    var start = count
    var tail: [UInt32] = []
    while start > floor, tail.last.map(CanonicalComposition.isUnstable) ?? true {
      start = startOfScalar(before: start)
      tail.append(decodeOutput(at: start))
    }
    var scalars = Array(tail.reversed())
    scalars.append(mark)
    var next = range.upperBound
    var at = next
    while at < end {
      let unit = readUnit(at, before: end)
      let run = tables.folding.fold(unit.scalar)
      if run.count > 0, !tables.folding.needsContext(run.first) { break }
      at = unit.end
      if run.count > 0 {
        scalars.append(run.first)
        next = at
      }
    }
    if tables.folding.stripsAccents, let first = scalars.first, VietnameseLetters.isLatin(first) {
      scalars = VietnameseLetters.strip(marks: scalars)
    }
    if tables.folding.composes { scalars = CanonicalComposition.shared.compose(scalars) }
    let origin = truncate(to: start) ?? range.lowerBound
    for scalar in scalars { write(scalar, from: origin..<next) }
    guard let last = scalars.last, tables.folding.mayMoveTone(of: last) else { return next }
    return placeTone(next, before: end)
  }

  // MARK: - Tone marks

  /// Whether a tone mark may move that was just written, by the byte behind it: forward only to a, e or y, but whatever
  /// is no plain ASCII may become or hide one. Tells almost all away without looking closely.
  @inline(__always)
  private func mayMoveTone(_ next: Int, before end: Int) -> Bool {
    guard tables.folding.toneMarks == .new, next < end else { return true }
    switch source[next] {
    case 0x20...0x25, 0x27...0x7E:
      switch source[next] | 0x20 {
      case UInt8(ascii: "a"), UInt8(ascii: "e"), UInt8(ascii: "y"): return true
      default: return false
      }
    default: return true
    }
  }

  /// Called behind a toned vowel that was just written, with `next` the input behind it: moves its tone mark
  /// if it ends, or with the letter at `next` makes and ends, a syllable in oa, oe or uy. Returns where to go
  /// on.
  private mutating func placeTone(_ next: Int, before end: Int) -> Int {
    let start = startOfLastScalar()
    guard let vowel = VietnameseLetters.tonedVowel(decodeOutput(at: start)) else { return next }
    if vowel.base == .o || vowel.base == .u {
      // The old style has the mark here, except behind q, where u is no vowel.
      guard tables.folding.toneMarks == .new || isQ(before: start) else { return next }
      return moveToneForward(vowel, at: start, next, before: end)
    }
    if tables.folding.toneMarks == .old { moveToneBack(vowel, at: start, next, before: end) }
    return next
  }

  private mutating func moveToneForward(
    _ vowel: VietnameseLetters.TonedVowel, at start: Int, _ next: Int, before end: Int
  ) -> Int {
    guard let (letter, behind) = peek(next, before: end), let plain = VietnameseLetters.plainVowel(letter),
      VietnameseLetters.isMovable(vowel.base, plain.base), isEndOfWord(behind, before: end)
    else { return next }
    let toned = VietnameseLetters.TonedVowel(base: plain.base, tone: vowel.tone, isUpper: plain.isUpper)
    let origin = (truncate(to: start) ?? next)..<behind
    write(VietnameseLetters.plain(vowel.base, isUpper: vowel.isUpper), from: origin)
    write(VietnameseLetters.scalar(of: toned), from: origin)
    return behind
  }

  private mutating func moveToneBack(
    _ vowel: VietnameseLetters.TonedVowel, at start: Int, _ next: Int, before end: Int
  ) {
    guard start > floor, let plain = VietnameseLetters.plainVowel(UInt32(output[start - 1])),
      VietnameseLetters.isMovable(plain.base, vowel.base), plain.base != .u || !isQ(before: start - 1),
      isEndOfWord(next, before: end)
    else { return }
    let toned = VietnameseLetters.TonedVowel(base: plain.base, tone: vowel.tone, isUpper: plain.isUpper)
    let origin = (truncate(to: start - 1) ?? next)..<next
    write(VietnameseLetters.scalar(of: toned), from: origin)
    write(VietnameseLetters.plain(vowel.base, isUpper: vowel.isUpper), from: origin)
  }

  private func isQ(before position: Int) -> Bool {
    position > floor && output[position - 1] | 0x20 == UInt8(ascii: "q")
  }

  /// The next scalar that will be written for the input from `start` on, and where its unit ends.
  private func peek(_ start: Int, before end: Int) -> (scalar: UInt32, end: Int)? {
    var at = start
    while at < end {
      let unit = readUnit(at, before: end)
      let run = tables.folding.fold(unit.scalar)
      if run.count > 0 { return (run.first, unit.end) }
      at = unit.end
    }
    return nil
  }

  /// Whether neither a letter nor a mark will be written next.
  private func isEndOfWord(_ at: Int, before end: Int) -> Bool {
    guard let (scalar, _) = peek(at, before: end) else { return true }
    if scalar < 0x80 { return (scalar | 0x20) &- 0x61 >= 26 }
    if CanonicalComposition.isUnstable(scalar) { return false }
    return Unicode.Scalar(scalar).map { !$0.properties.isAlphabetic } ?? true
  }

  // MARK: - The output

  private mutating func write(_ scalar: UInt32, from origin: Range<Int>) {
    reserve(Self.slack)
    let bytes = UTF8Bytes(scalar)
    UnsafeMutableRawPointer(output + count).storeBytes(of: bytes.packed.littleEndian, as: UInt32.self)
    count += bytes.count
    origins.record(bytes.count, from: origin)
  }

  /// Cuts the output down to `length` and returns where the first byte cut came from, if origins are
  /// recorded.
  private mutating func truncate(to length: Int) -> Int? {
    count = length
    return origins.truncate(to: length)
  }

  private func startOfLastScalar() -> Int { startOfScalar(before: count) }

  /// The output is valid UTF-8, so a scalar begins within the part.
  private func startOfScalar(before position: Int) -> Int {
    var start = position - 1
    while output[start] & 0xC0 == 0x80 { start -= 1 }
    return start
  }

  private func decodeOutput(at start: Int) -> UInt32 {
    let first = UInt32(output[start])
    if first < 0x80 { return first }
    if first < 0xE0 { return (first & 0x1F) << 6 | continuation(start + 1) }
    if first < 0xF0 { return (first & 0x0F) << 12 | continuation(start + 1) << 6 | continuation(start + 2) }
    let high = (first & 0x07) << 18 | continuation(start + 1) << 12
    return high | continuation(start + 2) << 6 | continuation(start + 3)
  }

  private func continuation(_ position: Int) -> UInt32 { UInt32(output[position] & 0x3F) }
}

/// Memory that a folder writes to: its own, which the next one may use again, or lent by an owner until it is too small.
final class OutputMemory {
  private(set) var base: UnsafeMutablePointer<UInt8>
  private(set) var capacity: Int
  /// Whether this is what was lent.
  private(set) var isLent: Bool

  init() { (base, capacity, isLent) = (.allocate(capacity: 0), 0, false) }

  init(lent memory: UnsafeMutableBufferPointer<UInt8>) {
    (base, capacity, isLent) = (memory.baseAddress!, memory.count, true)
  }

  deinit { if !isLent { base.deallocate() } }

  /// Sees to room for `wanted` bytes, of which the first `kept` stay.
  func reserve(_ wanted: Int, keeping kept: Int) {
    if wanted <= capacity { return }
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: wanted)
    PagePool.preferHugePages(UnsafeMutableRawBufferPointer(start: larger, count: wanted))
    larger.update(from: base, count: kept)
    if !isLent { base.deallocate() }
    (base, capacity, isLent) = (larger, wanted, false)
  }
}

/// Eight bytes at once, the first one lowest.
private enum ASCIIWord {
  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let highs: UInt64 = 0x8080_8080_8080_8080

  /// Sets the high bit of the first byte that is not plain: not ASCII, a control, an ampersand, DEL. Bits
  /// above it mean nothing.
  @inline(__always)
  static func stops(in word: UInt64) -> UInt64 {
    let controls = word &- ones &* 0x20
    let ampersands = (word ^ (ones &* UInt64(UInt8(ascii: "&")))) &- ones
    let deletes = (word ^ (ones &* 0x7F)) &- ones
    return (word | controls | ampersands | deletes) & highs
  }

  /// Sets bit 5 of each capital ASCII letter, where `caseBits` has the byte's high bit.
  @inline(__always)
  static func lowercase(_ word: UInt64, _ caseBits: UInt64) -> UInt64 {
    let low = word & ~highs
    let fromA = low &+ ones &* (0x80 - 0x41)
    let beyondZ = low &+ ones &* (0x80 - 0x5B)
    return word | (fromA & ~beyondZ & ~word & caseBits) >> 2
  }
}
