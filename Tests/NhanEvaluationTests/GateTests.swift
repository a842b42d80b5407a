import NhanCore
import NhanEvaluation
import Testing

@Suite struct GateTests {
  /// Precision 3/4, recall 3/5.
  private let data: EvaluationData

  init() throws {
    data = try Sample.oneLabel(
      [(true, true), (true, true), (true, true), (true, false), (true, false), (false, true)])
  }

  private func outcome(_ gate: String) throws -> GateOutcome {
    let gates = try Sample.report(data, gates: [gate]).gates
    #expect(gates.count == 1 && gates[0].name == gate)
    return gates[0]
  }

  @Test func atLeast() throws {
    let passed = try outcome("awards.recall=0.6")
    #expect(passed.isPassed)
    #expect(passed.label == 0)
    #expect(passed.sentence.hasPrefix("awards.recall is 0.6"))
    #expect(passed.sentence.contains("(95 % interval 0."))
    let failed = try outcome("awards.recall=0.85")
    #expect(!failed.isPassed)
    #expect(failed.sentence.hasSuffix("but at least 0.850 is required: 0.250 too low."))
    #expect(try outcome("micro-precision=0.75").isPassed)
    #expect(try !outcome("micro-precision=0.7501").isPassed)
  }

  @Test func atMostWhereLowerIsBetter() throws {
    #expect(try outcome("hamming-loss=0.5").isPassed)
    let failed = try outcome("hamming-loss=0.4")
    #expect(!failed.isPassed)
    #expect(failed.sentence.contains("but at most 0.400 is allowed: 0.100 too high."))
    #expect(try !outcome("awards.brier=0.1").isPassed)
    #expect(try outcome("calibration-error=1").isPassed)
  }

  @Test func closeFiguresAreToldApart() throws {
    let sentence = try outcome("micro-precision=0.75004").sentence
    #expect(sentence.contains("0.75000") && sentence.contains("0.75004"))
  }

