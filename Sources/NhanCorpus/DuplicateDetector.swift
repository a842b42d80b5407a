import NhanCore

/// Finds ids that were given before, among the last 2^20 of them, in bounded memory (19 MB when full, and the names of the
/// files). What it outgrows goes back to the kernel, so that a stream's peak grows by what is remembered and no more.
///
/// Ids are compared by a 64-bit hash: of a million different ones, two are taken for the same with a
/// probability of 3 in a hundred million.
public final class DuplicateDetector {
  private let capacity: Int
  /// The hashes of the ids in the order in which they came; a ring once it is full.
  private let hashes = PageArray<UInt64>()
  /// The lines that they stood on, in the same places; 0 where there is none.
  private let lines = PageArray<Int32>()
  /// How many ids there were before those of the ring.
  private var forgotten = 0
  /// A hash table with linear probing, at most three quarters full: one more than the place of an id in the ring, with the
  /// lower bits of its hash above it; 0 where free.
  private var slots = PageMemory<UInt32>(zeroed: 1 << 12)
  /// The bits of a slot that hold a place.
  private let placeBits: Int
  /// The files that ids of the ring are of, in their order, and how many ids there were before each one's first.
  private var files: [(name: String, first: Int)] = []

  /// Remembers the last `capacity` ids.
  public init(capacity: Int = 1 << 20) {
    precondition((1...1 << 30).contains(capacity))
    self.capacity = capacity
    placeBits = UInt32.bitWidth - UInt32(capacity).leadingZeroBitCount
  }

  /// The record itself, or the failure `duplicate-id` when it is a document with an id that was there before.
  /// Records must come in their order. O(id).
  public func check(_ record: Record) -> Record {
    guard case .document(let document) = record else { return record }
    let hash = Self.hash(document.id)
    let slot = slots.base[slot(of: hash)]
    if slot > 0 {
      let failure = CorpusFailure.duplicateID(
        document.id, first: place(at: index(in: slot)), at: document.place)
      return .failure(id: document.id, failure)
    }
    if files.last?.name != document.place.file {
      files.append((document.place.file, forgotten + hashes.count))
    }
    remember(hash, line: Int32(clamping: document.place.line ?? 0))
    return record
  }

  /// The place of the id at an index of the ring.
  private func place(at index: Int) -> Place {
    let oldest = forgotten % capacity
    let number = forgotten + (index < oldest ? index + capacity : index) - oldest
    var (file, end) = (0, files.count)
    while end - file > 1 {
      let middle = (file + end) / 2
      if files[middle].first <= number { file = middle } else { end = middle }
    }
    return Place(file: files[file].name, line: lines.base[index] == 0 ? nil : Int(lines.base[index]))
  }

  private func remember(_ hash: UInt64, line: Int32) {
    if hashes.count < capacity {
      hashes.append(hash)
      lines.append(line)
      if 4 * hashes.count > 3 * slots.count { grow() }
      slots.base[slot(of: hash)] = entry(hash, at: hashes.count - 1)
      return
    }
    let oldest = forgotten % capacity
    forget(hashes.base[oldest])
    hashes.base[oldest] = hash
    lines.base[oldest] = line
    slots.base[slot(of: hash)] = entry(hash, at: oldest)
    forgotten += 1
    forgetFiles()
  }

  /// What the slot of an id at an index of the ring holds.
  private func entry(_ hash: UInt64, at index: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: hash) << UInt32(placeBits) | UInt32(index + 1)
  }

  /// The index in the ring that a slot tells.
  private func index(in slot: UInt32) -> Int { Int(slot & (1 << UInt32(placeBits) - 1)) - 1 }

  /// The slot of an id, or the free one where it belongs.
  private func slot(of hash: UInt64) -> Int {
    var at = home(of: hash)
    while true {
      let slot = slots.base[at]
      // Of ids with other lower bits the hashes need not be fetched.
      let isOther = (slot ^ UInt32(truncatingIfNeeded: hash) << UInt32(placeBits)) >> UInt32(placeBits) != 0
      if slot == 0 || !isOther && hashes.base[index(in: slot)] == hash { return at }
      at = next(to: at)
    }
  }

  /// Where the search for an id begins: the hash as a fraction.
  private func home(of hash: UInt64) -> Int {
    Int(truncatingIfNeeded: hash.multipliedFullWidth(by: UInt64(slots.count)).high)
  }

  private func next(to slot: Int) -> Int { slot + 1 == slots.count ? 0 : slot + 1 }

  private func grow() {
    slots = PageMemory(zeroed: min(slots.count, capacity) * 3 / 2)
    for index in 0..<hashes.count - 1 {
      let hash = hashes.base[index]
      slots.base[slot(of: hash)] = entry(hash, at: index)
    }
  }

  /// Frees the slot of an id, and moves those behind it that would not be found any more.
  private func forget(_ hash: UInt64) {
    func steps(from first: Int, to last: Int) -> Int {
      last >= first ? last - first : last - first + slots.count
    }
    var hole = slot(of: hash)
    var at = next(to: hole)
    while slots.base[at] > 0 {
      let home = home(of: hashes.base[index(in: slots.base[at])])
      if steps(from: home, to: at) >= steps(from: hole, to: at) {
        slots.base[hole] = slots.base[at]
        hole = at
      }
      at = next(to: at)
    }
    slots.base[hole] = 0
  }

  /// Ids come file by file, so the files of those forgotten are the first ones. Half of the names go at once.
  private func forgetFiles() {
    let half = (files.count + 1) / 2
    if half < files.count, files[half].first <= forgotten { files.removeFirst(half) }
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
