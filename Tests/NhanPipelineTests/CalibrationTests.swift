import Glibc
import TestSupport
import Testing

@testable import NhanPipeline

@Suite struct CalibrationTests {
  /// Scores and outcomes drawn from a known calibration.
  private static func draw(_ truth: Calibration, _ count: Int, seed: UInt64) -> ([Double], [Bool]) {
    var generator = SeededGenerator(seed: seed)
    let scores = (0..<count).map { _ in generator.unit() * 8 - 4 }
    return (scores, scores.map { generator.unit() < truth.probability($0) })
  }

  /// The negative log-likelihood of Platt's targets, from its definition.
  private static func loss(_ calibration: Calibration, _ scores: [Double], _ positives: [Bool]) -> Double {
    let count = Double(positives.filter { $0 }.count)
    let rest = Double(positives.count) - count
    return zip(scores, positives).reduce(0) { sum, pair in
      let target = pair.1 ? (count + 1) / (count + 2) : 1 / (rest + 2)
      let p = calibration.probability(pair.0)
      return sum - target * log(p) - (1 - target) * log(1 - p)
    }
  }

  @Test(arguments: [
    Calibration(slope: 1, intercept: 0), Calibration(slope: 2.5, intercept: -1),
    Calibration(slope: 0.4, intercept: 0.7), Calibration(slope: 1.2, intercept: 3),
  ])
  func plattRecoversWhatTheSampleWasDrawnFrom(truth: Calibration) {
    let (scores, positives) = Self.draw(truth, 20_000, seed: 11)
    let found = Calibration.platt(scores, positives)
    #expect(abs(found.slope - truth.slope) < 0.12 * max(1, truth.slope), "\(found)")
    #expect(abs(found.intercept - truth.intercept) < 0.2, "\(found)")
  }

  @Test(arguments: [UInt64(1), 2, 3, 4]) func noNeighbourOfTheResultIsBetter(seed: UInt64) {
    let (scores, positives) = Self.draw(Calibration(slope: 1.7, intercept: -0.5), 80, seed: seed)
    let found = Calibration.platt(scores, positives)
    let least = Self.loss(found, scores, positives)
    for step in [-0.05, -0.01, 0.01, 0.05] {
      for (a, b) in [(step, 0), (0, step), (step, step), (step, -step)] {
        let other = Calibration(slope: found.slope + a, intercept: found.intercept + b)
        #expect(Self.loss(other, scores, positives) >= least)
      }
    }
  }

  @Test func probabilitiesRiseWithTheScore() {
    let (scores, positives) = Self.draw(Calibration(slope: 0.8, intercept: 1), 200, seed: 3)
    let found = Calibration.platt(scores, positives)
    let probabilities = stride(from: -30.0, through: 30, by: 0.25).map(found.probability)
    #expect(zip(probabilities, probabilities.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(probabilities.allSatisfy { (0...1).contains($0) })
    #expect(probabilities.first! < probabilities.last!)
  }

  @Test func scoresThatRankTheWrongWayRoundSayNothing() {
    let scores = (0..<100).map { Double($0) / 50 - 1 }
    let found = Calibration.platt(scores, scores.map { $0 < -0.4 })
    #expect(found.slope == 0)
    #expect(abs(found.probability(5) - 31.0 / 102) < 1e-12)
  }

  @Test func degenerateClasses() {
    #expect(Calibration.platt([1, -2, 3], [false, false, false]) == .never)
    #expect(Calibration.platt([], []) == .never)
    #expect(Calibration.platt([1, -2, 3], [true, true, true]) == .identity)
    #expect(Calibration.never.probability(1e9) < 1e-40)
    #expect(Calibration.identity.probability(0) == 0.5)
    // One score for all, and scores that separate perfectly, must end too.
    for (scores, positives) in [
      ([Double](repeating: 2, count: 10), (0..<10).map { $0 < 3 }),
      ((0..<50).map { $0 < 25 ? -1e6 : 1e6 }, (0..<50).map { $0 >= 25 }),
    ] {
      let found = Calibration.platt(scores, positives)
      #expect(found.slope.isFinite && found.intercept.isFinite)
      #expect(scores.map(found.probability).allSatisfy { (0...1).contains($0) })
    }
    let even = Calibration.platt([Double](repeating: 2, count: 10), (0..<10).map { $0 < 3 })
    // The share of positives, drawn in one way or the other: (3 · 4/5 + 7 · 1/9) / 10, or 4 / 12.
    #expect((0.317...0.334).contains(even.probability(2)))
  }
}

@Suite struct SoftmaxTests {
  @Test func probabilitiesAreThoseOfTheDefinition() {
    var generator = SeededGenerator(seed: 4)
    for _ in 0..<100 {
      let scores = (0..<4).map { _ in generator.unit() * 10 - 5 }
      let slope = 0.1 + 3 * generator.unit()
      let found = Softmax.probabilities(scores, slope: slope)
      let sum = scores.reduce(0) { $0 + exp($1 * slope) }
      for (p, score) in zip(found, scores) { #expect(abs(p - exp(score * slope) / sum) < 1e-12) }
      #expect(abs(found.reduce(0, +) - 1) < 1e-12)
    }
  }

  @Test func doesNotOverflow() {
    #expect(Softmax.probabilities([1e6, 0, -1e6], slope: 20) == [1, 0, 0])
    #expect(Softmax.probabilities([-1e6, -1e6], slope: 20) == [0.5, 0.5])
  }

  @Test(arguments: [0.3, 1.0, 4.0]) func slopeRecoversTheTemperatureOfTheSample(truth: Double) {
    var generator = SeededGenerator(seed: 9)
    var scores: [[Double]] = []
    var targets: [Int] = []
    for _ in 0..<5000 {
      let row = (0..<3).map { _ in generator.unit() * 4 - 2 }
      let shares = Softmax.probabilities(row, slope: truth)
      var rest = generator.unit()
      let target = shares.firstIndex { share in
        rest -= share
        return rest < 0
      }
      scores.append(row)
      targets.append(target ?? 2)
    }
    let found = Softmax.slope(scores, targets)
    #expect(abs(found - truth) < 0.1 * max(1, truth), "\(found)")
  }

  @Test func slopeStaysInItsBoundsWhenTheSampleHasNone() {
    #expect(abs(Softmax.slope([[1, 0], [0, 1]], [0, 1]) - 20) < 0.1)
    #expect(abs(Softmax.slope([[1, 0], [0, 1]], [1, 0]) - 0.05) < 0.01)
  }
}
