import NhanCore
import NhanEvaluation
import Testing

@Suite struct BootstrapTests {
  @Test func splitMix64IsTheReference() {
    // The first numbers of the reference implementation in C for seed 1234567.
    var generator = SplitMix64(seed: 1_234_567)
    #expect(
      (0..<3).map { _ in generator.next() } == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
      ])
  }

  @Test func resamplesKeepEverySupport() throws {
    let data = try Sample.random(seed: 9, documents: 70, labels: 3)
    let resampler = Resampler(data, rows: Array(data.documents.indices), seed: 4)
    var weights = [Int32](repeating: 0, count: 70)
    var seen: Set<[Int32]> = []
    for resample in 0..<20 {
      weights.withUnsafeMutableBufferPointer { resampler.draw(resample, into: $0) }
      seen.insert(weights)
      #expect(weights.reduce(0, +) == 70)
      for label in 0..<3 {
        let rows = data.documents.indices.filter { data.isActual($0, label) }
        #expect(rows.reduce(0) { $0 + Int(weights[$1]) } == rows.count)
      }
    }
    #expect(seen.count == 20)
  }

  /// A document's weight has mean 1 and a standard deviation below 1, its mean of 4,000 one below 0.016.
  @Test func everyDocumentIsDrawnAlike() throws {
    let data = try Sample.random(seed: 9, documents: 30, labels: 2)
    let resampler = Resampler(data, rows: Array(data.documents.indices), seed: 4)
    var weights = [Int32](repeating: 0, count: 30)
    var sums = [Int](repeating: 0, count: 30)
    for resample in 0..<4000 {
      weights.withUnsafeMutableBufferPointer { resampler.draw(resample, into: $0) }
      for row in 0..<30 { sums[row] += Int(weights[row]) }
    }
    #expect(sums.allSatisfy { abs($0 - 4000) < 320 })
  }

  @Test func sameSeedGivesTheSameIntervalsAtAnyNumberOfThreads() throws {
    let data = try Sample.random(seed: 2, documents: 80, labels: 2)
    func figures(seed: Int, threads: Int) throws -> Figures {
      var options = EvaluationOptions()
      options.bootstrap = BootstrapOptions(resamples: 100, seed: seed, threads: threads)
      return try EvaluationReport(data, options).figures
    }
    #expect(try figures(seed: 1, threads: 1) == figures(seed: 1, threads: 3))
    #expect(try figures(seed: 1, threads: 1) != figures(seed: 2, threads: 1))
  }

  @Test func theValueLiesInItsInterval() throws {
    let figures = try Sample.report(Sample.random(seed: 3, documents: 200, labels: 3), resamples: 300).figures
    for metric in [OverallMetric.microF1, .macroF1, .weightedF1, .subsetAccuracy, .hammingLoss, .brier] {
      let value = try #require(figures[metric].value)
      let interval = try #require(figures[metric].interval)
      #expect(interval.low < value && value < interval.high)
    }
  }

  /// Recall is 0.8 in the population; 95 % intervals of samples from it must hold that about 95 times of 100.
  @Test func intervalsCoverTheTruthAsOftenAsTheySay() throws {
    var generator = SplitMix64(seed: 11)
    var covered = 0
    for _ in 0..<120 {
      let data = try Sample.oneLabel((0..<150).map { _ in (true, generator.next(below: 10) < 8) })
      let interval = try #require(try Sample.report(data, resamples: 150).figures[0, .recall].interval)
      if interval.low <= 0.8 && 0.8 <= interval.high { covered += 1 }
    }
    #expect((105...119).contains(covered))
  }

  /// With one document a stratum, every resample is the sample.
  @Test func withoutFreedomTheIntervalIsThePoint() throws {
    let data = try Sample.oneLabel([(true, true), (false, true)])
    let measurement = try Sample.report(data).figures[.microPrecision]
    #expect(measurement == Measurement(value: 0.5, interval: Interval(low: 0.5, high: 0.5)))
  }

  @Test(arguments: [0.5, 0.9, 0.95])
  func intervalsAreThePercentilesOfTheResamples(level: Double) throws {
    let data = try Sample.random(seed: 13, documents: 40, labels: 2)
    let rows = Array(data.documents.indices)
    let resampler = Resampler(data, rows: rows, seed: 3)
    let kernel = MetricKernel(data, rows: rows, isSingleLabel: false)
    var weights = [Int32](repeating: 0, count: 40)
    var resampled: [[Double]] = []
    for resample in 0..<37 {
      var values = [Double](repeating: 0, count: kernel.metricCount)
      weights.withUnsafeMutableBufferPointer { resampler.draw(resample, into: $0) }
      weights.withUnsafeBufferPointer { weights in
        values.withUnsafeMutableBufferPointer { kernel.measure(weights: weights, into: $0) }
      }
      resampled.append(values)
    }
    var options = EvaluationOptions()
    options.bootstrap = BootstrapOptions(resamples: 37, level: level, seed: 3)
    let figures = try EvaluationReport(data, options).figures
    for (index, metric) in Metric.all(labelCount: 2).enumerated() where metric != .overall(.accuracy) {
      let sorted = resampled.map { $0[index] }.sorted()
      func percentile(_ share: Double) -> Double {
        let place = share * 36
        let below = sorted[Int(place)], above = sorted[min(Int(place) + 1, 36)]
        return below * (1 - (place - place.rounded(.down))) + above * (place - place.rounded(.down))
      }
      let interval = try #require(figures[metric].interval)
      #expect(isClose(interval.low, percentile((1 - level) / 2)))
      #expect(isClose(interval.high, percentile((1 + level) / 2)))
    }
  }

  @Test func noResamplesNoIntervals() throws {
    let figures = try Sample.report(Sample.random(seed: 3, documents: 20, labels: 1), resamples: 0).figures
    #expect(figures[.microF1].value != nil)
    #expect(figures[.microF1].interval == nil)
  }

  @Test func badOptionsAreRefused() throws {
    let data = try Sample.random(seed: 3, documents: 5, labels: 1)
    var options = EvaluationOptions()
    options.bootstrap.resamples = -1
    #expect(nhanError { _ = try EvaluationReport(data, options) }?.code == "bad-resamples")
    options.bootstrap = BootstrapOptions(level: 1)
    #expect(nhanError { _ = try EvaluationReport(data, options) }?.code == "bad-level")
  }
}
