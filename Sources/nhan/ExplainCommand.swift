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

      The score of a tag is its bias plus the contributions of all phrases; the tag is given when the probability made \
      of the score reaches the tag's threshold.
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
    try Tagger(model: model, explains: true, findsTitles: true).run(&reader, transform: { $0 }) { outcomes in
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
    if let normalizer = explanation.untracedNormalizer {
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
    var text = "  \(given ? "●" : "○") \(bold(label.name)) \(Figure.text(Double(probability)))\(threshold)"
    text += ", score \(Figure.text(Double(reasons.score))) = bias \(Figure.text(Double(reasons.bias)))"
    text += " + \(reasons.evidence.count) phrases\n"
    let for_ = reasons.evidence.prefix(phrases).filter { $0.contribution > 0 }
    let against = reasons.evidence.suffix(phrases).filter { $0.contribution < 0 }.reversed()
    if !for_.isEmpty {
      text += "      for      " + for_.map { self.text($0, "32") }.joined(separator: ", ") + "\n"
    }
    if !against.isEmpty {
      text += "      against  " + against.map { self.text($0, "31") }.joined(separator: ", ") + "\n"
    }
    return text
  }

  private func text(_ evidence: Explanation.Evidence, _ code: String) -> String {
    let phrase = evidence.phrase.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    let sign = evidence.contribution > 0 ? "+" : ""
    return "\(paint(phrase, code)) \(sign)\(Figure.text(Double(evidence.contribution), decimals: 2))"
  }

  private func bold(_ text: String) -> String { paint(text, "1") }
  private func paint(_ text: String, _ code: String) -> String {
    colour ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
  }

  /// Everything, with places as bytes of the title or text, and of the file where the text stands in one.
  func json(_ tagged: TaggedDocument) -> JSONValue {
    func number(_ value: Float) -> JSONValue { .double(Double(value)) }
    let labels = (tagged.explanation?.labels ?? []).map { reasons in
      JSONValue.object([
        ("label", .string(model.labels[reasons.label].key)),
        ("name", .string(model.labels[reasons.label].name)),
        ("given", .bool(tagged.labels.contains(reasons.label))),
        ("probability", number(tagged.probabilities[reasons.label])),
        ("threshold", number(model.thresholds[reasons.label])),
        ("score", number(reasons.score)), ("bias", number(reasons.bias)),
        (
          "evidence",
          .array(
            reasons.evidence.map { evidence in
              .object([
                ("phrase", .string(evidence.phrase)), ("contribution", number(evidence.contribution)),
                ("places", .array(evidence.places.map { place($0, tagged.document) })),
              ])
            })
        ),
      ])
    }
    return .object([
      ("id", .string(tagged.document.id)),
      ("untraced-normalizer", (tagged.explanation?.untracedNormalizer).map { .string($0) } ?? .null),
      ("labels", .array(labels)),
    ])
  }

  private func place(_ range: Explanation.TextRange, _ document: Document) -> JSONValue {
    var members: [(key: String, value: JSONValue)] = [
      ("field", .string(range.inTitle ? "title" : "text")),
      ("bytes", .array([.integer(range.bytes.lowerBound), .integer(range.bytes.upperBound)])),
    ]
    if !range.inTitle, let offset = document.textOffset {
      let bytes = [range.bytes.lowerBound + offset, range.bytes.upperBound + offset]
      members.append(("file-bytes", .array(bytes.map { .integer($0) })))
    }
    return .object(members)
  }
}
