import NhanCore
import NhanEvaluation
import TestSupport
import Testing

@testable import NhanPipeline

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite struct ResampledThresholdTests {
  private static func selection(resamples: Int, worthwhile: Double = 0, beta: Double = 1, recall: Double = 0)
    -> ThresholdSelection
  {
    ThresholdSelection(
      beta: beta, minimumPrecision: 0, minimumRecall: recall, resamples: resamples, worthwhile: worthwhile)
  }

  /// Noisy probabilities; few levels make many ties.
  private static func sample(_ count: Int, levels: Int, _ generator: inout SeededGenerator) -> (
    probabilities: [Double], positives: [Bool]
  ) {
    let probabilities = (0..<count).map { _ in Double(1 + generator.below(levels)) / Double(levels + 1) }
    var positives = probabilities.map { generator.unit() < $0 * $0 }
    positives[generator.below(count)] = true
    return (probabilities, positives)
  }

  private static func logOdds(_ p: Double) -> Double { log(p / (1 - p)) }

  /// The log-odds of the best cut of each resample: a weight drawn for every document, every cut tried.
  private static func naive(
    _ probabilities: [Double], _ positives: [Bool], beta: Double, resamples: Int,
    _ generator: inout SeededGenerator
  ) -> [Double] {
    let levels = Set(probabilities).sorted(by: >)
    let cuts = levels.indices.map { i in (levels[i] + (i + 1 < levels.count ? levels[i + 1] : 0)) / 2 }
    return (0..<resamples).map { _ in
      let weights = probabilities.map { _ in -log(1 - generator.unit()) }
      func sum(_ isCounted: (Int) -> Bool) -> Double {
        weights.indices.reduce(0) { $0 + (isCounted($1) ? weights[$1] : 0) }
      }
      let best = cuts.map { cut in
        let hits = sum { probabilities[$0] >= cut && positives[$0] }
        let given = sum { probabilities[$0] >= cut }
        let f = ThresholdSelection.f(hits / given, hits / sum { positives[$0] }, beta: beta)
        return (cut: cut, f: f)
      }.max { $0.f < $1.f }!
      return logOdds(best.cut)
    }
  }

  @Test(arguments: [0.5, 1, 2]) func isTheMeanOverResamplesDrawnDocumentByDocument(beta: Double) {
    var generator = SeededGenerator(seed: 71)
    var differs = false
    for round in 0..<8 {
      let (probabilities, positives) = Self.sample(
        12 + 4 * round, levels: round % 2 == 0 ? 8 : 10_000, &generator)
      let slow = Self.naive(probabilities, positives, beta: beta, resamples: 1000, &generator)
      let mean = slow.reduce(0, +) / 1000
      let variance = slow.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 1000
      let fast = Self.selection(resamples: 4000, beta: beta).choose(probabilities, positives)
      // Four standard errors of the difference.
      let error = (variance * (1 / 1000.0 + 1 / 4000.0)).squareRoot()
      #expect(abs(Self.logOdds(fast) - mean) <= 4 * error + 1e-9)
      let plain = Self.selection(resamples: 0, beta: beta).choose(probabilities, positives)
      differs = differs || abs(Self.logOdds(plain) - mean) > 8 * error
    }
    #expect(differs)
  }

  @Test func isThePlainThresholdWhereNoResampleDisagrees() {
    // All with the label above all without it; and a single one.
    let separate = ([0.9, 0.8, 0.3, 0.1], [true, true, false, false])
    let single = ([0.9, 0.8, 0.3, 0.1], [false, true, false, false])
    for (probabilities, positives) in [separate, single] {
      let plain = Self.selection(resamples: 0).choose(probabilities, positives)
      let mean = Self.selection(resamples: 25).choose(probabilities, positives)
      #expect(abs(plain - mean) < 1e-12)
      #expect(abs(plain - 0.55) < 1e-12)
    }
  }

  @Test func isTheSameAtEveryCall() {
    var generator = SeededGenerator(seed: 72)
    let (probabilities, positives) = Self.sample(200, levels: 10_000, &generator)
    let selection = Self.selection(resamples: 20)
    #expect(selection.choose(probabilities, positives) == selection.choose(probabilities, positives))
    #expect(
      selection.choose(probabilities, positives)
        != Self.selection(resamples: 21).choose(probabilities, positives))
  }

  /// What the mean is for: thresholds of small samples that are nearer to the best for all documents.
  @Test func isBetterForDocumentsNotSeen() {
    var generator = SeededGenerator(seed: 73)
    func draw(_ count: Int) -> (probabilities: [Double], positives: [Bool]) {
      let probabilities = (0..<count).map { _ in pow(generator.unit(), 6) * 0.98 + 0.01 }
      return (probabilities, probabilities.map { generator.unit() < $0 })
    }
    let all = draw(20_000)
    func f(_ threshold: Double) -> Double {
      let given = all.probabilities.map { $0 >= threshold }
      let hits = Double(zip(given, all.positives).count { $0 && $1 })
      return 2 * hits / Double(given.count { $0 } + all.positives.count { $0 })
    }
    var gains: [Double] = []
    while gains.count < 60 {
      let (probabilities, positives) = draw(60)
      guard positives.contains(true) else { continue }
      let plain = Self.selection(resamples: 0).choose(probabilities, positives)
      let mean = Self.selection(resamples: 30).choose(probabilities, positives)
      gains.append(f(mean) - f(plain))
    }
    let mean = gains.reduce(0, +) / 60
    let error = (gains.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (60 * 59)).squareRoot()
    #expect(mean > 2 * error)
  }

  @Test func keepsFloorsAndGivesUpAsWithoutResamples() {
    var generator = SeededGenerator(seed: 74)
    for _ in 0..<40 {
      let (probabilities, positives) = Self.sample(30, levels: 50, &generator)
      #expect(
        Self.selection(resamples: 30, recall: 0.9).choose(probabilities, positives)
          == Self.selection(resamples: 0, recall: 0.9).choose(probabilities, positives))
      let never = Self.selection(resamples: 30, worthwhile: 1).choose(probabilities, positives)
      #expect(never >= probabilities.max()! || Self.isPerfect(probabilities, positives))
    }
  }

  private static func isPerfect(_ probabilities: [Double], _ positives: [Bool]) -> Bool {
    let lowest = zip(probabilities, positives).filter(\.1).map(\.0).min()!
    return zip(probabilities, positives).allSatisfy { $0.1 || $0.0 < lowest }
  }

  @Test func stepsAreTheCutsBelowDocumentsWithTheLabel() {
    var threshold = ResampledThreshold()
    threshold.add(positives: 0, negatives: 2, threshold: 0.9)
    threshold.add(positives: 1, negatives: 1, threshold: 0.8)
    threshold.add(positives: 0, negatives: 3, threshold: 0.7)
    threshold.add(positives: 2, negatives: 0, threshold: 0.6)
    threshold.add(positives: 0, negatives: 1, threshold: 0.5)
    #expect(
      threshold.steps == [
        .init(positives: 1, negatives: 3, threshold: 0.8), .init(positives: 2, negatives: 3, threshold: 0.6),
      ])
  }

  @Test(arguments: [1, 2, 7, 400]) func gammaDrawsHaveTheMomentsOfTheirShape(shape: Int) {
    var generator = SplitMix64(seed: 75)
    let count = 20_000.0
    let draws = (0..<Int(count)).map { _ in GammaDistribution.draw(shape: shape, using: &generator) }
    let k = Double(shape)
    let mean = draws.reduce(0, +) / count
    let variance = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    let skewness = draws.reduce(0) { $0 + pow(($1 - mean) / variance.squareRoot(), 3) } / count
    #expect(draws.allSatisfy { $0 > 0 })
    #expect(abs(mean - k) < 5 * (k / count).squareRoot())
    #expect(abs(variance / k - 1) < 5 * ((2 + 6 / k) / count).squareRoot())
    #expect(abs(skewness - 2 / k.squareRoot()) < 0.2)
  }
}
