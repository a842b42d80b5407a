import ArgumentParser
import Nhan

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Looks after labelled articles.", subcommands: [Check.self])

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check",
      abstract: "Looks for what spoils training and measuring, and fails when there is too much of it.",
      discussion: """
        Examples:
          nhan data check training-data/train training-data/test
          nhan data check training-data/train training-data/test --config Models/themes.yaml --format json
          nhan data check articles.jsonl --allow near-duplicate=5 --allow repeated-sentence=any

        Counts labels, and finds: records that cannot be used (record), ids given twice (duplicate-id), articles with the \
        same text (duplicate) or nearly so (near-duplicate), also across paths (leak); sentences in more than two articles \
        (repeated-sentence), labels with few articles (rare-label), decomposed letters and traces of other encodings \
        (encoding), leftovers of web pages (boilerplate); with --config also unknown labels, and labels that the model, \
        cross-validated, does not believe (doubtful-label). None is allowed but of the last two kinds, which are for \
        people to judge; --allow changes that. Exit status 1 when there are more than allowed.
        """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
      case table, json
    }

    @Argument(help: "Files and folders of labelled articles; name training and test apart to compare them.")
    var paths: [String]
    @OptionGroup var layout: LayoutOptions
    @Option(name: .long, help: "The format of the report.")
    var format: Format = .table
    @Option(
      name: .long, help: "A configuration (YAML): its labels are the known ones, and its model doubts labels."
    )
    var config: String?
    @Option(
      name: .long,
      help: ArgumentHelp(
        "Let so many findings of a kind pass: near-duplicate=3, leak=any.", valueName: "kind=number"))
    var allow: [String] = []
    @Option(name: .long, help: "From which share of common phrases on articles are near-duplicates.")
    var similarity: Double = DataCheckOptions().similarity
    @Option(name: .long, help: "In how many articles a sentence may stand.")
    var sentenceLimit: Int = DataCheckOptions().sentenceLimit
    @Option(name: .long, help: "A label with fewer articles is rare.")
    var minimumDocuments: Int = DataCheckOptions().minimumDocuments
    @Option(name: .long, help: "How sure the model must be to doubt a label.")
    var doubt: Double = DataCheckOptions().doubt
    @Option(name: .long, help: "Findings of a kind that the table shows.")
    var show: Int = 10
    @OptionGroup var plugins: PluginOptions
    @OptionGroup var threads: ThreadOptions

    func validate() throws {
      if paths.contains("-") {
        throw ValidationError("standard input (-) cannot be checked: name files and folders")
      }
      if show < 0 { throw ValidationError("--show is \(show), expected 0 or more") }
    }

    func run() throws {
      var options = DataCheckOptions()
      options.configuration = try config.map { try Configuration(file: $0, stages: plugins.source) }
      for text in allow { try options.allow(parsing: text) }
      (options.similarity, options.doubt) = (similarity, doubt)
      (options.sentenceLimit, options.minimumDocuments) = (sentenceLimit, minimumDocuments)
      options.threads = threads.count
      let report = try DataCheck(options).run(paths: paths, layout: layout.layout.corpus)
      let output = try DataOutput(nil)
      switch format {
      case .table: try output.write(DataText(report: report, shown: show, width: Terminal.columns).text)
      case .json: try output.write(report.json.prettySerialized() + "\n")
      }
      guard !report.isPassed else { return }
      for verdict in report.verdicts where !verdict.isPassed {
        Terminal.write(
          "nhan: too many findings of '\(verdict.kind.rawValue)': \(verdict.count), allowed \(verdict.allowance ?? 0)"
        )
      }
      throw Status.incomplete
    }
  }
}

/// The report for the terminal.
struct DataText {
  let report: DataReport
  /// Findings of each kind that are shown.
  let shown: Int
  let width: Int?

  var text: String {
    let paths = report.paths.map { "\($0.path): \($0.documents) articles" }.joined(separator: "\n")
    return paths + "\n\n" + labels + pairs + "\n" + verdicts + findings
  }

  private var labels: String {
    var table = TextTable(
      columns: [.init("label", isFlexible: true)]
        + report.paths.map { .init($0.path, alignment: .right, isFlexible: true) } + [
          .init("all", alignment: .right)
        ])
    for count in report.labels {
      table.rows.append([count.label] + count.counts.map(String.init) + [String(count.total)])
    }
    table.rows.append(
      ["(none)"] + report.withoutLabel.map(String.init) + [String(report.withoutLabel.reduce(0, +))])
    return table.rendered(width: width)
  }

  private var pairs: String {
    if report.pairs.isEmpty { return "" }
    var table = TextTable(columns: [
      .init("labels together", isFlexible: true), .init("articles", alignment: .right),
    ])
    for pair in report.pairs.prefix(max(shown, 1)) {
      table.rows.append(["\(pair.first) + \(pair.second)", String(pair.count)])
    }
    return table.rendered(width: width)
  }

  private var verdicts: String {
    var table = TextTable(columns: [
      .init("check"), .init("kind"), .init("found", alignment: .right), .init("allowed", alignment: .right),
      .init(""),
    ])
    for verdict in report.verdicts {
      table.rows.append([
        verdict.kind.title, verdict.kind.rawValue, String(verdict.count),
        verdict.allowance.map(String.init) ?? "any",
        verdict.isPassed ? "✓" : "✗",
      ])
    }
    return table.rendered(width: width)
  }

  private var findings: String {
    report.verdicts.filter { $0.count > 0 && shown > 0 }.map { verdict in
      let all = report.findings.filter { $0.kind == verdict.kind }
      let rest =
        all.count > shown ? "  … and \(all.count - shown) more: --show \(all.count), or --format json\n" : ""
      return "\n\(verdict.kind.title)\n" + all.prefix(shown).map(line).joined() + rest
    }.joined()
  }

  private func line(_ finding: Finding) -> String {
    let places = finding.places.prefix(3).map(\.description).joined(separator: ", ")
    let more = finding.places.count > 3 ? ", …" : ""
    return "  " + (places.isEmpty ? "" : "\(places)\(more): ") + finding.message + "\n"
  }
}
