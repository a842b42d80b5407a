import ArgumentParser
import Nhan

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Shows which phrases of an article speak for and against each tag.",
    discussion: """
      Examples:
        nhan explain --model Models/themes.safetensors bài-báo.txt
        nhan explain --model Models/themes.safetensors --format json bài-báo.txt
        nhan explain --model Models/themes.safetensors --format html bài-báo.txt > bài-báo.html

      ● given, ◐ nearly given, ○ not given. The score of a tag is its bias plus the contributions of all phrases; the tag \
      is given when the probability made of the score reaches the tag's threshold.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json, html
  }

  @Option(name: .long, help: "The model file.")
  var model: String
  @Option(name: .long, help: "The format of the explanation.")
  var format: Format = .text
  @Option(name: .long, help: "How many phrases to show for and against each tag (text).")
  var phrases: Int = 8
  @OptionGroup var plugins: PluginOptions
  @Argument(help: "Files and folders of articles; - for JSONL on standard input, which is the default.")
  var paths: [String] = ["-"]

  func validate() throws {
    if phrases < 1 { throw ValidationError("--phrases is \(phrases), expected 1 or more") }
  }

  func run() throws {
    let model = try Model(file: model, stages: plugins.source)
    var reader = try CorpusReader(paths: paths)
    let output = try DataOutput(nil)
    let log = ClassifyLog()
    let report = ExplanationReport(model: model, phrases: phrases, colour: Terminal.showsColour)
    var page = ExplanationPage(model: model)
    try Tagger(model: model, explains: true, findsTitles: true).run(&reader) { outcomes in
      for outcome in outcomes {
        log.note(outcome)
        guard case .tagged(let tagged) = outcome else { continue }
        switch format {
        case .text: try output.write(report.text(tagged))
        case .html: page.append(tagged)
        case .json:
          var bytes = report.json(tagged).serialized()
          bytes.append(UInt8(ascii: "\n"))
          try output.write(bytes)
        }
      }
    }
    if format == .html { try output.write(page.html) }
    try log.finish(reader.skippedFiles)
  }
}

/// Explanations for people and programs.
struct ExplanationReport {
  let model: Model
  let phrases: Int
  let colour: Bool

  func text(_ tagged: TaggedDocument) -> String {
    let title = tagged.foundTitle ?? tagged.document.title
    var text = bold(tagged.document.id) + "\n"
    if !title.isEmpty { text += String(decoding: title, as: UTF8.self) + "\n" }
    guard let explanation = tagged.explanation, !explanation.labels.isEmpty else {
      return text + "  this classifier's scores are no sums over phrases: nothing to show\n\n"
    }
    if let normalizer = explanation.normalized?.normalizer {
      text +=
        "  the normalizer '\(normalizer)' does not tell where its text came from: phrases are those of its output\n"
    }
    for reasons in explanation.labels { text += self.text(reasons, tagged) }
    return text + "\n"
  }

  private func text(_ reasons: Explanation.LabelReasons, _ tagged: TaggedDocument) -> String {
    let label = model.labels[reasons.label]
    let given = tagged.labels.contains(reasons.label)
    let probability = tagged.probabilities[reasons.label]
    let threshold =
      model.configuration.task == .multiLabel
      ? ", threshold \(Figure.text(Double(model.thresholds[reasons.label])))" : ""
    let mark = given ? "●" : model.nearMisses(tagged.probabilities).contains(reasons.label) ? "◐" : "○"
    var text = "  \(mark) \(bold(label.name)) \(Figure.text(Double(probability)))\(threshold)"
    text += ", score \(signed(reasons.score)) = bias \(signed(reasons.bias))"
    text += " and \(reasons.evidence.count) phrase\(reasons.evidence.count == 1 ? "" : "s")\n"
    text += line("for", reasons.evidence.filter { $0.contribution > 0 }, "32")
    text += line("against", reasons.evidence.filter { $0.contribution < 0 }.reversed(), "31")
    return text
  }

  /// Phrases of one sign, the strongest first, and what those add that are not shown.
  private func line(_ title: String, _ evidence: [Explanation.Evidence], _ code: String) -> String {
    if evidence.isEmpty { return "" }
    var parts = evidence.prefix(phrases).map { text($0, code) }
    let rest = evidence.dropFirst(phrases)
    if !rest.isEmpty {
      parts.append("\(rest.count) more \(signed(rest.reduce(0) { $0 + $1.contribution }))")
    }
    let head = "      " + title + String(repeating: " ", count: max(1, 9 - title.count))
    return head + parts.joined(separator: ", ") + "\n"
  }

  private func text(_ evidence: Explanation.Evidence, _ code: String) -> String {
    let phrase = evidence.phrase.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return "\(paint(phrase, code)) \(signed(evidence.contribution))"
  }

  private func signed(_ value: Float) -> String {
    (value > 0 ? "+" : "") + Figure.text(Double(value), decimals: 3)
  }

  private func bold(_ text: String) -> String { paint(text, "1") }
  private func paint(_ text: String, _ code: String) -> String {
    colour ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
  }

  /// Everything, with all places.
  func json(_ tagged: TaggedDocument) -> JSONValue {
    let nearMisses = model.nearMisses(tagged.probabilities)
    let labels = (tagged.explanation?.labels ?? []).map { reasons in
      JSONValue.object([
        ("label", .string(model.labels[reasons.label].key)),
        ("name", .string(model.labels[reasons.label].name)),
        ("given", .bool(tagged.labels.contains(reasons.label))),
        ("near-miss", .bool(nearMisses.contains(reasons.label))),
        ("probability", .millionths(tagged.probabilities[reasons.label])),
        ("threshold", .millionths(model.thresholds[reasons.label])),
        ("score", .millionths(reasons.score)), ("bias", .millionths(reasons.bias)),
        ("evidence", .array(reasons.evidence.map { TaggedRecord.Evidence($0, of: tagged).json })),
      ])
    }
    return .object([
      ("id", .string(tagged.document.id)),
      ("untraced-normalizer", (tagged.explanation?.normalized?.normalizer).map { .string($0) } ?? .null),
      ("labels", .array(labels)),
    ])
  }
}
