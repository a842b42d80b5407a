import CLinux
import NhanCore

/// Finds the numbers of words, one a word, in the order of their first occurrence: an open-addressing hash table. The hash 0
/// has the number 0.
///
/// One thread at a time uses it. Memory: at most 40 bytes a word.
final class WordDictionary {
  private struct Slot {
    /// 0 is free: no word has that hash.
    var hash: UInt64
    var number: UInt32
  }

  /// How many words ahead of the one numbered their slots are asked for.
  private static let lead = 40

  private var slots = PageMemory<Slot>(zeroed: 1 << 12, populated: true)
  /// The words found so far.
  let words = WordNumbers()

  /// The number of a word, the next if it is new. O(1) amortized.
  func number(of word: UInt64) -> UInt32 {
    var number: UInt32 = 0
    withUnsafePointer(to: word) { self.number($0, count: 1, into: &number) }
    return number
  }

  /// The numbers of `count` words. O(count).
  func number(
    _ words: UnsafePointer<UInt64>, count: Int, into numbers: UnsafeMutablePointer<UInt32>
  ) {
    var done = 0
    while done < count {
      done += find(words + done, count: count - done, into: numbers + done)
      if done < count { add(words[done]) }
    }
  }

  /// Writes the numbers of the words up to the first that is new. Returns how many words there are.
  private func find(
    _ words: UnsafePointer<UInt64>, count: Int, into numbers: UnsafeMutablePointer<UInt32>
  ) -> Int {
    let slots = slots.base
    let mask = self.slots.count &- 1
    for i in 0..<count {
      nhan_prefetch(slots + Int(truncatingIfNeeded: words[min(i &+ Self.lead, count &- 1)]) & mask)
      let word = words[i]
      if word == 0 {
        numbers[i] = 0
        continue
      }
      var at = Int(truncatingIfNeeded: word) & mask
      while slots[at].hash != word {
        if slots[at].hash == 0 { return i }
        at = (at &+ 1) & mask
      }
      numbers[i] = slots[at].number
    }
    return count
  }

  /// Gives a new word the next number. O(1) amortized.
  private func add(_ word: UInt64) {
    let slot = Slot(hash: word, number: words.add(word))
    if words.count * 2 > slots.count { grow() }
    insert(slot)
  }

  private func grow() {
    let smaller = slots
    slots = PageMemory(zeroed: smaller.count * 2, populated: true)
    for at in 0..<smaller.count where smaller.base[at].hash != 0 { insert(smaller.base[at]) }
  }

  private func insert(_ slot: Slot) {
    let mask = slots.count - 1
    var at = Int(truncatingIfNeeded: slot.hash) & mask
    while slots.base[at].hash != 0 { at = (at + 1) & mask }
    slots.base[at] = slot
  }
}
