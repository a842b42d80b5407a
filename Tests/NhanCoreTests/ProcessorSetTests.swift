import Dispatch
import Glibc
import Synchronization
import Testing

@testable import NhanCore

@Suite struct ProcessorSetTests {
  private let usual: ProcessorSet

  init() throws { usual = try #require(ProcessorSet.ofThisThread, "the kernel tells where a thread may run") }

  @Test func aSetTellsItsProcessors() throws {
    let current = try #require(ProcessorSet.current)
    #expect(usual.count > 0)
    // One of them, and so there is one less without it; which is so only once.
    let others = usual.removing(current)
    #expect(others.count == usual.count - 1)
    #expect(others.removing(current) == others)
  }

  @Test func threadsOfALoopMayRunAnywhere() {
    let seen = Mutex<[ProcessorSet?]>([])
    let group = DispatchGroup()
    for _ in 0..<20 {
      Parallel.onThreads(4) { _ in
        usleep(200)
        seen.withLock { $0.append(ProcessorSet.ofThisThread) }
      }
      DispatchQueue.global().async(group: group) { seen.withLock { $0.append(ProcessorSet.ofThisThread) } }
    }
    group.wait()
    #expect(seen.withLock { $0 } == Array(repeating: usual, count: 20 * 5))
  }

  @Test func aThreadThatLeavesIsElsewhereAtOnceAndMayComeBack() throws {
    guard usual.count > 1 else { return }
    var moves = 0
    for _ in 0..<20 {
      let current = try #require(ProcessorSet.current)
      ProcessorSet.leave(current)
      if ProcessorSet.current != current { moves += 1 }
    }
    // Now and then the kernel moves it, too.
    #expect(moves > 10)
    #expect(ProcessorSet.ofThisThread == usual)
  }

  @Test func theOnlyProcessorIsNotLeft() throws {
    let current = try #require(ProcessorSet.current)
    let only = (0..<8_192).filter { $0 != current }.reduce(usual) { $0.removing($1) }
    only.takeThisThread()
    defer { usual.takeThisThread() }
    ProcessorSet.leave(current)
    #expect(ProcessorSet.ofThisThread == only)
    #expect(ProcessorSet.current == current)
  }
}
