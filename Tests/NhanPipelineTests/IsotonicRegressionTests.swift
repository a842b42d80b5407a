import Glibc
import NhanCore
import TestSupport
import Testing

@testable import NhanPipeline

@Suite struct IsotonicRegressionTests {
  /// Scores and outcomes whose log-odds are steps, which no logistic curve follows.
  static func steps(_ count: Int, seed: UInt64) -> ([Double], [Bool]) {
    var generator = SeededGenerator(seed: seed)
    let scores = (0..<count).map { _ in generator.unit() * 8 - 4 }
    return (scores, scores.map { generator.unit() < ($0 < -2 ? 0.02 : $0 < 3 ? 0.4 : 0.98) })
  }

  /// The fit by its min-max formula: at each document the greatest, over those below, of the least mean up to those
  /// above. Cubic, and nothing like pooling.
  private static func oracle(_ targets: [Double]) -> [Double] {
    targets.indices.map { at in
      (0...at).map { low in
        (at..<targets.count).map { high in
          targets[low...high].reduce(0, +) / Double(high - low + 1)
        }.min()!
      }.max()!
    }
  }

  @Test(arguments: UInt64(1)...8) func poolsAreThoseOfTheFormula(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let count = 5 + generator.below(60)
    let scores = (0..<count).map { Double($0) + generator.unit() / 2 }
    var positives = scores.map { generator.unit() * Double(count) < $0 }
    (positives[0], positives[count - 1]) = (false, true)
    let hits = Double(positives.count { $0 })
    let (high, low) = ((hits + 1) / (hits + 2), 1 / (Double(count) - hits + 2))
    let fitted = Self.oracle(positives.map { $0 ? high : low })
    let found = Calibration.isotonic(scores, positives)
    // One knot a step, at the mean score of the documents on it.
    var expected: [(score: Double, share: Double)] = []
    var start = 0
    for at in fitted.indices where at + 1 == count || fitted[at + 1] > fitted[at] + 1e-12 {
      expected.append((scores[start...at].reduce(0, +) / Double(at - start + 1), fitted[at]))
      start = at + 1
    }
    #expect(found.knots.count == expected.count && expected.count > 1)
    for (knot, step) in zip(found.knots, expected) {
      #expect(abs(knot.score - step.score) < 1e-9)
      #expect(abs(1 / (1 + exp(-knot.logOdds)) - step.share) < 1e-9)
      #expect(abs(found.probability(knot.score) - step.share) < 1e-9)
    }
  }

  @Test(arguments: UInt64(1)...6) func noTwoScoresFallTogether(seed: UInt64) {
    let (scores, positives) = Self.steps(400, seed: seed)
    for calibration in [Calibration.isotonic(scores, positives), .isotonic(scores, positives).rounded] {
      #expect(calibration.knots.count > 2 && calibration.rises && calibration.isFinite)
      let probabilities = (scores + [-12, 12]).sorted().map(calibration.probability)
      #expect(zip(probabilities, probabilities.dropFirst()).allSatisfy { $0 < $1 })
      #expect(probabilities.allSatisfy { $0 > 0 && $0 < 1 })
    }
  }

  @Test func equalScoresGetOneProbability() {
    let scores = [1.0, 0, 1, 0, 1, 0, 1, 0]
    let found = Calibration.isotonic(scores, [true, false, false, false, true, true, true, false])
    #expect(found.knots.map(\.score) == [0, 1])
    // 4 of 8: targets 5/6 and 1/6; a quarter and three quarters of each.
    #expect(abs(found.probability(0) - (5.0 / 6 + 3 / 6.0) / 4) < 1e-12)
    #expect(abs(found.probability(1) - (15.0 / 6 + 1 / 6.0) / 4) < 1e-12)
  }

