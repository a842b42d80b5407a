import NhanCore

/// Finds ids that were given before, among the last 2^20 of them, in bounded memory (about 80 MB when full,
/// and the names of the files).
///
/// Ids are compared by a 64-bit hash: of a million different ones, two are taken for the same with a
/// probability of 3 in a hundred million.
public struct DuplicateDetector: Sendable {
  private struct Entry {
    var hash: UInt64
    var file: String
    /// 0 where the place has none.
    var line: Int32
  }

  private let capacity: Int
  /// The ids in the order in which they came; a ring once it is full.
  private var ring: [Entry] = []
  private var oldest = 0
  private var slots: [UInt64: Int32] = [:]

  /// Remembers the last `capacity` ids.
  public init(capacity: Int = 1 << 20) {
    precondition((1...Int(Int32.max)).contains(capacity))
    self.capacity = capacity
  }

  /// The record itself, or the failure `duplicate-id` when it is a document with an id that was there before.
  /// Records must come in their order. O(id).
  public mutating func check(_ record: Record) -> Record {
    guard case .document(let document) = record else { return record }
    let hash = Self.hash(document.id)
    if let slot = slots[hash] {
      let first = ring[Int(slot)]
      let place = Place(file: first.file, line: first.line == 0 ? nil : Int(first.line))
      return .failure(
        id: document.id, CorpusFailure.duplicateID(document.id, first: place, at: document.place))
    }
    remember(Entry(hash: hash, file: document.place.file, line: Int32(clamping: document.place.line ?? 0)))
    return record
  }

  private mutating func remember(_ entry: Entry) {
    if ring.count < capacity {
      slots[entry.hash] = Int32(ring.count)
      ring.append(entry)
      return
    }
    slots[ring[oldest].hash] = nil
    slots[entry.hash] = Int32(oldest)
    ring[oldest] = entry
    oldest = (oldest + 1) % capacity
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
