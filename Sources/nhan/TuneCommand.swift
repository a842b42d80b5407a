import ArgumentParser
import Nhan

struct TuneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tune", abstract: "Chooses a model's thresholds anew, by labelled articles.",
    discussion: """
      Examples:
        nhan tune --model themes.safetensors --data checked/ --output tuned.safetensors
        nhan tune --model themes.safetensors --data checked/ --output tuned.safetensors --minimum-precision 0.95
        nhan tune --model themes.safetensors --data checked/ --output tuned.safetensors --label awards \\
          --maximize f-beta --beta 2
        nhan tune --model themes.safetensors --data training-data/train --cross-validate --output tuned.safetensors

      Prints what each threshold would give, and how far the probabilities may be trusted (Brier score and calibration \
      error; lower is better). Among the thresholds that keep the minimum precision and recall, the one \
      with the greatest F is taken. Use articles that the model was not trained on, or with --cross-validate the very \
      ones: then each is judged by models trained without it. Measure on yet others, for those that chose the thresholds \
      make them look better than they are.
      """)

  enum Goal: String, ExpressibleByArgument, CaseIterable {
    case f1
    case fBeta = "f-beta"
  }

  @Option(name: .long, help: "The model file.")
  var model: String
  @Option(
    name: .long, parsing: .upToNextOption,
    help: "Files and folders of labelled articles; - for JSONL on standard input.")
  var data: [String]
  @Option(name: .long, help: "The model file to write.")
  var output: String
  @OptionGroup var layout: LayoutOptions
  @Option(name: .long, help: "What a threshold maximizes.")
  var maximize: Goal = .f1
  @Option(name: .long, help: "Recall counts this many times as much as precision, with --maximize f-beta.")
  var beta: Double?
  @Option(name: .long, help: "Only thresholds with at least this precision.")
  var minimumPrecision: Double = 0
  @Option(name: .long, help: "Only thresholds with at least this recall.")
  var minimumRecall: Double = 0
  @Option(name: .long, help: "Choose only this label's threshold; may be given several times.")
  var label: [String] = []
  @Flag(
    name: .long,
    help: "The articles are those that the model was trained on: judge each by models trained without it.")
  var crossValidate = false
  @Option(name: .long, help: "Deals the articles to the parts, with --cross-validate.")
  var seed: Int = 0
  @OptionGroup var plugins: PluginOptions
  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    if beta != nil, maximize != .fBeta { throw ValidationError("--beta works with --maximize f-beta") }
    if beta == nil, maximize == .fBeta { throw ValidationError("--maximize f-beta needs --beta") }
  }

  func run() throws {
    let goal = try ThresholdGoal(
      beta: beta ?? 1, minimumPrecision: minimumPrecision, minimumRecall: minimumRecall)
    let tuner = try ThresholdTuner(
      model: try Model(file: model, stages: plugins.source, threads: threads.count), goal: goal,
      labels: label, threads: threads.count
    )
    var reader = try CorpusReader(paths: data, layout: layout.layout.corpus)
    let log = FailureLog()
    let result =
      crossValidate
      ? try tuner.crossValidate(&reader, seed: seed, report: log.report) { Terminal.progress($0.text) }
      : try tuner.tune(&reader, report: log.report)
    Terminal.progress("")
    try result.model.write(to: output)
    let report = TuningReport(result: result, goal: goal)
    try DataOutput(nil).write(report.text)
    Terminal.write("wrote \(output), content SHA-256 \(result.model.contentDigest)")
    report.warnings.forEach(Terminal.warn)
    log.mention(reader.skippedFiles)
    try log.finish()
  }
}

/// What a person wants to know after tuning.
struct TuningReport {
  let result: TuningResult
  let goal: ThresholdGoal

  /// The curve of each label in rows, with the threshold so far and the one chosen.
  var text: String { result.labels.map(text).joined(separator: "\n") }

  private func text(_ label: TuningResult.LabelResult) -> String {
    var table = TextTable(columns: [
      .init("threshold", alignment: .right), .init("precision", alignment: .right),
      .init("recall", alignment: .right), .init(measure, alignment: .right), .init(""),
    ])
    for row in rows(label) {
      let figures = [row.point?.precision, row.point?.recall, row.point.map(goal.f)].map { Figure.text($0) }
      table.rows.append([Figure.text(row.threshold)] + figures + [row.mark])
    }
    let name =
      label.label.name == label.label.key ? label.label.key : "\(label.label.key) (\(label.label.name))"
    let quality = label.calibration.map {
      ", Brier score \(Figure.text($0.brier)), calibration error \(Figure.text($0.calibrationError))"
    }
    return "\(name): \(label.support) of \(result.documents) articles\(quality ?? "")\n" + table.rendered()
  }

  private var measure: String {
    let beta = Figure.text(goal.beta, decimals: 2).reversed().drop { $0 == "0" }.drop { $0 == "." }
    return "F\(String(beta.reversed()))"
  }

  private func rows(
    _ label: TuningResult.LabelResult
  ) -> [(threshold: Double, point: PrecisionRecallCurve.Point?, mark: String)] {
    let (before, after) = (Double(label.before), Double(label.after))
    // The first point of each tenth of recall draws the curve well enough.
    let tenths = (1...10).compactMap { tenth in
      label.curve.points.first { $0.recall >= Double(tenth) / 10 - 1e-9 }
    }
    var rows: [(threshold: Double, point: PrecisionRecallCurve.Point?, mark: String)] = []
    for point in tenths {
      // Of points that read the same, the last: it has the greatest recall.
      if let last = rows.last, Figure.text(last.threshold) == Figure.text(point.threshold) {
        rows.removeLast()
      }
      rows.append((point.threshold, point, ""))
    }
    let isKept = Figure.text(before) == Figure.text(after)
    if !isKept { rows.append((before, label.curve.point(at: before), "before")) }
    rows.append((after, label.curve.point(at: after), isKept ? "◀ chosen, as before" : "◀ chosen"))
    return rows.sorted { $0.threshold > $1.threshold }
  }

  var warnings: [String] {
    var warnings = [
      "these \(result.documents) articles chose the thresholds and cannot measure them: evaluate on others"
    ]
    if result.isTrainingData, !result.isCrossValidated {
      warnings.append(
        "they are the articles that the model was trained on: it knows them too well, and the thresholds will be wrong "
          + "for others; --cross-validate judges each by models trained without it")
    }
    for label in result.labels {
      if label.support == 0 {
        warnings.append("no article has the label '\(label.label.key)': its threshold stays")
      } else if label.curve.point(at: Double(label.after)) == nil {
        warnings.append(
          "the scores hardly tell the label '\(label.label.key)': no threshold is worth it, it will be given only above "
            + "\(Figure.text(Double(label.after)))")
      } else if !label.keepsFloors {
        warnings.append(
          "no threshold of the label '\(label.label.key)' keeps the minimum: the one that comes nearest was taken"
        )
      }
    }
    return warnings
  }
}
