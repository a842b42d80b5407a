import NhanCore

/// The words of a dictionary by number, with their places in one map.
final class WordPlaces: Sendable {
  /// A word and its place, as in `Vocabulary`.
  struct Word {
    var hash: UInt64
    var place: UInt32
  }

  /// What stands for a break.
  static let lineBreak = Word(hash: 0, place: 0)

  private let words: PageMemory<Word>

  var base: UnsafePointer<Word> { UnsafePointer(words.base) }

  init(_ hashes: UnsafeBufferPointer<UInt64>, in map: ColumnMap) {
    words = PageMemory(zeroed: hashes.count, populated: true)
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: NgramWindow.capacity) { places in
      for first in stride(from: 0, to: hashes.count, by: places.count) {
        let count = min(places.count, hashes.count - first)
        map.find(hashes.baseAddress! + first, count: count, into: places.baseAddress!)
        for i in 0..<count { words.base[first + i] = Word(hash: hashes[first + i], place: places[i]) }
      }
    }
  }
}
