import Dispatch
import Synchronization

/// Many short phases of parallel work, one after the other, on one set of threads.
///
/// Every phase has the same number of items, and all items of a phase are done before the next begins. An item belongs to
/// nobody: a thread prefers the same items in every phase, for its cache, and then takes what others have not begun. So
/// a thread that the system holds up, or never starts, delays at most the item that it has in hand.
package final class PhasedWork: Sendable {
  private let items: Int
  private let phases: Int
  /// By item: how many phases of it have been taken.
  private let taken: DisjointMemory<Atomic<Int>>
  /// Items done, over all phases.
  private let done = Atomic<Int>(0)
  /// Threads that sleep, or are about to, until a phase ends.
  private let sleepers = Atomic<Int>(0)
  private let alarm = DispatchSemaphore(value: 0)

  private init(phases: Int, items: Int) {
    self.items = items
    self.phases = phases
    taken = DisjointMemory(.allocate(capacity: items))
    for item in 0..<items { (taken.base + item).initialize(to: Atomic(0)) }
  }

  deinit {
    taken.base.deinitialize(count: items)
    taken.base.deallocate()
  }

  /// Calls `body` for each item of each phase, on up to `threads` threads and as many as there are items.
  package static func run(
    phases: Int, items: Int, threads: Int, _ body: @Sendable (_ phase: Int, _ item: Int) -> Void
  ) {
    let threads = min(threads, items)
    if threads <= 1 {
      for phase in 0..<phases { for item in 0..<items { body(phase, item) } }
      return
    }
    let work = PhasedWork(phases: phases, items: items)
    try? Parallel.forEach(count: threads, threads: threads) { thread, _ in
      work.run(preferring: thread * items / threads, body)
    }
  }

  private func run(preferring first: Int, _ body: (Int, Int) -> Void) {
    for phase in 0..<phases {
      for offset in 0..<items {
        let item = (first + offset) % items
        let mark = taken.base + item
        if mark.pointee.load(ordering: .relaxed) == phase,
          mark.pointee.compareExchange(expected: phase, desired: phase + 1, ordering: .acquiringAndReleasing)
            .exchanged
        {
          body(phase, item)
          finish(until: (phase + 1) * items)
        }
      }
      wait(until: (phase + 1) * items)
    }
  }

  /// Counts an item as done, and wakes the sleepers if it was the last before `count`.
  private func finish(until count: Int) {
    guard done.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue == count,
      sleepers.load(ordering: .sequentiallyConsistent) > 0
    else { return }
    for _ in 0..<sleepers.exchange(0, ordering: .sequentiallyConsistent) { alarm.signal() }
  }

  /// Spins for some ten microseconds, in which the others mostly end what they have in hand. If they do not, they are
  /// held up, and the processor is theirs. (Giving it up without sleeping would keep the threads on one processor: none
  /// of them would ever wait long enough to be moved.)
  private func wait(until count: Int) {
    for _ in 0..<20_000 where done.load(ordering: .acquiring) >= count { return }
    while done.load(ordering: .sequentiallyConsistent) < count {
      sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
      // The last item may have been done before we could be seen to sleep. Then nobody wakes us now, but the end of the
      // next phase leaves a signal too many, for which this is a loop.
      if done.load(ordering: .sequentiallyConsistent) < count { alarm.wait() }
    }
  }
}
