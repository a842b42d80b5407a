import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

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

  /// Calls `body` for each item of each phase on up to `threads` threads, which also bounds their number by `items`.
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
          done.wrappingAdd(1, ordering: .acquiringAndReleasing)
        }
      }
      wait(until: (phase + 1) * items)
    }
  }

  /// Spins for some microseconds, which is what the others need for the items in their hands; then they are held up, and
  /// the processor is left to them.
  private func wait(until count: Int) {
    var turns = 0
    while done.load(ordering: .acquiring) < count {
      turns += 1
      if turns > 4_000 { sched_yield() }
    }
  }
}
