import NhanEvaluation

/// The metrics straight from their definitions: the oracle for the kernel.
struct NaiveMetrics {
  let data: EvaluationData
  private var rows: Range<Int> { data.documents.indices }
  private var labels: Range<Int> { data.labels.indices }

  init(_ data: EvaluationData) { self.data = data }

  func value(of metric: Metric) -> Double? {
    switch metric {
    case .label(let label, let metric): value(of: metric, label)
    case .overall(let metric): value(of: metric)
    }
  }

  private func value(of metric: LabelMetric, _ label: Int) -> Double? {
    let actual = Set(rows.filter { data.isActual($0, label) })
    let predicted = Set(rows.filter { data.isPredicted($0, label) })
    let hits = actual.intersection(predicted).count
    switch metric {
    case .precision: return ratio(hits, predicted.count)
    case .recall: return ratio(hits, actual.count)
    case .f1: return ratio(2 * hits, actual.count + predicted.count)
    case .averagePrecision: return averagePrecision(label, actual)
    case .brier: return mean(rows.map { deviation($0, label) * deviation($0, label) })
    case .calibrationError:
      let bins = Dictionary(grouping: rows) { min(Int(data.probability($0, label) * 10 + 1e-9), 9) }
      return ratio(bins.values.map { bin in abs(bin.map { deviation($0, label) }.reduce(0, +)) }.reduce(0, +))
    }
  }

  private func averagePrecision(_ label: Int, _ actual: Set<Int>) -> Double? {
    guard !actual.isEmpty else { return nil }
    let probabilities = rows.map { data.probability($0, label) }
    var recall = 0.0
    var area = 0.0
    for threshold in Set(probabilities).sorted(by: >) {
      let given = rows.filter { probabilities[$0] >= threshold }
      let hits = given.count { actual.contains($0) }
      let reached = Double(hits) / Double(actual.count)
      area += (reached - recall) * Double(hits) / Double(given.count)
      recall = reached
    }
    return area
  }

  private func value(of metric: OverallMetric) -> Double? {
    let cells = rows.flatMap { row in labels.map { (row, $0) } }
    let hits = cells.count { data.isActual($0.0, $0.1) && data.isPredicted($0.0, $0.1) }
    let actual = cells.count { data.isActual($0.0, $0.1) }
    let predicted = cells.count { data.isPredicted($0.0, $0.1) }
    let exact = rows.count { data.actualKeys($0) == data.predictedKeys($0) }
    switch metric {
    case .microPrecision: return ratio(hits, predicted)
    case .microRecall: return ratio(hits, actual)
    case .microF1: return ratio(2 * hits, actual + predicted)
    case .macroPrecision: return meanOfLabels(.precision)
    case .macroRecall: return meanOfLabels(.recall)
    case .macroF1: return meanOfLabels(.f1)
    case .weightedF1:
      guard actual > 0 else { return nil }
      let terms = labels.map { label in
        (value(of: .f1, label) ?? 0) * Double(rows.count { data.isActual($0, label) })
      }
      return terms.reduce(0, +) / Double(actual)
    case .meanAveragePrecision: return meanOfLabels(.averagePrecision)
    case .brier: return meanOfLabels(.brier)
    case .calibrationError: return meanOfLabels(.calibrationError)
    case .subsetAccuracy: return ratio(exact, rows.count)
    case .hammingLoss:
      return ratio(cells.count { data.isActual($0.0, $0.1) != data.isPredicted($0.0, $0.1) }, cells.count)
    case .accuracy:
      let isSingle = rows.allSatisfy { data.actualKeys($0).count == 1 && data.predictedKeys($0).count == 1 }
      return isSingle ? ratio(exact, rows.count) : nil
    }
  }

  private func deviation(_ row: Int, _ label: Int) -> Double {
    data.probability(row, label) - (data.isActual(row, label) ? 1 : 0)
  }

  private func meanOfLabels(_ metric: LabelMetric) -> Double? {
    mean(labels.compactMap { value(of: metric, $0) })
  }

  private func mean(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }

  private func ratio(_ part: Int, _ whole: Int) -> Double? {
    whole == 0 ? nil : Double(part) / Double(whole)
  }

  private func ratio(_ sum: Double) -> Double? { rows.isEmpty ? nil : sum / Double(rows.count) }
}
