import NhanCore
import NhanCorpus
import NhanEvaluation
import TestSupport
import Testing

@testable import NhanPipeline

@Suite struct ThresholdTunerTests {
  /// Articles of which some labels are wrong, so that no threshold is perfect.
  private static func noisy(_ count: Int, seed: UInt64) -> [Document] {
    var generator = SeededGenerator(seed: seed)
    return Sample.documents(count, seed: seed).map { document in
      generator.below(6) == 0 ? document.labelled(["orders"]) : document
    }
  }

  private func tune(
    _ documents: [Document], goal: ThresholdGoal, labels: [String] = []
  ) throws -> TuningResult {
    let folder = TemporaryFolder()
    var reader = try CorpusReader(paths: [folder.write("t.jsonl", Sample.jsonLines(documents))])
    let tuner = try ThresholdTuner(model: try Sample.model.get(), goal: goal, labels: labels, threads: 1)
    return try tuner.tune(&reader) { Issue.record("\($0)") }
  }

  /// Precision, recall and F of a model on documents, counted one by one.
  private func measure(_ model: Model, _ documents: [Document], label: Int, beta: Double) throws
    -> (precision: Double, recall: Double, f: Double)
  {
    let key = model.labels[label].key
    let tagged = try Tagger(model: model).tag(documents)
    let given = tagged.filter { $0.labels.contains(label) }
    let hits = Double(given.count { $0.document.labels?.contains(key) == true })
    let support = Double(documents.count { $0.labels?.contains(key) == true })
    let (p, r) = (hits / Double(given.count), hits / support)
    return (p, r, (1 + beta * beta) * p * r / (beta * beta * p + r))
  }

  @Test(arguments: [0.5, 1, 2]) func noThresholdHasAGreaterF(beta: Double) throws {
    let documents = Self.noisy(80, seed: 41)
    let goal = try ThresholdGoal(beta: beta)
    let result = try tune(documents, goal: goal)
    for (label, tuned) in result.labels.enumerated() {
      let found = try measure(result.model, documents, label: label, beta: beta)
      let best = tuned.curve.points.map(goal.f).max() ?? 0
      #expect(abs(found.f - best) < 1e-9)
      let point = try #require(tuned.curve.point(at: Double(tuned.after)))
      #expect(abs(point.precision - found.precision) < 1e-9 && abs(point.recall - found.recall) < 1e-9)
    }
  }

  @Test func floorsAreKeptWhereTheyCanBe() throws {
    let documents = Self.noisy(80, seed: 42)
    let precise = try tune(documents, goal: ThresholdGoal(minimumPrecision: 0.95))
    let complete = try tune(documents, goal: ThresholdGoal(minimumRecall: 0.98))
    for label in 0..<3 {
      if precise.labels[label].keepsFloors {
        #expect(try measure(precise.model, documents, label: label, beta: 1).precision >= 0.95)
      } else {
        #expect(!precise.labels[label].curve.points.contains { $0.precision >= 0.95 })
      }
      #expect(try measure(complete.model, documents, label: label, beta: 1).recall >= 0.98)
      #expect(complete.labels[label].keepsFloors)
    }
    #expect(precise.labels.contains { $0.keepsFloors })
  }

  @Test func onlyTheThresholdsAskedForChange() throws {
    let before = try Sample.model.get()
    let result = try tune(
      Self.noisy(80, seed: 43), goal: ThresholdGoal(minimumPrecision: 0.9), labels: ["awards"])
    #expect(result.labels.map(\.label.key) == ["awards"])
    for label in before.labels.indices where before.labels[label].key != "awards" {
      #expect(result.model.thresholds[label] == before.thresholds[label])
    }
    #expect(result.model.contentDigest != before.contentDigest)
    #expect(result.model.training["tuning"]?["labels"] == .array([.string("awards")]))
    // The file says the same, and everything else is as it was.
    let folder = TemporaryFolder()
    try result.model.write(to: folder.path("m.safetensors"))
    let again = try Model(file: folder.path("m.safetensors"))
    #expect(again.contentDigest == result.model.contentDigest && again.thresholds == result.model.thresholds)
    #expect(again.calibrations == before.calibrations && again.dataDigest == before.dataDigest)
  }

  @Test func aLabelThatNobodyHasKeepsItsThreshold() throws {
    let documents = Sample.documents(40, seed: 44).filter { $0.labels?.contains("seas") == false }
    let result = try tune(documents, goal: ThresholdGoal())
    let seas = try #require(result.labels.first { $0.label.key == "seas" })
    #expect(seas.support == 0 && seas.after == seas.before && seas.curve.points.isEmpty)
  }

  @Test func trainingDataAreRecognized() throws {
    // `Sample.model` is trained on these.
    #expect(try tune(Sample.documents(60), goal: ThresholdGoal()).isTrainingData)
    #expect(try !tune(Sample.documents(59), goal: ThresholdGoal()).isTrainingData)
  }

  @Test func wrongUseIsSaid() throws {
    let model = try Sample.model.get()
    let goal = try ThresholdGoal()
    #expect(failure { _ = try ThresholdGoal(beta: 0) }?.code == "bad-beta")
    #expect(failure { _ = try ThresholdGoal(minimumRecall: 1.5) }?.code == "bad-floor")
    #expect(
      failure { _ = try ThresholdTuner(model: model, goal: goal, labels: ["award"], threads: 1) }?.hint?
        .contains("'awards'") == true)
    #expect(failure { _ = try tune([], goal: goal) }?.code == "no-documents")
    let single = try Sample.train(
      Sample.documents(60, single: true), yaml: "task: single-label\n" + Sample.yaml
    ).model
    #expect(
      failure { _ = try ThresholdTuner(model: single, goal: goal, threads: 1) }?.code == "no-thresholds")
  }

  @Test func labelsNearTheirThresholdsAreInDoubt() throws {
    let model = try Sample.model.get().with(thresholds: [0.5, 0.25, 0.75], tuning: .null)
    #expect(model.doubts([0.5, 0.5, 0.5], band: 0) == [0])
    #expect(model.doubts([0.5, 0.5, 0.5], band: 0.25) == [0, 1, 2])
    #expect(model.doubts([0.75, 0.125, 1], band: 0.125) == [1])
    #expect(model.doubts([1, 1, 0], band: 0.1) == [])
  }

  @Test func withOneLabelTheLikeliestTwoAreCompared() throws {
    let model = try Sample.train(
      Sample.documents(60, single: true), yaml: "task: single-label\n" + Sample.yaml
    ).model
    #expect(model.doubts([0.5, 0.375, 0.125], band: 0.0625) == [0, 1])
    #expect(model.doubts([0.5, 0.375, 0.125], band: 0.05) == [])
    #expect(model.doubts([0.25, 0.5, 0.25], band: 0.125) == [0, 1, 2])
  }
}
