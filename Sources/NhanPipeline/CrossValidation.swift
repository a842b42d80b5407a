import NhanCore
import NhanEvaluation
import NhanStages

/// What cross-validation tells: calibration and threshold of each label, and how good they are.
struct CrossValidation: Sendable {
  /// Precision, recall and F1 of one label, on documents that neither the weights nor the threshold were chosen on.
  struct LabelResult: Sendable {
    var truePositives = 0
    var falsePositives = 0
    var falseNegatives = 0
    /// Of probabilities by calibrations made without the documents that they are measured on.
    var calibration: CalibrationQuality?

    var precision: Double? { ratio(truePositives, truePositives + falsePositives) }
    var recall: Double? { ratio(truePositives, truePositives + falseNegatives) }
    /// `nil` when the label neither occurs nor is given.
    var f1: Double? { ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives) }

    private func ratio(_ a: Int, _ b: Int) -> Double? { b == 0 ? nil : Double(a) / Double(b) }

    mutating func count(predicted: Bool, actual: Bool) {
      if predicted, actual { truePositives += 1 }
      if predicted, !actual { falsePositives += 1 }
      if !predicted, actual { falseNegatives += 1 }
    }
  }

  /// By label.
  var calibrations: [Calibration]
  /// By label.
  var thresholds: [Float]
  /// By label.
  var results: [LabelResult]
  /// Whether every fold's fit converged.
  var converged: Bool

  /// All labels' counts together.
  var micro: LabelResult {
    results.reduce(into: LabelResult()) {
      $0.truePositives += $1.truePositives
      $0.falsePositives += $1.falsePositives
      $0.falseNegatives += $1.falseNegatives
    }
  }

  /// Trains on all folds but one and scores that one, in turn; then calibrates on the scores of all, chooses thresholds
  /// on all, and measures each fold with thresholds chosen on the others.
  ///
  /// - Parameter repeats: the fold of every document, for each time that all this is done with other folds: a document's
  ///   score is the mean over them, which depends less on the luck of the deal.
  ///
  /// The extractors' vocabulary and document frequencies are those of all documents: they know no labels.
  static func run(
    _ rows: SparseRows, _ targets: TargetMatrix, repeats: [[Int]], task: Task, classifier: any Classifier,
    calibrator: Calibrator, selection: ThresholdSelection, threads: Int, progress: (Int, Int) -> Void
  ) throws -> CrossValidation {
    let folds = repeats[0]
    let count = (folds.max() ?? -1) + 1
    let (scores, converged) = try meanHeldOutScores(
      rows, targets, repeats: repeats, task: task, classifier: classifier, threads: threads,
      progress: progress)
    return task == .singleLabel
      ? single(scores, targets, folds, count, converged)
      : try multi(scores, targets, folds, count, calibrator, selection, converged, threads)
  }

  /// The score of every document, row-major: the mean of classifiers that have not seen it, one for each time that the
  /// documents are dealt.
  static func meanHeldOutScores(
    _ rows: SparseRows, _ targets: TargetMatrix, repeats: [[Int]], task: Task, classifier: any Classifier,
    threads: Int, progress: (Int, Int) -> Void
  ) throws -> (scores: [Double], converged: Bool) {
    var converged = true
    var scores = [Double](repeating: 0, count: targets.values.count)
    for (index, folds) in repeats.enumerated() {
      let part = try heldOutScores(
        rows, targets, folds: folds, task: task, classifier: classifier, threads: threads,
        progress: { fold, count in progress(index * count + fold, repeats.count * count) }
      ) { converged = converged && $0.report.converged }
      for i in scores.indices { scores[i] += part[i] / Double(repeats.count) }
    }
    return (scores, converged)
  }

  /// The score of every document by a classifier that has not seen it, row-major.
  /// - Parameter observe: given the classifier of each fold, in order.
  static func heldOutScores(
    _ rows: SparseRows, _ targets: TargetMatrix, folds: [Int], task: Task, classifier: any Classifier,
    threads: Int, progress: (Int, Int) -> Void, observe: (FittedClassifier) -> Void
  ) throws -> [Double] {
    let count = (folds.max() ?? -1) + 1
    let labels = targets.labelCount
    var scores = [Double](repeating: 0, count: targets.rowCount * labels)
    for fold in 0..<count {
      progress(fold, count)
      let training = folds.indices.filter { folds[$0] != fold }
      let held = folds.indices.filter { folds[$0] == fold }
      let fitted = try classifier.fit(
        rows.selecting(rows: training), targets.selecting(rows: training), task: task, threads: threads)
      observe(fitted)
      var heldScores: [Float] = []
      try fitted.classifier.score(rows.matrix(ofRows: held), into: &heldScores)
      for (position, row) in held.enumerated() {
        for label in 0..<labels {
          scores[row * labels + label] = Double(heldScores[position * labels + label])
        }
      }
    }
    return scores
  }

  private static func multi(
    _ scores: [Double], _ targets: TargetMatrix, _ folds: [Int], _ count: Int, _ calibrator: Calibrator,
    _ selection: ThresholdSelection, _ converged: Bool, _ threads: Int
  ) throws -> CrossValidation {
    let labels = targets.labelCount
    let parts = try Parallel.map(count: labels, threads: threads) { label, _ in
      let own = folds.indices.map { scores[$0 * labels + label] }
      let positives = folds.indices.map { targets[$0, label] }
      if positives.contains(true), !Folds.separate(positives, folds) { return Self.unjudged(own, positives) }
      let calibrated = calibrator.calibrate(own, positives, folds: folds, count: count)
      let probabilities = own.map(calibrated.calibration.probability)
      var result = LabelResult(calibration: CalibrationQuality(calibrated.heldOut, positives))
      for fold in 0..<count {
        let others = folds.indices.filter { folds[$0] != fold }
        let threshold = selection.choose(others.map { probabilities[$0] }, others.map { positives[$0] })
        for row in folds.indices where folds[row] == fold {
          result.count(predicted: probabilities[row] >= threshold, actual: positives[row])
        }
      }
      return (calibrated.calibration, Float(selection.choose(probabilities, positives)), result)
    }
    return CrossValidation(
      calibrations: parts.map { $0.0 }, thresholds: parts.map { $0.1 }, results: parts.map { $0.2 },
      converged: converged)
  }

  /// A label whose documents were only judged by classifiers that know none of them: as without cross-validation.
  private static func unjudged(_ scores: [Double], _ positives: [Bool]) -> (Calibration, Float, LabelResult) {
    let probabilities = scores.map(Calibration.identity.probability)
    var result = LabelResult(calibration: CalibrationQuality(probabilities, positives))
    for (probability, positive) in zip(probabilities, positives) {
      result.count(predicted: probability >= 0.5, actual: positive)
    }
    return (.identity, 0.5, result)
  }

  private static func single(
    _ scores: [Double], _ targets: TargetMatrix, _ folds: [Int], _ count: Int, _ converged: Bool
  ) -> CrossValidation {
    let labels = targets.labelCount
    let rows = (0..<targets.rowCount).map { Array(scores[$0 * labels..<($0 + 1) * labels]) }
    let actual = (0..<targets.rowCount).map { row in (0..<labels).first { targets[row, $0] } ?? 0 }
    let slope = Softmax.slope(rows, actual)
    var results = [LabelResult](repeating: LabelResult(), count: labels)
    for (row, label) in zip(rows, actual) {
      let predicted = row.indices.max { row[$0] < row[$1] }
      for l in 0..<labels { results[l].count(predicted: l == predicted, actual: l == label) }
    }
    var probabilities = [[Double]](repeating: [], count: rows.count)
    for fold in 0..<count {
      let others = folds.indices.filter { folds[$0] != fold }
      let slope = Softmax.slope(others.map { rows[$0] }, others.map { actual[$0] })
      for row in folds.indices where folds[row] == fold {
        probabilities[row] = Softmax.probabilities(rows[row], slope: slope)
      }
    }
    for label in 0..<labels {
      results[label].calibration = CalibrationQuality(
        probabilities.map { $0[label] }, actual.map { $0 == label })
    }
    return CrossValidation(
      calibrations: [Calibration](repeating: Calibration(slope: slope, intercept: 0), count: labels),
      thresholds: [Float](repeating: 0.5, count: labels), results: results, converged: converged)
  }

  /// Without cross-validation: scores taken as they are, thresholds at 0.5, nothing measured.
  static func skipped(_ targets: TargetMatrix) -> CrossValidation {
    let supports = targets.supports
    return CrossValidation(
      calibrations: supports.map { $0 == 0 ? .never : .identity }, thresholds: supports.map { _ in 0.5 },
      results: [], converged: true)
  }
}
