/// The two curves of a label.
struct LabelCharts {
  let data: EvaluationData
  let figures: Figures
  let label: Int

  private var name: String { data.labels[label].name }
  private var threshold: Double? { data.labels[label].threshold }

  /// Precision over recall, with the point at which the label is given.
  var precisionRecall: HTML {
    let curve = PrecisionRecallCurve(data, label: label)
    guard !curve.points.isEmpty else {
      return
        "<figure><figcaption>No precision-recall curve: no document carries the label.</figcaption></figure>"
    }
    let chosen = chosenPoint
    var chart = Chart(
      key: "pr-\(label)", title: "Precision and recall of \(name)",
      description:
        "Average precision \(Wording.number(figures[label, .averagePrecision].value)). \(chosen.words)",
      horizontal: "recall", vertical: "precision")
    chart.line(Self.steps(curve), class: "curve")
    if let point = chosen.point {
      chart.circle(x: point.recall, y: point.precision, radius: 5, class: "chosen")
    }
    return """
      <figure>
      \(chart.svg)<figcaption>Precision over recall; average precision \
      \(Wording.measurement(figures[label, .averagePrecision])). \(chosen.words)</figcaption>
      </figure>

      """
  }

  /// Steps, each as wide as the recall it adds and as high as the precision there: the area is the average precision.
  /// Where recall stays, the line goes down with the precision.
  static func steps(_ curve: PrecisionRecallCurve) -> [(x: Double, y: Double)] {
    var steps: [(x: Double, y: Double)] = []
    for point in curve.points {
      let last = steps.last?.x ?? 0
      if point.recall > last { steps.append((last, point.precision)) }
      if point.recall > 0 { steps.append((point.recall, point.precision)) }
    }
    return steps
  }

  private var chosenPoint: (point: (recall: Double, precision: Double)?, words: String) {
    let mark = threshold.map { "threshold \(Wording.number($0))" } ?? "decisions as they were made"
    guard let precision = figures[label, .precision].value, let recall = figures[label, .recall].value else {
      return (nil, "At the \(mark), no document was given the label.")
    }
    return (
      (recall, precision),
      "The circle marks the \(mark): precision \(Wording.number(precision)), recall \(Wording.number(recall))."
    )
  }

  /// How often documents of a probability carry the label, with the threshold; bars below show how many there are.
  var reliability: HTML {
    let curve = ReliabilityCurve(data, label: label)
    let greatest = Double(curve.bins.map(\.count).max() ?? 1)
    let mark = threshold.map { " The dashed line is the threshold \(Wording.number($0))." } ?? ""
    let bins = curve.bins.map {
      "\(Wording.number($0.probability, decimals: 2)): \(Wording.number($0.share, decimals: 2)) of \($0.count)"
    }
    var chart = Chart(
      key: "rel-\(label)", title: "Reliability of the probabilities of \(name)",
      description:
        "Mean probability and share that carries the label: \(bins.joined(separator: "; ")).\(mark)",
      horizontal: "probability", vertical: "share that carries the label")
    for bin in curve.bins {
      chart.bar(x: min(bin.probability, 0.97), width: 0.03, height: 0.15 * Double(bin.count) / greatest)
    }
    chart.line([(0, 0), (1, 1)], class: "diagonal")
    chart.line(curve.bins.map { ($0.probability, $0.share) }, class: "join")
    for bin in curve.bins {
      let interval = Self.wilson(bin)
      chart.line([(bin.probability, interval.low), (bin.probability, interval.high)], class: "whisker")
      chart.circle(x: bin.probability, y: bin.share, radius: 3.5, class: "dot")
    }
    if let threshold, threshold <= 1 { chart.line([(threshold, 0), (threshold, 1)], class: "threshold") }
    return """
      <figure>
      \(chart.svg)<figcaption>What share of the documents of a probability carries the label: on the dotted line the \
      probabilities are right. Calibration error \(Wording.measurement(figures[label, .calibrationError])). Bars show \
      where the documents are.\(mark)</figcaption>
      </figure>

      """
  }

  /// The 95 % interval of a share (Wilson 1927).
  static func wilson(_ bin: ReliabilityCurve.Bin) -> Interval {
    let z = 1.959964
    let n = Double(bin.count)
    let middle = (bin.share + z * z / (2 * n)) / (1 + z * z / n)
    let half = z / (1 + z * z / n) * (bin.share * (1 - bin.share) / n + z * z / (4 * n * n)).squareRoot()
    return Interval(low: max(0, middle - half), high: min(1, middle + half))
  }
}