  @Test func whatTheScoresDoNotTellIsLeftToPlatt() {
    let scores = (0..<100).map { Double($0) / 50 - 1 }
    for positives in [scores.map { $0 < -0.4 }, scores.map { _ in false }, scores.map { _ in true }] {
      #expect(Calibration.isotonic(scores, positives) == .platt(scores, positives))
    }
  }

  @Test func orderOfTheDocumentsDoesNotMatter() {
    let (scores, positives) = Self.steps(200, seed: 5)
    let turned = Calibration.isotonic(scores.reversed(), positives.reversed())
    let found = Calibration.isotonic(scores, positives)
    #expect(turned.knots.count == found.knots.count)
    for (a, b) in zip(turned.knots, found.knots) {
      #expect(abs(a.score - b.score) < 1e-9 && abs(a.logOdds - b.logOdds) < 1e-9)
    }
  }
}

@Suite struct CalibratorTests {
  private func folds(_ count: Int) -> [Int] { (0..<count).map { $0 % 5 } }

  private func calibrate(_ method: Calibrator.Method, _ scores: [Double], _ positives: [Bool])
    -> Calibrator.Result
  {
    Calibrator(method).calibrate(scores, positives, folds: folds(scores.count), count: 5)
  }

  @Test func autoTakesWhatTheDataSupport() {
    let (scores, positives) = IsotonicRegressionTests.steps(2000, seed: 3)
    #expect(calibrate(.auto, scores, positives).calibration == .isotonic(scores, positives))
    #expect(calibrate(.platt, scores, positives).calibration == .platt(scores, positives))
    // A logistic curve is what Platt scaling is made for.
    var generator = SeededGenerator(seed: 9)
    let smooth = scores.map { generator.unit() < Calibration(slope: 1.3, intercept: -1).probability($0) }
    #expect(calibrate(.auto, scores, smooth).calibration == .platt(scores, smooth))
    #expect(calibrate(.isotonic, scores, smooth).calibration == .isotonic(scores, smooth))
  }

  @Test func autoLeavesSmallSamplesToPlatt() {
    let (scores, positives) = IsotonicRegressionTests.steps(2000, seed: 3)
    // Of the documents with the label only so many: one too few, and just enough.
    for (kept, isIsotonic) in [(99, false), (100, true)] {
      var left = kept
      let rows = scores.indices.filter { row in
        guard positives[row] else { return true }
        left -= 1
        return left >= 0
      }
      let part = rows.map { scores[$0] }
      let outcomes = rows.map { positives[$0] }
      #expect(outcomes.count { $0 } == kept)
      #expect(calibrate(.auto, part, outcomes).calibration.knots.isEmpty != isIsotonic)
    }
  }

  @Test func heldOutProbabilitiesKnowNothingOfTheirOwnPart() {
    let (scores, positives) = IsotonicRegressionTests.steps(300, seed: 4)
    for method in [Calibrator.Method.platt, .isotonic] {
      let before = calibrate(method, scores, positives).heldOut
      var turned = positives
      for row in turned.indices where row % 5 == 2 { turned[row].toggle() }
      let after = calibrate(method, scores, turned).heldOut
      for row in before.indices { #expect((before[row] == after[row]) == (row % 5 == 2)) }
    }
  }

  @Test func isotonicModelsAreReadBackAsTheyWereWritten() throws {
    let yaml = Sample.yaml + "\ncalibration: {method: isotonic}"
    let (model, summary, _) = try Sample.train(Sample.documents(120), yaml: yaml)
    #expect(summary.labels.map(\.calibrationMethod) == ["isotonic", "isotonic", "isotonic"])
    #expect(summary.labels.allSatisfy { ($0.calibration?.brier ?? 1) < 0.2 })
    let folder = TemporaryFolder()
    try model.write(to: folder.path("m"))
    let read = try Model(file: folder.path("m"))
    #expect(read.calibrations == model.calibrations && read.serialized() == model.serialized())
    #expect(read.calibrations.allSatisfy { $0.knots.count > 1 })
  }
}
