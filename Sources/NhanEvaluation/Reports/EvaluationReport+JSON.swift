import NhanCore

/// The JSON form of a report, `nhan-evaluation/1`. It holds every decision, so it can be the baseline of a
/// later run; `docs/evaluation-json.md` describes it.
extension EvaluationReport {
  /// The value of `schema`. It changes when a member changes its meaning or goes; members may be added.
  public static let schema = "nhan-evaluation/1"

  /// The report as JSON, UTF-8, with a newline at the end: the same bytes for the same report.
  ///
  /// One decision stands on a line, the rest is indented. O(size of the report).
  public func json() -> [UInt8] {
    var output: [UInt8] = Array("{".utf8)
    for (key, value) in summaryMembers {
      output += "\n  ".utf8
      JSONWriter.append(string: key, to: &output)
      output += ": ".utf8
      JSONWriter.append(pretty: value, depth: 1, to: &output)
      output.append(UInt8(ascii: ","))
    }
    output += "\n  \"decisions\": [".utf8
    for row in data.documents.indices {
      output += row == 0 ? "\n    ".utf8 : ",\n    ".utf8
      JSONWriter.append(decision(row), to: &output)
    }
    output += "\n  ]\n}\n".utf8
    return output
  }

  /// Everything but the decisions.
  private var summaryMembers: [(key: String, value: JSONValue)] {
    var members: [(key: String, value: JSONValue)] = [
      ("schema", .string(Self.schema)),
      ("labels", .array(data.labels.map(Self.json))),
      (
        "bootstrap",
        .object([
          ("resamples", .integer(bootstrap.resamples)), ("level", .double(bootstrap.level)),
          ("seed", .integer(bootstrap.seed)),
        ])
      ),
      ("figures", json(figures)),
      ("slices", .array(slices.map(json))),
      ("gates", .array(gates.map(json))),
    ]
    if let comparison { members.append(("comparison", json(comparison))) }
    return members
  }

  private static func json(_ label: EvaluationLabel) -> JSONValue {
    .object([
      ("key", .string(label.key)), ("name", .string(label.name)),
      ("threshold", json(label.threshold)),
    ])
  }

  private static func json(_ number: Double?) -> JSONValue { number.map(JSONValue.double) ?? .null }

  // MARK: Figures

  private func json(_ figures: Figures) -> JSONValue {
    .object([
      ("documents", .integer(figures.documentCount)),
      (
        "overall",
        .object(
          Self.members(figures.total) + OverallMetric.allCases.map { ($0.name, Self.json(figures[$0])) })
      ),
      ("labels", .object(data.labels.indices.map { (data.labels[$0].key, Self.json(figures, label: $0)) })),
    ])
  }

  private static func json(_ figures: Figures, label: Int) -> JSONValue {
    .object(
      members(figures.counts[label]) + LabelMetric.allCases.map { ($0.name, json(figures[label, $0])) })
  }

  private static func members(_ counts: Counts) -> [(key: String, value: JSONValue)] {
    [
      ("support", .integer(counts.support)), ("predicted", .integer(counts.predicted)),
      ("true-positives", .integer(counts.truePositives)),
      ("false-positives", .integer(counts.falsePositives)),
      ("false-negatives", .integer(counts.falseNegatives)),
    ]
  }

  private static func json(_ measurement: Measurement) -> JSONValue {
    guard let value = measurement.value else { return .null }
    var members: [(key: String, value: JSONValue)] = [("value", .double(value))]
    if let interval = measurement.interval {
      members += [("low", .double(interval.low)), ("high", .double(interval.high))]
    }
    return .object(members)
  }

  private func json(_ slice: Slice) -> JSONValue {
    .object([
      ("key", .string(slice.key)), ("value", slice.value.map(JSONValue.string) ?? .null),
      ("figures", json(slice.figures)),
    ])
  }

  private func json(_ gate: GateOutcome) -> JSONValue {
    .object([
      ("name", .string(gate.name)), ("metric", .string(gate.metric.name(labels: data.labels))),
      ("passed", .bool(gate.isPassed)), ("sentence", .string(gate.sentence)),
    ])
  }

  // MARK: Comparison

  private func json(_ comparison: Comparison) -> JSONValue {
    .object([
      ("baseline", json(comparison.baseline)),
      (
        "differences",
        .object(
          Metric.all(labelCount: data.labels.count).map {
            ($0.name(labels: data.labels), Self.json(comparison[$0]))
          })
      ),
      ("documents", Self.json(comparison.documentTest)),
      (
        "labels",
        .object(data.labels.indices.map { (data.labels[$0].key, Self.json(comparison.labelTests[$0])) })
      ),
      ("flips", .array(comparison.flips.map(json))),
    ])
  }

  private static func json(_ test: SignTest) -> JSONValue {
    .object([
      ("better", .integer(test.better)), ("worse", .integer(test.worse)), ("p", .double(test.pValue)),
    ])
  }

  private func json(_ flip: Flip) -> JSONValue {
    .object([
      ("id", .string(data.documents[flip.row].id)), ("label", .string(data.labels[flip.label].key)),
      ("predicted", .bool(flip.isPredicted)), ("correct", .bool(flip.isCorrect)),
    ])
  }

  // MARK: Decisions

  private func decision(_ row: Int) -> JSONValue {
    let document = data.documents[row]
    var members: [(key: String, value: JSONValue)] = [("id", .string(document.id))]
    if let place = document.place {
      members.append(("file", .string(place.file)))
      if let line = place.line { members.append(("line", .integer(line))) }
    }
    members += [
      ("title", .string(document.title)),
      ("actual", .array(data.actualKeys(row).map(JSONValue.string))),
      ("predicted", .array(data.predictedKeys(row).map(JSONValue.string))),
      (
        "probabilities",
        .object(data.labels.indices.map { (data.labels[$0].key, .double(data.probability(row, $0))) })
      ),
    ]
    if !document.metadata.isEmpty {
      let metadata = document.metadata.sorted { $0.key < $1.key }
      members.append(("metadata", .object(metadata.map { ($0.key, .string($0.value)) })))
    }
    return .object(members)
  }
}
