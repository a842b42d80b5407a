import NhanCore
import NhanStages
import TestSupport
import Testing

@testable import NhanPipeline

@Suite struct CrossValidationTests {
  private static func classifier() throws -> any Classifier {
    let factory = StageRegistry.builtIn.classifiers[0]
    return try factory.make(
      try factory.options.validate(
        [ConfigNode.Entry(key: "l2", place: nil, value: ConfigNode(json: .double(0.01)))], of: "classifier",
        at: nil))
  }

  /// One column a label that says it, and one that says nothing.
  private static func separable(_ labels: [Int], of count: Int) -> (rows: CSRMatrix, targets: TargetMatrix) {
    var rows = CSRMatrix(columnCount: count + 1)
    var values: [UInt8] = []
    for label in labels {
      rows.columns += [UInt32(label), UInt32(count)]
      rows.values += [1, 0.5]
      rows.closeRow()
      values += (0..<count).map { $0 == label ? 1 : 0 }
    }
    return (rows, TargetMatrix(labelCount: count, values: values))
  }

  private static func run(
    _ rows: CSRMatrix, _ targets: TargetMatrix, folds: [Int], task: NhanCore.Task, threads: Int = 1,
    repeats: Int = 1
  ) throws -> CrossValidation {
    let selection = ThresholdSelection(
      try Configuration.thresholdOptions.validate([], of: "'thresholds'", at: nil))
    var parts: [Int] = []
    let result = try CrossValidation.run(
      SparseRows(rows), targets, repeats: Array(repeating: folds, count: repeats), task: task,
      classifier: try classifier(), calibrator: Calibrator(.auto), selection: selection,
      threads: threads
    ) { part, count in
      parts.append(part)
      #expect(count == repeats * ((folds.max() ?? -1) + 1))
    }
    #expect(parts == Array(0..<repeats * ((folds.max() ?? -1) + 1)))
    return result
  }

  @Test(arguments: [NhanCore.Task.multiLabel, .singleLabel]) func separableDataAreSeparated(
    task: NhanCore.Task
  ) throws {
    let labels = (0..<60).map { $0 % 3 }
    let (rows, targets) = Self.separable(labels, of: 3)
    let result = try Self.run(rows, targets, folds: (0..<60).map { ($0 / 3) % 4 }, task: task)
    #expect(result.converged)
    for label in result.results {
      #expect(label.truePositives == 20 && label.falsePositives == 0 && label.falseNegatives == 0)
      #expect(label.precision == 1 && label.recall == 1 && label.f1 == 1)
    }
    #expect(result.micro.truePositives == 60 && result.micro.f1 == 1)
    #expect(result.calibrations.allSatisfy { $0.slope > 0 })
    #expect(result.thresholds.allSatisfy { $0 > 0 && $0 < 1 })
  }

  @Test func nothingIsJudgedByWhatItTaught() throws {
    // A column for each document: whoever has seen it knows its labels, whoever has not knows nothing.
    var rows = CSRMatrix(columnCount: 80)
    for row in 0..<80 {
      rows.columns.append(UInt32(row))
      rows.values.append(1)
      rows.closeRow()
    }
    var generator = SeededGenerator(seed: 6)
    let targets = TargetMatrix(labelCount: 2, values: (0..<160).map { _ in UInt8(generator.below(2)) })
    let result = try Self.run(rows, targets, folds: (0..<80).map { $0 % 5 }, task: .multiLabel)
    #expect(try #require(result.micro.precision) < 0.7)
  }

