import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Parallel loops over fixed chunks.
public enum Parallel {
  /// Calls `body` once for each item of `0..<count`, on up to `threads` threads.
  ///
  /// Which thread takes which item is not fixed, so a result must be stored by its item and combined in the
  /// order of the items: then it is the same at any number of threads. `worker` is in `0..<threads` and no
  /// two calls run with the same worker at once: index scratch memory by it.
  /// - Throws: the error of the lowest item that threw; every item is run nevertheless.
  public static func forEach(
    count: Int, threads: Int, _ body: @Sendable (_ item: Int, _ worker: Int) throws -> Void
  ) throws {
    if threads <= 1 || count <= 1 {
      var first: (any Error)?
      for item in 0..<count {
        do { try body(item, 0) } catch { first = first ?? error }
      }
      if let first { throw first }
      return
    }
    let next = Atomic<Int>(0)
    let failure = Mutex<(item: Int, error: any Error)?>(nil)
    onThreads(min(threads, count)) { worker in
      while true {
        let item = next.wrappingAdd(1, ordering: .relaxed).oldValue
        if item >= count { return }
        do { try body(item, worker) } catch {
          failure.withLock { if item < $0?.item ?? .max { $0 = (item, error) } }
        }
      }
    }
    if let failed = failure.withLock({ $0 }) { throw failed.error }
  }

  /// The results of `body` for each item of `0..<count`, in their order, computed on up to `threads` threads.
  public static func map<Result: Sendable>(
    count: Int, threads: Int, _ body: @Sendable (_ item: Int, _ worker: Int) throws -> Result
  ) throws -> [Result] {
    let results = Mutex([Result?](repeating: nil, count: count))
    try forEach(count: count, threads: threads) { item, worker in
      let result = try body(item, worker)
      results.withLock { $0[item] = result }
    }
    return results.withLock { $0.map { $0! } }
  }

  /// The results of two calls, made side by side where there are two threads.
  public static func both<First: Sendable, Second: Sendable>(
    threads: Int, _ first: @Sendable () -> First, _ second: @Sendable () -> Second
  ) -> (First, Second) {
    guard threads > 1 else { return (first(), second()) }
    let results = Mutex<(first: First?, second: Second?)>((nil, nil))
    onThreads(2) { call in
      if call == 0 {
        let result = first()
        results.withLock { $0.first = result }
      } else {
        let result = second()
        results.withLock { $0.second = result }
      }
    }
    return results.withLock { ($0.first!, $0.second!) }
  }

  /// Calls `body` on so many threads at once, of which the calling one is one; each call gets a number of its own.
  ///
  /// Kernels of virtual machines may put a thread on the processor of the one that wakes it, and move it away only after
  /// milliseconds, in which another processor does nothing. So the calling thread lets others go first, and these leave.
  static func onThreads(_ threads: Int, _ body: @Sendable (_ worker: Int) -> Void) {
    let (caller, processor) = (pthread_self(), ProcessorSet.current)
    DispatchQueue.concurrentPerform(iterations: threads) { worker in
      if pthread_equal(pthread_self(), caller) != 0 {
        sched_yield()
      } else if let processor {
        ProcessorSet.leave(processor)
      }
      body(worker)
    }
  }

  /// `0..<count` cut into ranges of `size`, the last maybe shorter.
  public static func chunks(of count: Int, size: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
  }
}

/// Memory that several threads write at places that never overlap.
///
/// The one place where the library hands a raw pointer across threads: whoever uses it guarantees that the
/// memory outlives the parallel loop and that no two threads touch one element.
public struct DisjointMemory<Element: ~Copyable>: @unchecked Sendable {
  /// The memory.
  public let base: UnsafeMutablePointer<Element>

  /// Wraps memory that outlives its use here.
  public init(_ base: UnsafeMutablePointer<Element>) { self.base = base }
}
