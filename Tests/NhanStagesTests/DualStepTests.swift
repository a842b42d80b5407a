import Glibc
import TestSupport
import Testing

@testable import NhanCore
@testable import NhanStages

@Suite struct DualStepTests {
  @Test func aBinaryStepAgreesWithTheProbabilityOfTheMovedScore() {
    var generator = SeededGenerator(seed: 41)
    for _ in 0..<2000 {
      let margin = Double.random(in: -50...50, using: &generator)
      let stiffness = exp(Double.random(in: -10...15, using: &generator))
      let start = Double.random(in: 0...1, using: &generator)
      let t = DualStep.binary(margin: margin, stiffness: stiffness, from: start)
      // The zero of a rising function, by bisection.
      var (low, high) = (0.0, 1.0)
      for _ in 0..<100 {
        let middle = (low + high) / 2
        let p = 1 / (1 + exp(margin + stiffness * (middle - start)))
        if middle > p { high = middle } else { low = middle }
      }
      #expect(abs(t - low) < 1e-6, "margin \(margin), stiffness \(stiffness), from \(start)")
    }
  }

  @Test(arguments: [2, 3, 9]) func aSoftmaxStepAgreesWithTheProbabilitiesOfTheMovedScores(labels: Int) {
    var generator = SeededGenerator(seed: UInt64(labels))
    var stepper = DualStep(labels: labels)
    for _ in 0..<500 {
      let own = Int.random(in: 0..<labels, using: &generator)
      let objective = LogisticObjective(
        task: .singleLabel,
        targets: TargetMatrix(labelCount: labels, values: (0..<labels).map { $0 == own ? 1 : 0 }),
        positiveWeights: (0..<labels).map { 1 + Double($0) }, negativeWeights: [])
      let stiffness = exp(Double.random(in: -6...9, using: &generator))
      // Probabilities anywhere in the simplex, corners not left out.
      var before = (0..<labels).map { _ in -log(Double.random(in: 1e-9...1, using: &generator)) }
      let sum = before.reduce(0, +)
      before = before.enumerated().map { ($0 == own ? 1 : 0) - $1 / sum }
      if Bool.random(using: &generator) { before = before.map { _ in 0 } }
      let scores = (0..<labels).map { _ in Double.random(in: -20...20, using: &generator) }
      stepper.scores = scores
      stepper.improve(before, 0, objective, stiffness: stiffness)
      let after = stepper.duals
      #expect(abs(after.reduce(0, +)) < 1e-12)
      let moved = (0..<labels).map {
        scores[$0] + stiffness * (1 + Double(own)) * (after[$0] - before[$0])
      }
      let greatest = moved.max()!
      let shares = moved.map { exp($0 - greatest) }
      let total = shares.reduce(0, +)
      for label in 0..<labels {
        let probability = shares[label] / total
        #expect(abs((label == own ? 1 : 0) - probability - after[label]) < 2e-3)
      }
    }
  }
}
