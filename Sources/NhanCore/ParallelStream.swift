import Dispatch
import Synchronization

extension Parallel {
  /// Takes items from a source, works on them on up to `threads` threads, and gives up the results in the order of the
  /// items, in memory for a few items a thread.
  ///
  /// No thread waits for a slower one: what is done early lies ready until its turn comes, and whoever makes the turn come
  /// goes on with all that lies ready behind it.
  /// - Parameters:
  ///   - next: the next item; `nil` at the end. Called on any thread, but never twice at once.
  ///   - prepare: the first half of the work, for several items at once.
  ///   - inOrder: what has to see the items in their order, between the halves. Called as `next` is.
  ///   - work: the second half of the work. `worker` as in `forEach`.
  ///   - consume: takes the results in order. Called as `next` is.
  /// - Throws: what `work` or `consume` threw for the first item for which one of them did; later results are dropped, and
  ///   no more items taken.
  package static func stream<Item: Sendable, Prepared: Sendable, Result: Sendable>(
    threads: Int, next: () -> Item?, prepare: @Sendable (Item) -> Prepared,
    inOrder: (Prepared) -> Prepared, work: @Sendable (_ item: Prepared, _ worker: Int) throws -> Result,
    consume: (Result) throws -> Void
  ) throws {
    if threads <= 1 {
      while let item = next() { try consume(work(inOrder(prepare(item)), 0)) }
      return
    }
    // Each of them is called by one thread at a time: `next` under a lock, the others in their turn.
    nonisolated(unsafe) let (next, inOrder, consume) = (next, inOrder, consume)
    let source = Mutex(0)
    let first = Turns<Prepared>()
    let second = Turns<Swift.Result<Result, any Error>>()
    let halfDone = Mutex<[(number: Int, item: Prepared)]>([])
    let failure = Mutex<(any Error)?>(nil)
    // Counts what may be begun: first halves, so many that few items lie about, and second halves.
    let chances = DispatchSemaphore(value: itemsPerThread * threads)
    onThreads(threads) { worker in
      while true {
        chances.wait()
        if let (number, item) = halfDone.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
          second.put(Swift.Result { try work(item, worker) }, at: number) { _, result in
            if failure.withLock({ $0 == nil }) {
              do { try consume(result.get()) } catch { failure.withLock { $0 = error } }
            }
            chances.signal()
          }
          continue
        }
        let taken = source.withLock { taken -> (number: Int, item: Item)? in
          guard failure.withLock({ $0 == nil }), let item = next() else { return nil }
          taken += 1
          return (taken - 1, item)
        }
        guard let taken else {
          // So that the others see the end, too.
          chances.signal()
          return
        }
        first.put(prepare(taken.item), at: taken.number) { number, item in
          let item = inOrder(item)
          halfDone.withLock { $0.append((number, item)) }
          chances.signal()
        }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }

  /// Items of a stream that may be in hand or lie ready, for each thread.
  private static var itemsPerThread: Int { 4 }
}

/// Values that come in any order and are given up in that of their numbers, one at a time.
private final class Turns<Value: Sendable>: Sendable {
  private struct State {
    var ready: [Int: Value] = [:]
    /// The number whose turn it is.
    var turn = 0
    /// Whether a thread is giving up values.
    var isBusy = false
  }

  private let state = Mutex(State())

  /// Adds a value, and gives up to `body` all whose turn has come, unless another thread is at it, which will then see to
  /// that, too.
  func put(_ value: Value, at number: Int, _ body: (Int, Value) -> Void) {
    var isMine = state.withLock { state in
      state.ready[number] = value
      defer { state.isBusy = true }
      return !state.isBusy
    }
    while isMine {
      let due = state.withLock { state -> (number: Int, value: Value)? in
        guard let value = state.ready.removeValue(forKey: state.turn) else {
          state.isBusy = false
          return nil
        }
        state.turn += 1
        return (state.turn - 1, value)
      }
      if let due { body(due.number, due.value) } else { isMine = false }
    }
  }
}
