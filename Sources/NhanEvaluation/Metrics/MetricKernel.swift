/// Measures every metric for given weights of the documents, without sorting again.
///
/// Each label's documents are sorted once by falling probability. One walk over them per resample then gives
/// all of the label's metrics: O(documents · labels) for all.
package struct MetricKernel: Sendable {
  /// One decision, in the order of falling probability.
  private struct Decision {
    /// The document's place in the weights.
    var position: Int32
    /// p − y in millionths.
    var deviation: Int32
    var isActual: Bool
    var isPredicted: Bool
    /// The next probability is different, or there is none.
    var endsTie: Bool
    /// The next probability is in another bin, or there is none.
    var endsBin: Bool
  }

  /// The metrics of one label.
  private struct LabelTally {
    var counts = Counts()
    var averagePrecision = AveragePrecision()
    var brier = BrierScore()
    var calibration = CalibrationError()
  }

  package let documentCount: Int
  private let labelCount: Int
  /// Label after label.
  private let decisions: [Decision]
  /// A document: whether all its labels are right.
  private let isExact: [Bool]
  private let isSingleLabel: Bool

  /// How many metrics there are.
  package var metricCount: Int { Metric.count(labelCount: labelCount) }

  /// Prepares the documents at `rows`; weights are given in the same order.
  ///
  /// O(labels · rows · log rows). `isSingleLabel` belongs to the whole data, of which the rows may be a part.
  package init(_ data: EvaluationData, rows: [Int], isSingleLabel: Bool) {
    documentCount = rows.count
    labelCount = data.labels.count
    self.isSingleLabel = isSingleLabel
    isExact = rows.map { data.errorCount($0) == 0 }
    decisions = data.labels.indices.flatMap { Self.decisions(data, rows: rows, label: $0) }
  }

  private static func decisions(_ data: EvaluationData, rows: [Int], label: Int) -> [Decision] {
    let probabilities = rows.map { data.probabilities[$0 * data.labels.count + label] }
    let order = rows.indices.sorted {
      (probabilities[$1], $0) < (probabilities[$0], $1)
    }
    return order.indices.map { rank in
      let position = order[rank]
      let probability = probabilities[position]
      let next = rank + 1 < order.count ? probabilities[order[rank + 1]] : nil
      let isActual = data.isActual(rows[position], label)
      return Decision(
        position: Int32(position),
        deviation: probability - (isActual ? EvaluationData.certain : 0),
        isActual: isActual,
        isPredicted: data.isPredicted(rows[position], label),
        endsTie: next != probability,
        endsBin: next.map(CalibrationError.bin) != CalibrationError.bin(of: probability))
    }
  }

  /// Measures with every document once.
  /// - Returns: the values in the order of `Metric.all`, NaN where not measured, and the counts a label.
  package func measure() -> (values: [Double], counts: [Counts]) {
    let weights = [Int32](repeating: 1, count: documentCount)
    var values = [Double](repeating: .nan, count: metricCount)
    let counts = weights.withUnsafeBufferPointer { weights in
      values.withUnsafeMutableBufferPointer { values in
        measure(weights: weights, into: values)
        return (0..<labelCount).map { tally(label: $0, weights: weights).counts }
      }
    }
    return (values, counts)
  }

  /// Measures with each document as often as its weight says, in the order of `Metric.all`; NaN where not
  /// measured.
  /// - Precondition: there is a weight a document and a value a metric.
  package func measure(weights: UnsafeBufferPointer<Int32>, into values: UnsafeMutableBufferPointer<Double>) {
    precondition(weights.count == documentCount && values.count == metricCount)
    var total = Counts()
    var errors = 0
    var supports: [Int] = []
    for label in 0..<labelCount {
      let tally = tally(label: label, weights: weights)
      total += tally.counts
      supports.append(tally.counts.support)
      errors += tally.counts.falsePositives + tally.counts.falseNegatives
      values[Metric.label(label, .precision).index] = tally.counts.precision
      values[Metric.label(label, .recall).index] = tally.counts.recall
      values[Metric.label(label, .f1).index] = tally.counts.f1
      values[Metric.label(label, .averagePrecision).index] = tally.averagePrecision.value
      values[Metric.label(label, .brier).index] = tally.brier.value
      values[Metric.label(label, .calibrationError).index] = tally.calibration.value
    }
    let (documents, exact) = tallyDocuments(weights)
    values[Metric.overall(.microPrecision).index] = total.precision
    values[Metric.overall(.microRecall).index] = total.recall
    values[Metric.overall(.microF1).index] = total.f1
    values[Metric.overall(.hammingLoss).index] = Ratio.of(errors, documents * labelCount)
    values[Metric.overall(.subsetAccuracy).index] = Ratio.of(exact, documents)
    values[Metric.overall(.accuracy).index] = isSingleLabel ? Ratio.of(exact, documents) : .nan
    averageLabels(in: values, supports: supports)
  }

  /// Fills in the means over the labels, whose own values stand already.
  private func averageLabels(in values: UnsafeMutableBufferPointer<Double>, supports: [Int]) {
    let means: [(OverallMetric, LabelMetric)] = [
      (.macroPrecision, .precision), (.macroRecall, .recall), (.macroF1, .f1),
      (.meanAveragePrecision, .averagePrecision), (.brier, .brier), (.calibrationError, .calibrationError),
    ]
    for (mean, metric) in means {
      values[Metric.overall(mean).index] = Ratio.mean(
        (0..<labelCount).lazy.map { values[Metric.label($0, metric).index] })
    }
    values[Metric.overall(.weightedF1).index] = Ratio.weightedMean(
      (0..<labelCount).lazy.map { (values[Metric.label($0, .f1).index], supports[$0]) })
  }

  /// How many documents the weights make, and how many of them have every label right.
  private func tallyDocuments(_ weights: UnsafeBufferPointer<Int32>) -> (all: Int, exact: Int) {
    var all = 0
    var exact = 0
    for position in 0..<documentCount {
      all &+= Int(weights[position])
      if isExact[position] { exact &+= Int(weights[position]) }
    }
    return (all, exact)
  }

  /// Walks over a label's decisions.
  private func tally(label: Int, weights: UnsafeBufferPointer<Int32>) -> LabelTally {
    var tally = LabelTally()
    decisions.withUnsafeBufferPointer { decisions in
      for rank in label * documentCount..<(label + 1) * documentCount {
        let decision = decisions[rank]
        let weight = Int(weights[Int(decision.position)])
        let deviation = Int(decision.deviation)
        if decision.isActual { tally.counts.support &+= weight }
        if decision.isPredicted { tally.counts.predicted &+= weight }
        if decision.isActual && decision.isPredicted { tally.counts.truePositives &+= weight }
        tally.averagePrecision.add(isActual: decision.isActual, weight: weight, endsTie: decision.endsTie)
        tally.brier.add(deviation: deviation, weight: weight)
        tally.calibration.add(deviation: deviation, weight: weight, endsBin: decision.endsBin)
      }
    }
    return tally
  }
}
