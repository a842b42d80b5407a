import NhanCore
import Synchronization
import Testing

@Suite struct ParallelStreamTests {
  private struct Failure: Error, Equatable {
    let item: Int
  }

  /// What went through the stages of a stream of numbers.
  private final class Trace: Sendable {
    let inHand = Mutex(0)
    let mostInHand = Mutex(0)
  }

  /// Squares `0..<count`, each thread at its own pace, and adds up the numbers that came before between the halves.
  private static func squares(
    below count: Int, threads: Int, trace: Trace = Trace(), failing: Set<Int> = []
  ) throws -> [Int] {
    var (taken, before, results) = (0, 0, [Int]())
    try Parallel.stream(threads: threads) { () -> Int? in
      if taken == count { return nil }
      taken += 1
      trace.inHand.withLock { inHand in
        inHand += 1
        trace.mostInHand.withLock { $0 = max($0, inHand) }
      }
      return taken - 1
    } prepare: { item in
      // Every third item takes longer, so that the next ones overtake it.
      item % 3 == 0 ? (0..<2000).reduce(item) { ($0 &* 31 &+ $1) & 1 } * 0 + item : item
    } inOrder: { item in
      before += 1
      return before == item + 1 ? item : -1
    } work: { item, worker in
      #expect((0..<threads).contains(worker))
      if failing.contains(item) { throw Failure(item: item) }
      return item * item
    } consume: { result in
      trace.inHand.withLock { $0 -= 1 }
      results.append(result)
    }
    return results
  }

  @Test(arguments: [1, 2, 3, 8])
  func givesResultsInTheOrderOfTheItems(threads: Int) throws {
    for count in [0, 1, 2, 7, 500] {
      #expect(try Self.squares(below: count, threads: threads) == (0..<count).map { $0 * $0 })
    }
  }

  @Test(arguments: [2, 3, 8])
  func holdsFewItemsAtOnce(threads: Int) throws {
    let trace = Trace()
    _ = try Self.squares(below: 2000, threads: threads, trace: trace)
    #expect(trace.mostInHand.withLock { $0 } <= 4 * threads)
  }

  @Test(arguments: [1, 2, 8])
  func throwsTheErrorOfTheFirstItem(threads: Int) {
    for failing in [[0], [3, 5], [499], [10, 499]] as [Set<Int>] {
      #expect(throws: Failure(item: failing.min()!)) {
        try Self.squares(below: 500, threads: threads, failing: failing)
      }
    }
  }

  @Test(arguments: [1, 2, 8])
  func consumesNothingBehindAnError(threads: Int) {
    var consumed: [Int] = []
    var item = -1
    #expect(throws: Failure(item: 20)) {
      try Parallel.stream(threads: threads) { () -> Int? in
        item += 1
        return item < 1000 ? item : nil
      } prepare: {
        $0
      } inOrder: {
        $0
      } work: { item, _ in
        item
      } consume: { result in
        if result == 20 { throw Failure(item: 20) }
        consumed.append(result)
      }
    }
    #expect(consumed == Array(0..<20))
    #expect(item < 1000)
  }
}
