import ArgumentParser
import Nhan

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measures a model on labelled articles, and fails when it is not good enough.",
    discussion: """
      Examples:
        nhan evaluate --model Models/themes.safetensors --data training-data/test
        nhan evaluate --model Models/themes.safetensors --data training-data/test --by form \\
          --fail-under micro-f1=0.90 --fail-under awards.recall=0.85
        nhan evaluate --model new.safetensors --data training-data/test --baseline old.json --fail-on regression

        nhan evaluate --model Models/themes.safetensors --data training-data/test --report evaluation.html

      The JSON report of one run is the baseline of another. A figure whose denominator is zero was not measured (–): it \
      is left out of means, and a gate on it fails.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case table, json, markdown, junit, github
  }

  enum FailOn: String, ExpressibleByArgument, CaseIterable {
    case regression
  }

  @Option(name: .long, help: "The model file.")
  var model: String
  @Option(
    name: .long, parsing: .upToNextOption,
    help: "Files and folders of labelled articles; - for JSONL on standard input.")
  var data: [String]
  @OptionGroup var layout: LayoutOptions
  @Option(name: .long, help: "The format of the report.")
  var format: Format = .table
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Also write the report as a web page, with curves and the worst errors.", valueName: "file.html"))
  var report: String?
  @Option(
    name: .long,
    help: ArgumentHelp("Also measure the parts that a key of the articles' metadata makes.", valueName: "key")
  )
  var by: [String] = []
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Fail when a metric is worse: micro-f1=0.90, awards.recall=0.85.", valueName: "metric=value"))
  var failUnder: [String] = []
  @Option(name: .long, help: "Compare with an earlier run's JSON report on the same articles.")
  var baseline: String?
  @Option(name: .long, help: "Fail when the loss against the baseline is significant.")
  var failOn: FailOn?
  @Option(name: .long, help: "How sure a regression must be.")
  var level: Double = 0.95
  @Option(name: .long, help: "A loss of at most this is no regression.")
  var tolerance: Double = 0
  @Option(name: .long, help: "Resamples for the intervals; 0 for none.")
  var resamples: Int = 1000
  @Option(name: .long, help: "Seed of the resamples.")
  var seed: Int = 1
  @OptionGroup var plugins: PluginOptions
  @OptionGroup var threads: ThreadOptions

  /// Misjudged articles that the web page shows.
  private static let shownErrors = 20

  func run() throws {
    let model = try Model(file: model, stages: plugins.source, threads: threads.count)
    var options = EvaluationOptions()
    options.bootstrap = BootstrapOptions(resamples: resamples, seed: seed, threads: threads.count)
    options.slices = by
    let labels = model.labels.map { EvaluationLabel(key: $0.key, name: $0.name) }
    options.gates = try failUnder.map { try ThresholdGate(parsing: $0, labels: labels) }
    if let baseline {
      options.baseline = try EvaluationData(report: try InputFile.bytes(of: baseline), file: baseline)
    }
    if failOn == .regression { options.regression = try RegressionGate(level: level, tolerance: tolerance) }

    var reader = try CorpusReader(paths: data, layout: layout.layout.corpus)
    let log = FailureLog()
    var worst = WorstErrors(limit: self.report == nil ? 0 : Self.shownErrors)
    let judged = try Evaluator(model: model, threads: threads.count).judge(
      &reader, worst: &worst, report: log.report)
    let report = try EvaluationReport(judged, options)
    if let file = self.report {
      let explained = try Tagger(model: model, threads: threads.count, explains: true).tag(worst.documents)
      let page = try DataOutput(file)
      try page.write(report.html(explained.map { ExplainedArticle($0, model: model) }))
      try page.close()
    }
    let output = try DataOutput(nil)
    switch format {
    case .table: try output.write(EvaluationText.text(report, width: Terminal.columns))
    case .json: try output.write(report.json())
    case .markdown: try output.write(report.markdown())
    case .junit: try output.write(report.junit())
    case .github: try output.write(report.githubAnnotations())
    }
    log.mention(reader.skippedFiles)
    if !report.isPassed {
      for gate in report.gates where !gate.isPassed { Terminal.write("nhan: gate failed: \(gate.sentence)") }
    }
    try log.finish()
    if !report.isPassed { throw Status.incomplete }
  }
}

/// Evaluation reports for the terminal.
enum EvaluationText {
  static func text(_ report: EvaluationReport, width: Int?) -> String {
    report.summary + "\n"
      + report.tables.map { table in
        var text = TextTable(
          columns: table.header.enumerated().map { index, title in
            .init(
              title, alignment: isNumeric(table, index) ? .right : .left,
              isFlexible: index == table.header.count - 1)
          })
        text.rows = table.rows
        return "\n\(table.title)\n" + text.rendered(width: width)
      }.joined()
  }

  /// Columns of figures stand to the right.
  private static func isNumeric(_ table: EvaluationTable, _ column: Int) -> Bool {
    column > 0
      && table.rows.allSatisfy {
        $0[column].utf8.first.map { (0x2b...0x39).contains($0) || $0 == 0xe2 } ?? true
      }
  }
}