  /// Done again step by step, and once with thresholds chosen on the documents that they are judged on.
  @Test func figuresComeFromThresholdsChosenOnTheOtherParts() throws {
    var generator = SeededGenerator(seed: 40)
    var rows = CSRMatrix(columnCount: 4)
    var values: [UInt8] = []
    for _ in 0..<60 {
      let noise = (0..<4).map { _ in Float(generator.unit()) }
      rows.columns += [0, 1, 2, 3]
      rows.values += noise
      rows.closeRow()
      values.append(noise[0] + Float(generator.unit()) > 1 ? 1 : 0)
    }
    let targets = TargetMatrix(labelCount: 1, values: values)
    let folds = (0..<60).map { $0 % 4 }
    let positives = values.map { $0 == 1 }
    var scores = [Double](repeating: 0, count: 60)
    for fold in 0..<4 {
      let others = folds.indices.filter { folds[$0] != fold }
      let held = folds.indices.filter { folds[$0] == fold }
      let fitted = try Self.classifier().fit(
        SparseRows(rows).matrix(ofRows: others), targets.selecting(rows: others), task: .multiLabel,
        threads: 1)
      var own: [Float] = []
      try fitted.classifier.score(SparseRows(rows).matrix(ofRows: held), into: &own)
      for (row, score) in zip(held, own) { scores[row] = Double(score) }
    }
    let calibration = Calibration.platt(scores, positives)
    let probabilities = scores.map(calibration.probability)
    let selection = ThresholdSelection(
      try Configuration.thresholdOptions.validate([], of: "'thresholds'", at: nil))
    func counts(_ threshold: (Int) -> Double) -> [Int] {
      let given = folds.indices.map { probabilities[$0] >= threshold(folds[$0]) }
      return [(true, true), (true, false), (false, true)].map { kind in
        folds.indices.filter { (given[$0], positives[$0]) == kind }.count
      }
    }
    let best = selection.choose(probabilities, positives)
    let onOthers = (0..<4).map { fold in
      let others = folds.indices.filter { folds[$0] != fold }
      return selection.choose(others.map { probabilities[$0] }, others.map { positives[$0] })
    }
    let found = try Self.run(rows, targets, folds: folds, task: .multiLabel)
    let result = found.results[0]
    #expect([result.truePositives, result.falsePositives, result.falseNegatives] == counts { onOthers[$0] })
    #expect(counts { onOthers[$0] } != counts { _ in best })
    #expect(found.calibrations == [calibration] && found.thresholds == [Float(best)])
  }

  @Test func aLabelThatNeverOccursIsNeverGiven() throws {
    let (rows, targets) = Self.separable((0..<30).map { $0 % 2 }, of: 3)
    let result = try Self.run(rows, targets, folds: (0..<30).map { ($0 / 2) % 3 }, task: .multiLabel)
    #expect(result.calibrations[2] == .never)
    #expect(result.thresholds[2] == 1)
    #expect(result.results[2].f1 == nil && result.results[2].precision == nil)
  }

  @Test func aLabelThatNobodyCouldJudgeIsGivenAsTheClassifierDecides() throws {
    // One document of label 1, and label 2 in a single part.
    let labels = (0..<30).map { $0 == 7 ? 1 : $0 % 3 == 0 ? 2 : 0 }
    let (rows, targets) = Self.separable(labels, of: 3)
    let result = try Self.run(rows, targets, folds: (0..<30).map { $0 % 3 }, task: .multiLabel)
    for label in 1...2 {
      #expect(result.calibrations[label] == .identity && result.thresholds[label] == 0.5)
      #expect(result.results[label].truePositives == 0)
      #expect(result.results[label].falseNegatives == (label == 1 ? 1 : 10))
    }
    #expect(result.calibrations[0] != .identity)
  }

  @Test func threadsDoNotMatter() throws {
    let (rows, targets) = Self.separable((0..<50).map { $0 * 7 % 3 }, of: 3)
    let folds = (0..<50).map { $0 % 5 }
    let one = try Self.run(rows, targets, folds: folds, task: .multiLabel)
    let five = try Self.run(rows, targets, folds: folds, task: .multiLabel, threads: 5)
    #expect(one.calibrations == five.calibrations && one.thresholds == five.thresholds)
  }

  @Test func scoresAreTheMeanOverTheRepeats() throws {
    let (rows, targets) = Self.separable((0..<50).map { $0 * 7 % 3 }, of: 3)
    let folds = (0..<50).map { $0 % 5 }
    // The same folds twice: the mean of two equal scores is the score.
    let once = try Self.run(rows, targets, folds: folds, task: .multiLabel)
    let twice = try Self.run(rows, targets, folds: folds, task: .multiLabel, repeats: 2)
    #expect(once.thresholds == twice.thresholds && once.results.map(\.f1) == twice.results.map(\.f1))
  }

  @Test func skippedLeavesScoresAsTheyAre() {
    let (_, targets) = Self.separable([0, 1, 0], of: 3)
    let result = CrossValidation.skipped(targets)
    #expect(result.calibrations == [.identity, .identity, .never])
    #expect(result.thresholds == [0.5, 0.5, 0.5])
    #expect(result.results.isEmpty && result.micro.f1 == nil)
  }
}
