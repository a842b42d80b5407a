import CAllocationCount

/// How one benchmark is measured.
enum Measurement {
  /// Units of work a second: the median of several samples, each of as many runs as fill `sampleSeconds`.
  static func rate(of benchmark: Benchmark, samples: Int = 7, sampleSeconds: Double = 0.1) throws -> Double {
    let once = try seconds { try consume(benchmark.run()) }
    let runs = max(1, Int(sampleSeconds / max(once, 1e-9)))
    let times = try (0..<samples).map { _ in
      try seconds { for _ in 0..<runs { try consume(benchmark.run()) } } / Double(runs)
    }
    return Double(benchmark.amount) / times.sorted()[samples / 2]
  }

  /// Allocations of one run, after a first that fills caches and makes what is made once.
  static func allocations(of benchmark: Benchmark) throws -> Int {
    try consume(benchmark.run())
    let before = nhan_allocation_count()
    try consume(benchmark.run())
    return Int(nhan_allocation_count() - before)
  }

  /// One run, after a first as above, as a function that a profiler can be told to count by its name.
  static func collected(_ benchmark: Benchmark) throws {
    try consume(benchmark.run())
    try collectedRun(benchmark)
  }

  private static func seconds(_ body: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    let start = clock.now
    try body()
    let elapsed = clock.now - start
    return Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
  }
}

/// The function whose instructions `Benchmarks/thresholds.py` has callgrind count; it knows it by this name.
@inline(never)
func collectedRun(_ benchmark: Benchmark) throws {
  try consume(benchmark.run())
}

/// Uses a result in a way that the optimizer cannot see through.
@inline(never) @_optimize(none)
func consume(_ value: Int) {}
