import NhanEvaluation
import Testing

/// The curves and the confusion of the web page, against naive definitions and against the figures themselves.
@Suite struct CurveTests {
  static let seeds: [UInt64] = Array(1...12)

  @Test(arguments: seeds) func theAreaUnderTheStepsIsTheAveragePrecision(seed: UInt64) throws {
    let data = try Sample.random(seed: seed, documents: 60, labels: 3)
    let report = try Sample.report(data, resamples: 0)
    for label in data.labels.indices {
      let points = PrecisionRecallCurve(data, label: label).points
      var (area, recall) = (0.0, 0.0)
      for point in points {
        area += (point.recall - recall) * point.precision
        recall = point.recall
      }
      let expected = try #require(report.figures[label, .averagePrecision].value)
      #expect(abs(area - expected) < 1e-12)
      #expect(recall == 1)
    }
  }

  @Test(arguments: seeds) func everyPointIsWhatItsThresholdGives(seed: UInt64) throws {
    let data = try Sample.random(seed: seed, documents: 40, labels: 2)
    for label in data.labels.indices {
      let points = PrecisionRecallCurve(data, label: label).points
      let probabilities = Set(data.documents.indices.map { data.probability($0, label) })
      #expect(points.map(\.threshold) == probabilities.sorted(by: >))
      for point in points {
        let given = data.documents.indices.filter { data.probability($0, label) >= point.threshold }
        let hits = given.count { data.isActual($0, label) }
        let support = data.documents.indices.count { data.isActual($0, label) }
        #expect(point.precision == Double(hits) / Double(given.count))
        #expect(point.recall == Double(hits) / Double(support))
      }
    }
  }

  @Test func aLabelThatNobodyCarriesHasNoCurve() throws {
    let data = try Sample.oneLabel([(false, true), (false, false)])
    #expect(PrecisionRecallCurve(data, label: 0).points.isEmpty)
  }

  @Test(arguments: seeds) func theDistanceOfTheBinsIsTheCalibrationError(seed: UInt64) throws {
    let data = try Sample.random(seed: seed, documents: 60, labels: 3)
    let report = try Sample.report(data, resamples: 0)
    for label in data.labels.indices {
      let bins = ReliabilityCurve(data, label: label).bins
      #expect(bins.reduce(0) { $0 + $1.count } == data.documents.count)
      let error =
        bins.reduce(0) { $0 + Double($1.count) * abs($1.probability - $1.share) }
        / Double(data.documents.count)
      let expected = try #require(report.figures[label, .calibrationError].value)
      #expect(abs(error - expected) < 1e-9)
    }
  }

  @Test(arguments: seeds) func confusionCountsWhatTheKeysSay(seed: UInt64) throws {
    let data = try Sample.random(seed: seed, documents: 60, labels: 4)
    let confusion = Confusion(data)
    let keys = data.labels.map(\.key)
    for (a, carried) in keys.enumerated() {
      for (b, given) in keys.enumerated() {
        let count = data.documents.indices.count { row in
          let (actual, predicted) = (Set(data.actualKeys(row)), Set(data.predictedKeys(row)))
          return carried == given
            ? actual.contains(carried) && predicted.contains(carried)
            : actual.subtracting(predicted).contains(carried) && predicted.subtracting(actual).contains(given)
        }
        #expect(confusion[a, b] == count)
      }
      let missed = data.documents.indices.count { row in
        let (actual, predicted) = (Set(data.actualKeys(row)), Set(data.predictedKeys(row)))
        return actual.subtracting(predicted).contains(carried) && predicted.isSubset(of: actual)
      }
      let added = data.documents.indices.count { row in
        let (actual, predicted) = (Set(data.actualKeys(row)), Set(data.predictedKeys(row)))
        return predicted.subtracting(actual).contains(carried) && actual.isSubset(of: predicted)
      }
      #expect(confusion[a, nil] == missed)
      #expect(confusion[nil, a] == added)
    }
  }

  @Test func withOneLabelADocumentConfusionIsTheOrdinaryMatrix() throws {
    var generator = SplitMix64(seed: 5)
    var data = try EvaluationData(labels: Sample.labels(3))
    var matrix = [[Int]](repeating: [0, 0, 0], count: 3)
    for row in 0..<80 {
      let (actual, predicted) = (generator.next(below: 3), generator.next(below: 3))
      matrix[actual][predicted] += 1
      try data.append(
        EvaluationDocument(id: "\(row)"), actual: (0..<3).map { $0 == actual },
        predicted: (0..<3).map { $0 == predicted }, probabilities: [0.2, 0.3, 0.5])
    }
    let confusion = Confusion(data)
    for actual in 0..<3 {
      for predicted in 0..<3 { #expect(confusion[actual, predicted] == matrix[actual][predicted]) }
      #expect(confusion[actual, nil] == 0 && confusion[nil, actual] == 0)
    }
  }
}
