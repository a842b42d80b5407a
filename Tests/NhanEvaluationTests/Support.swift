import NhanCore
import NhanEvaluation

/// Makes evaluation data for tests.
enum Sample {
  static func labels(_ count: Int) -> [EvaluationLabel] {
    (0..<count).map { EvaluationLabel(key: "label\($0)", name: "Nhãn \($0)", threshold: 0.5) }
  }

  /// Random documents; probabilities have one decimal, so that many tie, and sides taken that are noisy.
  static func random(
    seed: UInt64, documents: Int, labels: Int, idsFrom firstID: Int = 0
  ) throws -> EvaluationData {
    var generator = SplitMix64(seed: seed)
    var data = try EvaluationData(labels: self.labels(labels))
    for row in 0..<documents {
      let actual = (0..<labels).map { _ in generator.next(below: 3) == 0 }
      let probabilities = actual.map { isActual in
        Double(generator.next(below: 8) + (isActual ? 3 : 0)) / 10
      }
      try data.append(
        EvaluationDocument(
          id: "doc\(firstID + row)", place: Place(file: "bài/\(row).txt", line: row + 1),
          title: "Tin số \(row)", metadata: ["source": row % 3 == 0 ? "a" : "b"]),
        actual: actual, predicted: probabilities.map { $0 >= 0.5 }, probabilities: probabilities)
    }
    return data
  }

  /// Documents of one label from signs: what is right, what was decided.
  static func oneLabel(
    _ decisions: [(actual: Bool, predicted: Bool)], key: String = "awards"
  ) throws -> EvaluationData {
    var data = try EvaluationData(labels: [EvaluationLabel(key: key, name: "Khen thưởng", threshold: 0.5)])
    for (row, decision) in decisions.enumerated() {
      try data.append(
        EvaluationDocument(id: "\(row)"), actual: [decision.actual], predicted: [decision.predicted],
        probabilities: [decision.predicted ? 0.9 : 0.1])
    }
    return data
  }

  /// The documents of `data` at `rows`, copies renamed.
  static func rows(_ rows: [Int], of data: EvaluationData) throws -> EvaluationData {
    var picked = try EvaluationData(labels: data.labels)
    for (index, row) in rows.enumerated() {
      var document = data.documents[row]
      if picked.row(of: document.id) != nil { document.id += " copy \(index)" }
      try picked.append(
        document, actual: data.labels.indices.map { data.isActual(row, $0) },
        predicted: data.labels.indices.map { data.isPredicted(row, $0) },
        probabilities: data.labels.indices.map { data.probability(row, $0) })
    }
    return picked
  }

  /// `data` with the decisions at some cells turned over, and their probabilities with them.
  static func flipping(
    _ data: EvaluationData, where isFlipped: (_ row: Int, _ label: Int) -> Bool
  ) throws -> EvaluationData {
    var flipped = try EvaluationData(labels: data.labels)
    for row in data.documents.indices {
      let flips = data.labels.indices.map { isFlipped(row, $0) }
      try flipped.append(
        data.documents[row], actual: data.labels.indices.map { data.isActual(row, $0) },
        predicted: data.labels.indices.map { data.isPredicted(row, $0) != flips[$0] },
        probabilities: data.labels.indices.map {
          flips[$0] ? 1 - data.probability(row, $0) : data.probability(row, $0)
        })
    }
    return flipped
  }

  /// A report with few resamples.
  static func report(
    _ data: EvaluationData, resamples: Int = 50, baseline: EvaluationData? = nil,
    gates: [String] = [], regression: RegressionGate? = nil, slices: [String] = []
  ) throws -> EvaluationReport {
    var options = EvaluationOptions()
    options.bootstrap.resamples = resamples
    options.baseline = baseline
    options.gates = try gates.map { try ThresholdGate(parsing: $0, labels: data.labels) }
    options.regression = regression
    options.slices = slices
    return try EvaluationReport(data, options)
  }
}

extension Sample {
  /// The misjudged documents of a report, each with a phrase for the first label and one against the others.
  static func articles(of report: EvaluationReport) throws -> [ExplainedArticle] {
    let data = report.data
    return report.misjudgedRows.map { row in
      let title = Array(data.documents[row].title.utf8)
      let text = Array("Ngư dân bám biển.\nTrang chủ | Đăng nhập\n".utf8)
      return ExplainedArticle(
        id: data.documents[row].id, title: title, text: text, unread: [22..<48],
        layers: data.labels.indices.map { label in
          let sign = label == 0 ? 1.0 : -1.0
          return ExplainedArticle.Layer(
            name: data.labels[label].name, isGiven: data.isPredicted(row, label),
            probability: data.probability(row, label), threshold: data.labels[label].threshold,
            score: sign - 0.5,
            bias: -0.5,
            phrases: [
              ExplainedArticle.Phrase(text: "Ngư dân", contribution: sign * 0.75, textPlaces: [0..<9]),
              ExplainedArticle.Phrase(text: "biển", contribution: sign * 0.25, textPlaces: [14..<20]),
            ])
        })
    }
  }
}

/// The error that `body` throws.
func nhanError(_ body: () throws -> Void) -> NhanError? {
  do {
    try body()
    return nil
  } catch {
    return error as? NhanError
  }
}

/// Whether two figures are both not measured, or equal but for rounding.
func isClose(_ a: Double?, _ b: Double?) -> Bool {
  switch (a, b) {
  case (nil, nil): true
  case (let a?, let b?): abs(a - b) <= 1e-9
  default: false
  }
}
