import NhanCore

/// Finds ids that were given before, among the last 2^20 of them, in bounded memory (24 MB when full, half as much again
/// while it grows, and the names of the files).
///
/// Ids are compared by a 64-bit hash: of a million different ones, two are taken for the same with a
/// probability of 3 in a hundred million.
public struct DuplicateDetector: Sendable {
  private struct Entry {
    var hash: UInt64
    /// How many files there were before its own.
    var file: Int32
    /// 0 where the place has none.
    var line: Int32
  }

  private let capacity: Int
  /// The ids in the order in which they came; a ring once it is full.
  private var ring: [Entry] = []
  private var oldest = 0
  /// A hash table with linear probing, at most half full: one more than the index of an entry of the ring, 0 where free.
  private var slots = [Int32](repeating: 0, count: 16)
  /// The names of the files that entries are of, and how many were forgotten before.
  private var files: [String] = []
  private var forgottenFiles = 0

  /// Remembers the last `capacity` ids.
  public init(capacity: Int = 1 << 20) {
    precondition((1...1 << 30).contains(capacity))
    self.capacity = capacity
  }

  /// The record itself, or the failure `duplicate-id` when it is a document with an id that was there before.
  /// Records must come in their order. O(id).
  public mutating func check(_ record: Record) -> Record {
    guard case .document(let document) = record else { return record }
    let hash = Self.hash(document.id)
    let slot = slot(of: hash)
    if slots[slot] > 0 {
      let first = ring[Int(slots[slot]) - 1]
      let place = Place(
        file: files[Int(first.file) - forgottenFiles], line: first.line == 0 ? nil : Int(first.line))
      return .failure(
        id: document.id, CorpusFailure.duplicateID(document.id, first: place, at: document.place))
    }
    if files.last != document.place.file { files.append(document.place.file) }
    remember(
      Entry(
        hash: hash, file: Int32(forgottenFiles + files.count - 1),
        line: Int32(clamping: document.place.line ?? 0)))
    return record
  }

  private mutating func remember(_ entry: Entry) {
    if ring.count < capacity {
      ring.append(entry)
      if 2 * ring.count > slots.count { grow() }
      slots[slot(of: entry.hash)] = Int32(ring.count)
      return
    }
    forget(ring[oldest].hash)
    ring[oldest] = entry
    slots[slot(of: entry.hash)] = Int32(oldest + 1)
    oldest = (oldest + 1) % capacity
    forgetFiles(before: Int(ring[oldest].file))
  }

  /// The slot of an id, or the free one where it belongs.
  private func slot(of hash: UInt64) -> Int {
    var at = home(of: hash)
    while slots[at] > 0, ring[Int(slots[at]) - 1].hash != hash { at = (at + 1) & (slots.count - 1) }
    return at
  }

  private func home(of hash: UInt64) -> Int { Int(truncatingIfNeeded: hash) & (slots.count - 1) }

  private mutating func grow() {
    slots = [Int32](repeating: 0, count: 2 * slots.count)
    for (index, entry) in ring.dropLast().enumerated() { slots[slot(of: entry.hash)] = Int32(index + 1) }
  }

  /// Frees the slot of an id, and moves those behind it that would not be found any more.
  private mutating func forget(_ hash: UInt64) {
    let mask = slots.count - 1
    var hole = slot(of: hash)
    var at = (hole + 1) & mask
    while slots[at] > 0 {
      let home = home(of: ring[Int(slots[at]) - 1].hash)
      if (at - home) & mask >= (at - hole) & mask {
        slots[hole] = slots[at]
        hole = at
      }
      at = (at + 1) & mask
    }
    slots[hole] = 0
  }

  /// Entries come file by file, so the files of those forgotten are the first ones. Half of the names go at once.
  private mutating func forgetFiles(before file: Int) {
    let count = file - forgottenFiles
    if count * 2 < files.count { return }
    files.removeFirst(count)
    forgottenFiles += count
  }

  /// FNV-1a, with the last mixing step of MurmurHash3 behind it.
  private static func hash(_ id: String) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in id.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    hash = (hash ^ hash >> 33) &* 0xFF51_AFD7_ED55_8CCD
    hash = (hash ^ hash >> 33) &* 0xC4CE_B9FE_1A85_EC53
    return hash ^ hash >> 33
  }
}
