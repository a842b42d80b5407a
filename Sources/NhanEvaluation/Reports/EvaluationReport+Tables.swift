/// The report as tables. Intervals stand in brackets behind the value, `–` where nothing is measured.
extension EvaluationReport {
  /// Every table that has rows, in the order in which one reads them.
  public var tables: [EvaluationTable] {
    [gateTable, totalTable, labelTable, probabilityTable].filter { !$0.rows.isEmpty }
      + sliceTables + [comparisonTable, testTable, flipTable].compactMap(\.self).filter { !$0.rows.isEmpty }
  }

  /// Counts, precision, recall and F1 of each label.
  public var labelTable: EvaluationTable {
    EvaluationTable(
      title: "Labels",
      header: ["Label", "Support", "Predicted", "TP", "FP", "FN", "Precision", "Recall", "F1"],
      rows: data.labels.indices.map { label in
        let counts = figures.counts[label]
        let numbers = [
          counts.support, counts.predicted, counts.truePositives, counts.falsePositives,
          counts.falseNegatives,
        ]
        return [data.labels[label].key] + numbers.map(\.description)
          + cells(label, [.precision, .recall, .f1])
      })
  }

  /// How good the probabilities of each label are.
  public var probabilityTable: EvaluationTable {
    EvaluationTable(
      title: "Probabilities",
      header: ["Label", "Threshold", "Average precision", "Brier score", "Calibration error"],
      rows: data.labels.indices.map { label in
        [data.labels[label].key, Wording.number(data.labels[label].threshold)]
          + cells(label, [.averagePrecision, .brier, .calibrationError])
      })
  }

  private func cells(_ label: Int, _ metrics: [LabelMetric]) -> [String] {
    metrics.map { Wording.measurement(figures[label, $0]) }
  }

  /// The metrics of all labels together.
  public var totalTable: EvaluationTable {
    EvaluationTable(
      title: "All labels", header: ["Metric", "Value (\(Wording.percent(bootstrap.level)) interval)"],
      rows: OverallMetric.allCases.map { [$0.name, Wording.measurement(figures[$0])] })
  }

  /// One table for each key the report was sliced by.
  public var sliceTables: [EvaluationTable] {
    let metrics: [OverallMetric] = [.microPrecision, .microRecall, .microF1, .macroF1, .subsetAccuracy]
    var tables: [EvaluationTable] = []
    for slice in slices {
      if tables.last?.header.first != slice.key {
        tables.append(
          EvaluationTable(
            title: "By \(slice.key)", header: [slice.key, "documents"] + metrics.map(\.name), rows: []))
      }
      tables[tables.count - 1].rows.append(
        [slice.value ?? Wording.notMeasured, slice.figures.documentCount.description]
          + metrics.map { Wording.measurement(slice.figures[$0]) })
    }
    return tables
  }

  /// How each gate went.
  public var gateTable: EvaluationTable {
    EvaluationTable(
      title: "Gates", header: ["Gate", "Outcome", "Why"],
      rows: gates.map { [$0.name, $0.isPassed ? "passed" : "FAILED", $0.sentence] })
  }

  /// What changed since the baseline, of all labels together and the F1 of each; `nil` without a baseline.
  public var comparisonTable: EvaluationTable? {
    comparison.map { comparison in
      let metrics =
        OverallMetric.allCases.map(Metric.overall) + data.labels.indices.map { Metric.label($0, .f1) }
      return EvaluationTable(
        title: "Against the baseline", header: ["Metric", "Before", "Now", "Change"],
        rows: metrics.map {
          [
            $0.name(labels: data.labels), Wording.number(comparison.baseline[$0].value),
            Wording.number(figures[$0].value), Wording.change(comparison[$0]),
          ]
        })
    }
  }

  /// McNemar's test of each label and the sign test over documents; `nil` without a baseline.
  public var testTable: EvaluationTable? {
    comparison.map { comparison in
      let tests =
        zip(data.labels, comparison.labelTests).map { ($0.key, $1) }
        + [("documents", comparison.documentTest)]
      return EvaluationTable(
        title: "Decisions that changed", header: ["Label", "Became right", "Became wrong", "p"],
        rows: tests.map { [$0, $1.better.description, $1.worse.description, Wording.pValue($1.pValue)] })
    }
  }

  /// The documents whose decision changed; `nil` without a baseline.
  public var flipTable: EvaluationTable? {
    comparison.map { comparison in
      EvaluationTable(
        title: "Changed documents", header: ["Document", "Title", "Label", "Before", "Now", "Outcome"],
        rows: comparison.flips.map { flip in
          [
            data.documents[flip.row].id, data.documents[flip.row].title, data.labels[flip.label].key,
            flip.isPredicted ? "no" : "yes", flip.isPredicted ? "yes" : "no",
            flip.isCorrect ? "became right" : "became wrong",
          ]
        })
    }
  }
}
