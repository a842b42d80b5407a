import NhanCore
import NhanEvaluation
import Testing

@Suite struct MetricTests {
  @Test(arguments: 0..<30)
  func figuresEqualTheDefinitions(seed: Int) throws {
    let data = try Sample.random(seed: UInt64(seed), documents: 1 + seed * 2, labels: 1 + seed % 4)
    let figures = try Sample.report(data, resamples: 0).figures
    let naive = NaiveMetrics(data)
    for metric in Metric.all(labelCount: data.labels.count) {
      #expect(
        isClose(figures[metric].value, naive.value(of: metric)), "\(metric.name(labels: data.labels))")
    }
  }

  @Test(arguments: 0..<20)
  func weightsCountAsCopies(seed: UInt64) throws {
    let data = try Sample.random(seed: seed, documents: 25, labels: 3)
    var generator = SplitMix64(seed: seed)
    let weights = data.documents.map { _ in Int32(generator.next(below: 4)) }
    let kernel = MetricKernel(data, rows: Array(data.documents.indices), isSingleLabel: false)
    var values = [Double](repeating: 7, count: kernel.metricCount)
    weights.withUnsafeBufferPointer { weights in
      values.withUnsafeMutableBufferPointer { kernel.measure(weights: weights, into: $0) }
    }
    let copies = weights.indices.flatMap { Array(repeating: $0, count: Int(weights[$0])) }
    let naive = NaiveMetrics(try Sample.rows(copies, of: data))
    for (metric, value) in zip(Metric.all(labelCount: 3), values) {
      #expect(
        isClose(value.isNaN ? nil : value, naive.value(of: metric)), "\(metric.name(labels: data.labels))")
    }
  }

  @Test(arguments: 0..<10)
  func orderOfDocumentsDoesNotMatter(seed: UInt64) throws {
    let data = try Sample.random(seed: seed, documents: 60, labels: 3)
    var generator = SplitMix64(seed: seed)
    let shuffled = try Sample.rows(data.documents.indices.shuffled(using: &generator), of: data)
    #expect(shuffled.documents != data.documents)
    let a = try Sample.report(data, resamples: 0).figures
    let b = try Sample.report(shuffled, resamples: 0).figures
    for metric in Metric.all(labelCount: 3) { #expect(isClose(a[metric].value, b[metric].value)) }
    #expect(a.counts == b.counts)
  }

  @Test func calibrationErrorByHand() throws {
    var data = try EvaluationData(labels: Sample.labels(1))
    // Bin 0: mean 0.05, none right. Bin 1, with its lower bound: mean 0.1, all right. The last one, with 1:
    // mean 0.95, half right. (2 · 0.05 + 1 · 0.9 + 2 · 0.45) / 5 = 0.38
    let decisions = [(0.02, false), (0.08, false), (0.1, true), (0.9, true), (1.0, false)]
    for (row, (probability, isActual)) in decisions.enumerated() {
      try data.append(
        EvaluationDocument(id: "\(row)"), actual: [isActual], predicted: [probability >= 0.5],
        probabilities: [probability])
    }
    let figures = try Sample.report(data, resamples: 0).figures
    #expect(isClose(figures[0, .calibrationError].value, 0.38))
  }

  @Test func whatCannotBeMeasuredIsNil() throws {
    let figures = try Sample.report(try Sample.oneLabel([(false, false), (false, false)])).figures
    let measured: Set<LabelMetric> = [.brier, .calibrationError]
    for metric in LabelMetric.allCases {
      #expect((figures[0, metric].value != nil) == measured.contains(metric))
      #expect((figures[0, metric].interval != nil) == measured.contains(metric))
    }
    #expect(figures[.microF1].value == nil)
    #expect(figures[.weightedF1].value == nil)
    #expect(figures[.subsetAccuracy].value == 1)
  }

  @Test func slicesAreTheFiguresOfTheirDocuments() throws {
    let data = try Sample.random(seed: 5, documents: 40, labels: 2)
    let slices = try Sample.report(data, slices: ["source"]).slices
    #expect(slices.map(\.value) == ["a", "b"])
    for slice in slices {
      let rows = data.documents.indices.filter { data.documents[$0].metadata["source"] == slice.value }
      #expect(slice.figures.documentCount == rows.count)
      let alone = try Sample.report(try Sample.rows(rows, of: data)).figures
      #expect(slice.figures == alone)
    }
    let error = nhanError { _ = try Sample.report(data, slices: ["sourc"]) }
    #expect(error?.code == "unknown-slice")
    #expect(error?.hint?.contains("did you mean 'source'") == true)
  }

  @Test func documentsWithoutTheKeyAreASliceOfTheirOwn() throws {
    var data = try EvaluationData(labels: Sample.labels(1))
    for (id, metadata) in [("1", ["x": "b"]), ("2", [:]), ("3", ["x": "a"])] {
      try data.append(
        EvaluationDocument(id: id, metadata: metadata), actual: [true], predicted: [true], probabilities: [1])
    }
    #expect(try Sample.report(data, slices: ["x"]).slices.map(\.value) == ["a", "b", nil])
  }

  @Test func badDataAreRefused() throws {
    #expect(nhanError { _ = try EvaluationData(labels: []) }?.code == "no-labels")
    let twice = [EvaluationLabel(key: "a", name: ""), EvaluationLabel(key: "a", name: "")]
    #expect(nhanError { _ = try EvaluationData(labels: twice) }?.code == "duplicate-label")
    var data = try EvaluationData(labels: Sample.labels(1))
    #expect(nhanError { _ = try Sample.report(data) }?.code == "no-documents")
    for probability in [Double.nan, -0.1, 1.1, .infinity] {
      let error = nhanError {
        try data.append(
          EvaluationDocument(id: "1"), actual: [true], predicted: [true], probabilities: [probability])
      }
      #expect(error?.code == "bad-probability")
    }
    try data.append(EvaluationDocument(id: "1"), actual: [true], predicted: [true], probabilities: [1])
    let error = nhanError {
      try data.append(EvaluationDocument(id: "1"), actual: [true], predicted: [true], probabilities: [1])
    }
    #expect(error?.code == "duplicate-id")
    #expect(data.documents.count == 1 && data.row(of: "1") == 0)
  }
}
