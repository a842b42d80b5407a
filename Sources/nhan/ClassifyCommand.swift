import ArgumentParser
import Nhan

struct ClassifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classify", abstract: "Tags articles with a model.",
    discussion: """
      Examples:
        nhan classify --model Models/themes.safetensors --format table bài-báo/
        nhan classify --model Models/themes.safetensors --format table --review-band 0.1 bài-báo/
        nhan classify --model Models/themes.safetensors --format csv --output nhãn.csv bài-báo/
        echo '{"id": "1", "text": "Tàu cá Quảng Ngãi gặp nạn gần Hoàng Sa"}' | nhan classify --model Models/themes.safetensors -

      Each record gives one record in its place; one that cannot be read gives an error record, the others go on, and \
      the exit status is 1.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case jsonl, csv, table
  }

  @Option(name: .long, help: "The model file.")
  var model: String
  @Option(name: .long, help: "The format of the tags.")
  var format: Format = .jsonl
  @Option(name: .long, help: "Write to this file instead of standard output; it appears when it is whole.")
  var output: String?
  @Option(
    name: .long,
    help: "Show up to this many phrases for and against each tag given or nearly given (not with csv).")
  var evidence: Int = 0
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Mark the labels whose probability lies within this of their threshold, for people to read first.",
      valueName: "width"))
  var reviewBand: Double?
  @OptionGroup var plugins: PluginOptions
  @OptionGroup var threads: ThreadOptions
  @Argument(help: "Files and folders of articles; - for JSONL on standard input, which is the default.")
  var paths: [String] = ["-"]

  func validate() throws {
    if evidence < 0 { throw ValidationError("--evidence is \(evidence), expected 0 or more") }
    if let reviewBand, !(0...1).contains(reviewBand) {
      throw ValidationError("--review-band is \(reviewBand), expected a number from 0 to 1")
    }
    if evidence > 0, format == .csv {
      throw ValidationError("--evidence works with --format jsonl and table, not csv")
    }
  }

  func run() throws {
    let model = try Model(file: model, stages: plugins.source, threads: threads.count)
    var reader = try CorpusReader(paths: paths)
    let output = try DataOutput(output)
    let tagger = Tagger(
      model: model, threads: threads.count, explains: evidence > 0, findsTitles: format != .jsonl)
    let recorder = OutcomeRecorder(model: model, evidence: evidence, reviewBand: reviewBand.map(Float.init))
    let log = ClassifyLog()
    var writer = makeWriter(recorder)
    var bytes: [UInt8] = []
    writer.begin(to: &bytes)
    try tagger.run(&reader) { outcomes in
      for outcome in outcomes {
        log.note(outcome)
        writer.append(recorder.record(of: outcome), to: &bytes)
      }
      try output.write(bytes)
      bytes.removeAll(keepingCapacity: true)
    }
    writer.end(to: &bytes)
    try output.write(bytes)
    try output.close()
    try log.finish(reader.skippedFiles)
  }

  private func makeWriter(_ recorder: OutcomeRecorder) -> any RecordWriter {
    let names = recorder.displayNames
    return switch format {
    case .jsonl: JSONLinesRecordWriter()
    case .csv:
      CSVRecordWriter(
        labels: recorder.model.labels.map(\.key), displayNames: names, showsReview: reviewBand != nil)
    case .table: TableRecordWriter(width: Terminal.columns, displayNames: names)
    }
  }
}

/// Turns outcomes into records for the writers.
struct OutcomeRecorder: Sendable {
  let model: Model
  /// Phrases a tag.
  let evidence: Int
  /// How near to its threshold a probability is in doubt; `nil` not to say.
  let reviewBand: Float?
  private let labels: ScoredLabels

  init(model: Model, evidence: Int, reviewBand: Float?) {
    self.model = model
    self.evidence = evidence
    self.reviewBand = reviewBand
    labels = ScoredLabels(model.labels.map(\.key))
  }

  var displayNames: [String: String] {
    Dictionary(model.labels.map { ($0.key, $0.name) }) { first, _ in first }
  }

  func record(of outcome: Outcome) -> TaggedRecord {
    switch outcome {
    case .failure(let id, let error): return TaggedRecord(id: id, failure: error)
    case .tagged(let tagged):
      return TaggedRecord(
        tagged.document, labels: tagged.labels.map { labels.names[$0] },
        scores: LabelScores(labels, tagged.probabilities), foundTitle: tagged.foundTitle,
        review: reviewBand.map { band in
          model.doubts(tagged.probabilities, band: band).map { labels.names[$0] }
        },
        reasons: reasons(of: tagged), untracedNormalizer: tagged.explanation?.normalized?.normalizer)
    }
  }

  private func reasons(of tagged: TaggedDocument) -> [TaggedRecord.Reasons]? {
    guard evidence > 0, let explanation = tagged.explanation else { return nil }
    let shown = Set(tagged.labels + model.nearMisses(tagged.probabilities))
    return explanation.labels.filter { shown.contains($0.label) }.map {
      TaggedRecord.Reasons($0, of: tagged, model: model, limit: evidence)
    }
  }
}

/// Says on standard error what was wrong with records: the first ones in full, the rest by number.
final class ClassifyLog {
  private static let limit = 20
  private var failures = 0
  private var replaced = 0

  func note(_ outcome: Outcome) {
    switch outcome {
    case .failure(_, let error):
      failures += 1
      if failures <= Self.limit { Terminal.report(error) }
    case .tagged(let tagged) where tagged.replacements > 0:
      replaced += 1
      if replaced <= Self.limit {
        Terminal.warn(
          "\(tagged.document.place): replaced \(tagged.replacements) invalid UTF-8 "
            + "\(tagged.replacements == 1 ? "sequence" : "sequences") by U+FFFD")
      }
    case .tagged: break
    }
  }

  func finish(_ skipped: SkippedFiles) throws {
    if replaced > Self.limit { Terminal.warn("\(replaced) documents in all had invalid UTF-8") }
    let log = FailureLog(count: failures)
    log.mention(skipped)
    try log.finish()
  }
}
