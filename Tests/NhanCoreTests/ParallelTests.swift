import NhanCore
import Testing

@Suite struct ParallelTests {
  @Test(arguments: [1, 2, 5]) func twoCallsGiveBothResults(threads: Int) {
    let (sum, text) = Parallel.both(threads: threads) {
      (1...100).reduce(0, +)
    } _: {
      "biển đảo"
    }
    #expect(sum == 5050)
    #expect(text == "biển đảo")
  }
}
