import NhanCore
import Synchronization
import Testing

@Suite struct PhasedWorkTests {
  /// Every item sees all items of the phase before, and none of the next.
  @Test(arguments: [1, 2, 3, 5, 20], [1, 2, 8]) func phasesFollowEachOther(threads: Int, items: Int) {
    let phases = 300
    let done = (0..<phases * items).map { _ in Flag() }
    let isInOrder = Flag(true)
    PhasedWork.run(phases: phases, items: items, threads: threads) { phase, item in
      if phase > 0 {
        for other in 0..<items where done[(phase - 1) * items + other].count != 1 { isInOrder.lower() }
      }
      if phase + 1 < phases {
        for other in 0..<items where done[(phase + 1) * items + other].count != 0 { isInOrder.lower() }
      }
      // Items of uneven size, so that threads wait for each other, now and then for long.
      var sum = 0
      for i in 0..<(item * phase % 7 == 3 ? 20_000 : 10) { sum &+= i ^ phase }
      done[phase * items + item].raise(sum)
    }
    #expect(isInOrder.count == 1)
    #expect(done.allSatisfy { $0.count == 1 })
  }

  @Test func nothingIsDoneWithoutPhasesOrItems() {
    let calls = Flag()
    PhasedWork.run(phases: 0, items: 3, threads: 2) { _, _ in calls.raise(0) }
    PhasedWork.run(phases: 3, items: 0, threads: 2) { _, _ in calls.raise(0) }
    #expect(calls.count == 0)
  }

  private final class Flag: Sendable {
    private let value: Atomic<Int>
    private let waste = Atomic<Int>(0)

    init(_ isRaised: Bool = false) { value = Atomic(isRaised ? 1 : 0) }

    var count: Int { value.load(ordering: .relaxed) }

    func raise(_ waste: Int) {
      self.waste.store(waste, ordering: .relaxed)
      value.wrappingAdd(1, ordering: .relaxed)
    }

    func lower() { value.store(0, ordering: .relaxed) }
  }
}
