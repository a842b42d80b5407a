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
  /// By position in the window: the hash of the pair that ends there; the first one's means nothing.
  private let pairs: UnsafeMutablePointer<UInt64>
  /// The same for longer n-grams, of the last two sizes in turn.
  private let longer: (UnsafeMutablePointer<UInt64>, UnsafeMutablePointer<UInt64>)
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
    pairs = .allocate(capacity: Self.capacity)
    longer = (.allocate(capacity: Self.capacity), .allocate(capacity: Self.capacity))
    known = .allocate(capacity: Self.capacity)
    candidates = .allocate(capacity: Self.capacity)
    positions = .allocate(capacity: Self.capacity)
    found = .allocate(capacity: Self.capacity)
  }

  deinit {
    words.deallocate()
    pairs.deallocate()
    longer.0.deallocate()
    longer.1.deallocate()
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
    for i in count..<count + added {
      // A break is never known, which keeps n-grams from crossing it.
      if words[i] == 0 { known[i] = 0 }
      if i > 0 { pairs[i] = TermHash.extend(words[i - 1], with: words[i]) }
    }
    count += added
  }

  /// Takes words that have been looked up before.
  struct Filling {
    fileprivate let words: UnsafeMutablePointer<UInt64>
    fileprivate let known: UnsafeMutablePointer<UInt32>
    fileprivate let pairs: UnsafeMutablePointer<UInt64>
    fileprivate var last: UInt64
    fileprivate var count: Int

    /// How many more words have room.
    @inline(__always)
    var room: Int { NgramWindow.capacity &- count }

    /// Takes a word, or a break. There must be room.
    @inline(__always)
    mutating func put(_ word: WordPlaces.Word) {
      words[count] = word.hash
      known[count] = word.place
      pairs[count] = TermHash.extend(last, with: word.hash)
      last = word.hash
      count &+= 1
    }
  }

  /// As `fill`, for words that have been looked up before: `body` puts as many as it wants and have room.
  @inline(__always)
  func fillKnown(_ body: (inout Filling) -> Void) {
    var filling = Filling(
      words: words, known: known, pairs: pairs, last: count > 0 ? words[count - 1] : 0, count: count)
    body(&filling)
    count = filling.count
  }

  /// Looks up what the window holds and empties it.
  /// - Parameters:
  ///   - isEnd: whether the text ends here; else n-grams go on into the next window.
  ///   - body: given the n-grams of each size from 1 to `longest`, those that the last window has had left out.
  func look(atEnd isEnd: Bool, _ body: (_ size: Int, Found) -> Void) {
    let kept = isEnd ? 0 : min(longest - 1, count)
    carriedPlaces.replaceSubrange(0..., with: UnsafeBufferPointer(start: known + count - kept, count: kept))
    body(1, Found(count: count - carried, terms: words + carried, places: known + carried))
    var grams = pairs
    for size in 2..<max(2, longest + 1) {
      if size > 2 { grams = extend(grams, into: size % 2 == 0 ? longer.0 : longer.1) }
      if size < longest {
        body(size, lookUp(grams))
      } else {
        body(size, lookUpLongest(grams))
      }
    }
    carry(kept)
  }

  /// The n-grams of one word more, of all, wherever they end.
  private func extend(
    _ grams: UnsafeMutablePointer<UInt64>, into longer: UnsafeMutablePointer<UInt64>
  ) -> UnsafeMutablePointer<UInt64> {
    for i in 1..<max(1, count) { longer[i] = TermHash.extend(grams[i - 1], with: words[i]) }
    return longer
  }

  /// Looks up the n-grams whose two parts of one word less are known.
  private func lookUp(_ grams: UnsafeMutablePointer<UInt64>) -> Found {
    let packed = pack(grams)
    map.find(candidates, count: packed, into: found)
    known.update(repeating: 0, count: count)
    for k in 0..<packed { known[Int(positions[k])] = found[k] }
    return foundBehindCarried(packed)
  }

  /// The same for the longest, which no others are made of.
  private func lookUpLongest(_ grams: UnsafeMutablePointer<UInt64>) -> Found {
    let isLookedUp = longest <= longestKnown
    if isLookedUp, map.knowsParts {
      // To look up those in vain that contain something unknown takes less time than to tell which these are.
      let first = min(count, max(longest - 1, carried))
      map.find(grams + first, count: count - first, into: found)
      return Found(count: count - first, terms: grams + first, places: found)
    }
    let packed = pack(grams)
    if isLookedUp { map.find(candidates, count: packed, into: found) }
    return foundBehindCarried(packed)
  }

  /// What was packed, without that which the last window has had.
  private func foundBehindCarried(_ packed: Int) -> Found {
    var first = 0
    while first < packed, positions[first] < UInt32(carried) { first &+= 1 }
    return Found(count: packed - first, terms: candidates + first, places: found + first)
  }

  /// Gathers the n-grams whose two parts of one word less are known, and where they end. Returns their number.
  private func pack(_ grams: UnsafeMutablePointer<UInt64>) -> Int {
    let (known, candidates, positions) = (known, candidates, positions)
    var packed = 0
    var before = count > 0 ? known[0] : 0
    var i = 1
    while i < count {
      candidates[packed] = grams[i]
      positions[packed] = UInt32(truncatingIfNeeded: i)
      let here = known[i]
      packed &+= before != 0 && here != 0 ? 1 : 0
      before = here
      i &+= 1
    }
    return packed
  }

  /// Keeps the last words for the n-grams of the next window.
  private func carry(_ kept: Int) {
    for i in 0..<kept {
      words[i] = words[count - kept + i]
      pairs[i] = pairs[count - kept + i]
      known[i] = carriedPlaces[i]
    }
    count = kept
    carried = kept
  }
}
