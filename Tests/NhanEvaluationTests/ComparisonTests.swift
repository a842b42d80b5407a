import NhanCore
import NhanEvaluation
import Testing

@Suite struct ComparisonTests {
  @Test func identicalRunsDifferByExactlyZero() throws {
    let data = try Sample.random(seed: 1, documents: 60, labels: 3)
    let baseline = try EvaluationData(report: Sample.report(data).json(), file: "baseline.json")
    let report = try Sample.report(data, baseline: baseline)
    let comparison = try #require(report.comparison)
    for metric in Metric.all(labelCount: 3) where report.figures[metric].value != nil {
      #expect(comparison[metric] == Measurement(value: 0, interval: Interval(low: 0, high: 0)))
    }
    #expect(comparison.baseline == report.figures)
    #expect(comparison.flips.isEmpty)
    #expect(comparison.documentTest == SignTest(better: 0, worse: 0))
    #expect(comparison.labelTests.allSatisfy { $0.pValue == 1 })
  }

  @Test func changesAreCountedByLabelAndDocument() throws {
    let baseline = try Sample.random(seed: 4, documents: 50, labels: 2)
    let data = try Sample.flipping(baseline) { row, label in row % 7 == 0 && label == 1 || row == 3 }
    let report = try Sample.report(data, baseline: baseline)
    let comparison = try #require(report.comparison)
    #expect(comparison.flips.count == 8 + 2)
    for flip in comparison.flips {
      #expect(flip.isPredicted != baseline.isPredicted(flip.row, flip.label))
      #expect(flip.isCorrect == (flip.isPredicted == data.isActual(flip.row, flip.label)))
    }
    for label in 0..<2 {
      let flips = comparison.flips.filter { $0.label == label }
      let right = flips.count { $0.isCorrect }
      #expect(comparison.labelTests[label] == SignTest(better: right, worse: flips.count - right))
    }
    let errors = data.documents.indices.map { (data.errorCount($0), baseline.errorCount($0)) }
    #expect(
      comparison.documentTest
        == SignTest(better: errors.count { $0.0 < $0.1 }, worse: errors.count { $0.0 > $0.1 }))
    for metric in Metric.all(labelCount: 2) {
      let naive = NaiveMetrics(data).value(of: metric).flatMap { now in
        NaiveMetrics(baseline).value(of: metric).map { now - $0 }
      }
      #expect(isClose(comparison[metric].value, naive))
    }
  }

  @Test func pairingNarrowsTheInterval() throws {
    let baseline = try Sample.random(seed: 6, documents: 200, labels: 2)
    let data = try Sample.flipping(baseline) { row, label in row % 50 == 0 && label == 0 }
    let report = try Sample.report(data, resamples: 200, baseline: baseline)
    let difference = try #require(report.comparison?[.overall(.microF1)].interval)
    let value = try #require(report.figures[.microF1].interval)
    #expect(difference.high - difference.low < (value.high - value.low) / 2)
  }

  @Test func rowsAndColumnsAreMatchedByName() throws {
    let data = try Sample.random(seed: 8, documents: 30, labels: 3)
    var reordered = try EvaluationData(labels: data.labels.reversed())
    for row in data.documents.indices.reversed() {
      try reordered.append(
        data.documents[row], actual: [2, 1, 0].map { data.isActual(row, $0) },
        predicted: [2, 1, 0].map { data.isPredicted(row, $0) },
        probabilities: [2, 1, 0].map { data.probability(row, $0) })
    }
    let report = try Sample.report(data, baseline: reordered)
    #expect(report.comparison?.baseline == report.figures)
  }

  @Test func baselinesThatDoNotFitAreRefused() throws {
    let data = try Sample.random(seed: 1, documents: 20, labels: 2)
    func error(_ baseline: EvaluationData) -> NhanError? {
      let error = nhanError { _ = try Sample.report(data, baseline: baseline) }
      #expect(error?.kind == .usage)
      return error
    }
    let none = try EvaluationData(labels: data.labels)
    #expect(error(none)?.code == "baseline-empty")

    var silent = try EvaluationData(labels: data.labels)
    for document in data.documents {
      try silent.append(
        document, actual: [false, false], predicted: [false, false], probabilities: [0, 0])
    }
    #expect(error(silent)?.code == "baseline-empty")

    let otherLabels = try Sample.random(seed: 1, documents: 20, labels: 3)
    #expect(error(otherLabels)?.code == "baseline-other-labels")
    let shifted = try Sample.random(seed: 1, documents: 20, labels: 2, idsFrom: 5)
    #expect(error(shifted)?.code == "baseline-other-documents")
    #expect(error(shifted)?.message.contains("5 are not in it, such as 'doc0'") == true)
    #expect(error(shifted)?.message.contains("5 are only in it, such as 'doc20'") == true)
    let fewer = try Sample.rows(Array(0..<19), of: data)
    #expect(error(fewer)?.code == "baseline-other-documents")
    let more = try Sample.random(seed: 1, documents: 21, labels: 2)
    #expect(error(more)?.code == "baseline-other-documents")
    let otherAnswers = try Sample.random(seed: 2, documents: 20, labels: 2)
    #expect(error(otherAnswers)?.code == "baseline-other-answers")
  }
}
