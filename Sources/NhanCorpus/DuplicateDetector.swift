import NhanCore

/// Finds ids that were given before, among the last 2^20 of them, in bounded memory (20 MB when full, and the names of the
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
  /// A hash table with linear probing, at most half full: one more than the place of an id in the ring, 0 where free.
  private var slots = PageMemory<Int32>(zeroed: 16)
  /// The files that ids of the ring are of, in their order, and how many ids there were before each one's first.
  private var files: [(name: String, first: Int)] = []

  /// Remembers the last `capacity` ids.
  public init(capacity: Int = 1 << 20) {
    precondition((1...1 << 30).contains(capacity))
    self.capacity = capacity
  }

  /// The record itself, or the failure `duplicate-id` when it is a document with an id that was there before.
  /// Records must come in their order. O(id).
  public func check(_ record: Record) -> Record {
    guard case .document(let document) = record else { return record }
    let hash = Self.hash(document.id)
    let slot = slot(of: hash)
    if slots.base[slot] > 0 {
      let failure = CorpusFailure.duplicateID(
        document.id, first: place(at: Int(slots.base[slot]) - 1), at: document.place)
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
      if 2 * hashes.count > slots.count { grow() }
      slots.base[slot(of: hash)] = Int32(hashes.count)
      return
    }
    let oldest = forgotten % capacity
    forget(hashes.base[oldest])
    hashes.base[oldest] = hash
    lines.base[oldest] = line
    slots.base[slot(of: hash)] = Int32(oldest + 1)
    forgotten += 1
    forgetFiles()
  }

  /// The slot of an id, or the free one where it belongs.
  private func slot(of hash: UInt64) -> Int {
    var at = home(of: hash)
    while slots.base[at] > 0, hashes.base[Int(slots.base[at]) - 1] != hash {
      at = (at + 1) & (slots.count - 1)
    }
    return at
  }

  private func home(of hash: UInt64) -> Int { Int(truncatingIfNeeded: hash) & (slots.count - 1) }

  private func grow() {
    slots = PageMemory(zeroed: 2 * slots.count)
    for index in 0..<hashes.count - 1 { slots.base[slot(of: hashes.base[index])] = Int32(index + 1) }
  }

  /// Frees the slot of an id, and moves those behind it that would not be found any more.
  private func forget(_ hash: UInt64) {
    let mask = slots.count - 1
    var hole = slot(of: hash)
    var at = (hole + 1) & mask
    while slots.base[at] > 0 {
      let home = home(of: hashes.base[Int(slots.base[at]) - 1])
      if (at - home) & mask >= (at - hole) & mask {
        slots.base[hole] = slots.base[at]
        hole = at
      }
      at = (at + 1) & mask
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