  @Test func whatIsNotMeasuredFails() throws {
    let gate = try outcome("accuracy=0")
    #expect(!gate.isPassed)
    #expect(
      gate.sentence
        == "accuracy could not be measured, because not every document carries exactly one label and was "
        + "given exactly one; a gate on a metric that is not measured fails.")
    let silent = try Sample.oneLabel([(true, false), (false, false)])
    let report = try Sample.report(silent, gates: ["awards.precision=0", "awards.recall=0"])
    #expect(report.gates.map(\.isPassed) == [false, true])
    #expect(report.gates[0].sentence.contains("because no document was given the label"))
    #expect(!report.isPassed)
  }

  @Test func everyMetricCanBeAGate() throws {
    let labels = [EvaluationLabel(key: "a.b=c", name: "")]
    for metric in Metric.all(labelCount: 1) {
      let gate = try ThresholdGate(parsing: "\(metric.name(labels: labels))=0.5", labels: labels)
      #expect(gate.metric == metric)
      #expect(gate.limit == 0.5)
    }
  }

  @Test(arguments: [
    ("micro-f1", "bad-gate", "micro-f1=0.90"), ("micro-f1=", "bad-gate", "90 %"),
    ("micro-f1=90", "bad-gate", "90 %"), ("micro-f1=nan", "bad-gate", "90 %"),
    ("mikro-f1=0.9", "unknown-metric", "did you mean 'micro-f1'?"),
    ("award.f1=0.9", "unknown-label", "did you mean 'awards'?"),
    ("awards.recal=0.9", "unknown-metric", "did you mean 'recall'?"),
    ("awards=0.9", "unknown-metric", "awards.f1"), ("=0.9", "unknown-metric", "known: micro-precision"),
  ])
  func badGatesAreRefused(text: String, code: String, hint: String) throws {
    let error = nhanError { _ = try ThresholdGate(parsing: text, labels: data.labels) }
    #expect(error?.code == code)
    #expect(error?.kind == .usage)
    #expect(error?.hint?.contains(hint) == true, "\(error?.hint ?? "")")
  }

  // MARK: Regression

  private func regression(
    flipping flips: Int, of count: Int = 100, tolerance: Double = 0
  ) throws -> EvaluationReport {
    let baseline = try Sample.oneLabel((0..<count).map { ($0 % 2 == 0, $0 % 2 == 0) })
    let data = try Sample.flipping(baseline) { row, _ in row < flips }
    return try Sample.report(
      data, resamples: 200, baseline: baseline, regression: RegressionGate(tolerance: tolerance))
  }

  /// R: p.adjust(c(0.01, 0.04, 0.03, 0.9), "holm")
  @Test func holmsCorrection() {
    let corrected = RegressionGate.corrected([0.01, 0.04, 0.03, 0.9])
    #expect(zip(corrected, [0.04, 0.09, 0.09, 0.9]).allSatisfy { isClose($0, $1) })
  }

  @Test func aSignificantLossFails() throws {
    let report = try regression(flipping: 20)
    #expect(
      report.gates.map(\.name) == [
        "regression of micro-f1", "regression of macro-f1", "regression of awards.f1",
      ])
    #expect(report.gates.allSatisfy { !$0.isPassed })
    #expect(report.gates[0].sentence.contains("micro-f1 fell from 1.000 to 0.800 (95 % interval"))
    #expect(
      report.gates[0].sentence.hasSuffix("more than chance explains (p < 0.001, corrected for 3 checks)."))
  }

  @Test func aLossThatChanceExplainsPasses() throws {
    let report = try regression(flipping: 3)
    #expect(report.isPassed)
    #expect(report.gates[0].sentence.contains("which chance may explain (p = 0.750, corrected for 3 checks)"))
  }

  /// Each document is alone with its combination of labels, so every resample is the sample: the bootstrap is
  /// sure of any loss, and only the exact test knows better.
  @Test func oneDocumentIsNoRegression() throws {
    let report = try regression(flipping: 1, of: 2)
    #expect(report.comparison?[.overall(.microF1)].interval?.high ?? 0 < 0)
    #expect(report.isPassed)
  }

  @Test func aLossWithinTheTolerancePasses() throws {
    let report = try regression(flipping: 20, tolerance: 0.25)
    #expect(report.isPassed)
    #expect(report.gates[0].sentence.hasSuffix("within the tolerance of 0.250."))
    #expect(try !regression(flipping: 20, tolerance: 0.05).isPassed)
    let close = try regression(flipping: 20, tolerance: 0.19)
    #expect(close.isPassed)
    #expect(close.gates[0].sentence.contains("which chance may explain beyond the tolerance of 0.190 (p = "))
  }

  @Test func noChangeAndGainPass() throws {
    #expect(try regression(flipping: 0).gates[0].sentence == "micro-f1 is 1.000, as in the baseline.")
    let worse = try Sample.flipping(data) { row, _ in row == 0 }
    let report = try Sample.report(data, baseline: worse, regression: RegressionGate())
    #expect(report.isPassed)
    #expect(report.gates[0].sentence == "micro-f1 rose from 0.500 to 0.667.")
  }

  @Test func aMetricThatIsNotMeasuredAnyMoreFails() throws {
    let baseline = try Sample.oneLabel([(false, true), (false, false)])
    let now = try Sample.oneLabel([(false, false), (false, false)])
    let report = try Sample.report(now, baseline: baseline, regression: RegressionGate())
    #expect(report.gates.map(\.isPassed) == [false, false])
    #expect(report.gates[0].sentence.contains("could not be compared with the baseline"))
  }

  /// Runs that differ by chance alone: each changed decision turns right or wrong by a coin.
  @Test func noiseRarelyFails() throws {
    var generator = SplitMix64(seed: 21)
    var failures = 0
    for seed in 0..<100 {
      let truth = try Sample.random(seed: UInt64(seed), documents: 60, labels: 3)
      let a = try Sample.flipping(truth) { _, _ in generator.next(below: 10) == 0 }
      let b = try Sample.flipping(truth) { _, _ in generator.next(below: 10) == 0 }
      let report = try Sample.report(a, resamples: 60, baseline: b, regression: RegressionGate())
      if !report.isPassed { failures += 1 }
    }
    #expect(failures <= 5)
  }

  @Test func badRegressionGatesAreRefused() throws {
    #expect(nhanError { _ = try RegressionGate(level: 1) }?.code == "bad-level")
    #expect(nhanError { _ = try RegressionGate(tolerance: -0.1) }?.code == "bad-tolerance")
    let alone = nhanError { _ = try Sample.report(data, regression: RegressionGate()) }
    #expect(alone?.code == "no-baseline")
    let sure = nhanError {
      _ = try Sample.report(data, resamples: 0, baseline: data, regression: RegressionGate())
    }
    #expect(sure?.code == "bad-resamples")
  }
}
