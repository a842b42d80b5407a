import ArgumentParser
import Nhan

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Trains a model on labelled articles.",
    discussion: """
      Example:
        nhan train --config Models/themes.yaml --data training-data/train --output themes.safetensors

      Labelled articles are .txt files with front matter (---, labels: [borders], ---), .jsonl, .csv, .tsv, fastText \
      lines, or folders named like their labels (--layout folders). The same data, configuration and seed give the \
      same model file, byte for byte, at any number of threads.
      """)

  @Option(name: .long, help: "The configuration (YAML).")
  var config: String
  @Option(
    name: .long, parsing: .upToNextOption,
    help: "Files and folders of labelled articles; - for JSONL on standard input.")
  var data: [String]
  @Option(name: .long, help: "The model file to write.")
  var output: String
  @OptionGroup var layout: LayoutOptions
  @OptionGroup var plugins: PluginOptions
  @OptionGroup var threads: ThreadOptions
  @Option(name: .long, help: "Deals the documents to the parts of the cross-validation.")
  var seed: Int = 0

  func run() throws {
    let configuration = try Configuration(file: config, stages: plugins.source)
    var reader = try CorpusReader(paths: data, layout: layout.layout.corpus)
    let trainer = Trainer(configuration: configuration, threads: threads.count, seed: seed)
    let log = FailureLog()
    let (model, summary) = try trainer.train(&reader, report: log.report) { Terminal.progress($0.text) }
    Terminal.progress("")
    try model.write(to: output)
    Terminal.write(TrainingReport.text(summary, output: output))
    for stage in configuration.stages where stage.concurrency == .serial {
      Terminal.write("stage '\(stage.name)' runs one call at a time: it serializes the run")
    }
    TrainingReport.warnings(summary, configuration).forEach(Terminal.warn)
    log.mention(reader.skippedFiles)
    try log.finish()
  }
}

extension Trainer.Step {
  /// The step for the progress line.
  var text: String {
    switch self {
    case .reading: "reading…"
    case .extracting(let documents): "\(documents) documents: extracting features…"
    case .validating(let part, let count): "cross-validating, part \(part) of \(count)…"
    case .fitting: "fitting the model…"
    }
  }
}

/// What a person wants to know after training.
enum TrainingReport {
  static func text(_ summary: TrainingSummary, output: String) -> String {
    var table = TextTable(columns: [
      .init("label"), .init("name", isFlexible: true), .init("documents", alignment: .right),
      .init("threshold", alignment: .right), .init("precision", alignment: .right),
      .init("recall", alignment: .right), .init("F1", alignment: .right), .init("calibration"),
      .init("Brier", alignment: .right), .init("cal. error", alignment: .right),
    ])
    for label in summary.labels {
      table.rows.append([
        label.label.key, label.label.name == label.label.key ? "" : label.label.name, String(label.support),
        summary.task == .singleLabel ? "–" : Figure.text(Double(label.threshold)),
        Figure.text(label.precision),
        Figure.text(label.recall), Figure.text(label.f1), label.calibrationMethod,
        Figure.text(label.calibration?.brier), Figure.text(label.calibration?.calibrationError),
      ])
    }
    let fit = summary.convergence
    let state = fit.converged ? "converged" : "not converged"
    return """
      \(summary.documents) documents (\(summary.unlabelled) without any label), \(summary.features) features, \
      \(summary.entries) entries
      loss \(Figure.text(fit.loss, decimals: 2)) after \(fit.iterations) iterations (\(state), gradient norm \
      \(Figure.short(fit.gradientNorm)) of the first)
      cross-validated micro-F1 \(Figure.text(summary.microF1)), macro-F1 \(Figure.text(summary.macroF1))
      \(table.rendered())wrote \(output)
      """
  }

  static func warnings(_ summary: TrainingSummary, _ configuration: Configuration) -> [String] {
    var warnings: [String] = []
    if summary.microF1 == nil, configuration.validation.int("folds") >= 2 {
      warnings.append(
        "the documents cannot be cut into parts for cross-validation, since all belong together: thresholds "
          + "are 0.5 and nothing was measured")
    }
    for label in summary.labels where label.support == 0 {
      warnings.append(
        "the label '\(label.label.key)' never occurs in the training data: it will never be given")
    }
    for label in summary.labels where (1..<5).contains(label.support) {
      warnings.append(
        "the label '\(label.label.key)' occurs in only \(label.support) "
          + "\(label.support == 1 ? "document" : "documents"): its figures mean little")
    }
    if !summary.convergence.converged {
      warnings.append(
        "the fit did not converge in \(summary.convergence.iterations) iterations: raise 'iterations', 'tolerance' or 'l2'"
      )
    } else if !summary.validationConverged {
      warnings.append(
        "a fit of the cross-validation did not converge: raise 'iterations', 'tolerance' or 'l2'")
    }
    if summary.documentsWithReplacements > 0 {
      warnings.append(
        "\(summary.documentsWithReplacements) documents had invalid UTF-8, which was replaced by U+FFFD")
    }
    return warnings
  }
}

/// Figures for people.
enum Figure {
  /// A number of any size with two significant digits: `9.5e-05`.
  static func short(_ value: Double) -> String {
    guard value != 0, value.isFinite else { return "\(value)" }
    var exponent = 0
    var mantissa = value
    while abs(mantissa) < 1 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
    while abs(mantissa) >= 10 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
    return text(mantissa, decimals: 1) + "e\(exponent)"
  }

  /// A number with fixed decimals; an en dash for one that was not measured.
  static func text(_ value: Double?, decimals: Int = 3) -> String {
    guard let value, value.isFinite else { return "–" }
    var bytes: [UInt8] = []
    JSONWriter.append(number: value, decimals: decimals, keepsZeros: true, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}
