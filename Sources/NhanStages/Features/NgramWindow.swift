/// Looks up the n-grams of a running text, a window of words at a time: first all words of the window, then the pairs
/// whose two words are known, then the triples whose two pairs are known, and so on.
///
/// An n-gram cannot be in more documents than the shorter ones inside it, so one that contains an unknown one is itself
/// unknown and need not be looked up. That saves most look-ups, and the look-ups of a level do not wait for each other.
///
/// Memory: some hundred kilobytes, whatever the text. O(words · longest).
final class NgramWindow {
  /// The n-grams of one size in the window that were looked up.
  struct Found {
    let count: Int
    let terms: UnsafePointer<UInt64>
    /// By n-gram: its place, as in `Vocabulary`; undefined for sizes that are not looked up.
    let places: UnsafePointer<UInt32>
  }

  /// Words in a window. Its arrays together fit the second-level cache.
  static let capacity = 2048

  private let map: ColumnMap
  private let longest: Int
  /// Up to this size n-grams are looked up; the next size is only gathered.
  private let longestKnown: Int
  /// The hashes of the window's words; 0 is a break, which no n-gram crosses.
  private let words: UnsafeMutablePointer<UInt64>
  private var count = 0
  /// How many words at the front were in the last window, too, and serve only to begin n-grams.
  private var carried = 0
  /// The places of the last words, kept for the next window.
  private var carriedPlaces: [UInt32] = []
  /// By position in the window: the hash of the n-gram that ends there, of the last two sizes in turn.
  private let grams: (UnsafeMutablePointer<UInt64>, UnsafeMutablePointer<UInt64>)
  /// By position: the place of the n-gram that ends there; 0 where none was looked up.
  private let known: UnsafeMutablePointer<UInt32>
  /// The n-grams to look up, closely packed: hashes, where they end, and what was found.
  private let candidates: UnsafeMutablePointer<UInt64>
  private let positions: UnsafeMutablePointer<UInt32>
  private let found: UnsafeMutablePointer<UInt32>

  /// A window over n-grams of up to `longest` words.
  /// - Parameter longestKnown: the longest that are looked up, if those of one word more are only to be gathered.
  init(_ map: ColumnMap, longest: Int, longestKnown: Int? = nil) {
    self.map = map
    self.longest = longest
    self.longestKnown = longestKnown ?? longest
    words = .allocate(capacity: Self.capacity)
    grams = (.allocate(capacity: Self.capacity), .allocate(capacity: Self.capacity))
    known = .allocate(capacity: Self.capacity)
    candidates = .allocate(capacity: Self.capacity)
    positions = .allocate(capacity: Self.capacity)
    found = .allocate(capacity: Self.capacity)
  }

  deinit {
    words.deallocate()
    grams.0.deallocate()
    grams.1.deallocate()
    known.deallocate()
    candidates.deallocate()
    positions.deallocate()
    found.deallocate()
  }

  /// Fills the window on with the words, and 0 for each break, that `body` writes: given where to and how many have room, it
  /// returns how many it wrote.
  func fill(_ body: (UnsafeMutablePointer<UInt64>, Int) -> Int) {
    let added = body(words + count, Self.capacity - count)
    map.find(words + count, count: added, into: known + count)
    // A break is never known, which keeps n-grams from crossing it.
    for i in count..<count + added { known[i] = words[i] == 0 ? 0 : known[i] }
    count += added
  }

  /// As `fill`, for words that have been looked up before: `body` writes their places, too, and the place 0 for a break.
  @inline(__always)
  func fillKnown(_ body: (UnsafeMutablePointer<UInt64>, UnsafeMutablePointer<UInt32>, Int) -> Int) {
    count += body(words + count, known + count, Self.capacity - count)
  }

  /// Looks up what the window holds and empties it.
  /// - Parameters:
  ///   - isEnd: whether the text ends here; else n-grams go on into the next window.
  ///   - body: given the n-grams of each size from 1 to `longest`, those that the last window has had left out.
  func look(atEnd isEnd: Bool, _ body: (_ size: Int, Found) -> Void) {
    let kept = isEnd ? 0 : min(longest - 1, count)
    carriedPlaces.replaceSubrange(0..., with: UnsafeBufferPointer(start: known + count - kept, count: kept))
    body(1, Found(count: count - carried, terms: words + carried, places: known + carried))
    var shorter = words
    var size = 2
    while size < longest {
      let gram = size % 2 == 0 ? grams.0 : grams.1
      let packed = pack(shorter, into: gram)
      map.find(candidates, count: packed, into: found)
      known.update(repeating: 0, count: count)
      for k in 0..<packed { known[Int(positions[k])] = found[k] }
      var first = 0
      while first < packed, positions[first] < UInt32(carried) { first &+= 1 }
      body(size, Found(count: packed - first, terms: candidates + first, places: found + first))
      shorter = gram
      size += 1
    }
    if longest > 1 {
      let isLookedUp = longest <= longestKnown
      let gathered = isLookedUp && map.knowsParts ? gatherLongest(shorter) : packLongest(shorter)
      if isLookedUp { map.find(candidates, count: gathered, into: found) }
      body(longest, Found(count: gathered, terms: candidates, places: found))
    }
    carry(kept)
  }

  /// Gathers the n-grams whose two parts of one word less are known, and where they end. Returns their number.
  private func pack(_ shorter: UnsafeMutablePointer<UInt64>, into gram: UnsafeMutablePointer<UInt64>) -> Int {
    var packed = 0
    var before = count > 0 ? known[0] : 0
    var i = 1
    while i < count {
      let term = TermHash.extend(shorter[i &- 1], with: words[i])
      gram[i] = term
      candidates[packed] = term
      positions[packed] = UInt32(truncatingIfNeeded: i)
      let here = known[i]
      packed &+= before != 0 && here != 0 ? 1 : 0
      before = here
      i &+= 1
    }
    return packed
  }

  /// The same for the longest, which no others are made of, without those that the last window has had.
  private func packLongest(_ shorter: UnsafeMutablePointer<UInt64>) -> Int {
    let (words, known, candidates) = (words, known, candidates)
    var packed = 0
    var i = max(1, carried)
    var before = i <= count ? known[i &- 1] : 0
    while i < count {
      candidates[packed] = TermHash.extend(shorter[i &- 1], with: words[i])
      let here = known[i]
      packed &+= before != 0 && here != 0 ? 1 : 0
      before = here
      i &+= 1
    }
    return packed
  }

  /// The same without leaving out any, where the look-up that follows will: it takes less time than to tell which.
  private func gatherLongest(_ shorter: UnsafeMutablePointer<UInt64>) -> Int {
    let (words, candidates) = (words, candidates)
    let first = max(1, carried)
    if count <= first { return 0 }
    for i in first..<count { candidates[i &- first] = TermHash.extend(shorter[i &- 1], with: words[i]) }
    return count - first
  }

  /// Keeps the last words for the n-grams of the next window.
  private func carry(_ kept: Int) {
    for i in 0..<kept {
      words[i] = words[count - kept + i]
      known[i] = carriedPlaces[i]
    }
    count = kept
    carried = kept
  }
}
