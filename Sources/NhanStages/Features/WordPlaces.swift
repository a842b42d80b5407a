import NhanCore

/// Words by number, with their places in one map: looked up once each, however often they occur.
///
/// One thread at a time updates it, while no other reads.
final class WordPlaces: @unchecked Sendable {
  /// A word and its place, as in `Vocabulary`.
  struct Word {
    var hash: UInt64
    var place: UInt32
  }

  let words: WordNumbers
  private var generation: Int
  private let map: ColumnMap
  private let found = PageArray<Word>()

  init(_ words: WordNumbers, in map: ColumnMap) {
    self.words = words
    generation = words.generation
    self.map = map
    update()
  }

  /// By number, up to those that there were at the last update. That of a break has the hash 0 and the place 0.
  var base: UnsafePointer<Word> { UnsafePointer(found.base) }

  /// Looks up what has got a number since. O(new numbers).
  func update() {
    words.bring(found, from: &generation)
    if found.count == words.count { return }
    let hashes = words.hashes[found.count...]
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: NgramWindow.capacity) { places in
      for first in stride(from: hashes.startIndex, to: hashes.endIndex, by: places.count) {
        let some = UnsafeBufferPointer(rebasing: hashes[first...].prefix(places.count))
        map.find(some.baseAddress!, count: some.count, into: places.baseAddress!)
        found.append(upTo: some.count) { target in
          for i in 0..<some.count { target[i] = Word(hash: some[i], place: some[i] == 0 ? 0 : places[i]) }
          return some.count
        }
      }
    }
  }
}
