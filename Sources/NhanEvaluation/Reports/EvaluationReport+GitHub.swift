/// The report as workflow commands of GitHub Actions, which show up beside the files.
extension EvaluationReport {
  /// GitHub shows no more than so many errors of one step.
  private static let errorLimit = 10

  /// An error at each of the worst misjudged documents, ten at most, and a notice with the summary and the
  /// gates. O(documents · labels).
  public func githubAnnotations() -> String {
    let errors = misjudgedRows.prefix(Self.errorLimit).map(githubError)
    let sentences = [summary] + gates.map { ($0.isPassed ? "passed: " : "FAILED: ") + $0.sentence }
    let notice = Self.command(
      "notice", [("title", "Evaluation")], message: sentences.joined(separator: "\n"))
    return errors.joined() + notice
  }

  private func githubError(_ row: Int) -> String {
    let document = data.documents[row]
    var properties: [(String, String)] = []
    if let place = document.place {
      properties.append(("file", place.file))
      if let line = place.line { properties.append(("line", line.description)) }
    }
    properties.append(("title", "Misjudged: " + (document.title.isEmpty ? document.id : document.title)))
    return Self.command(
      "error", properties,
      message: "\(document.id) carries \(Wording.list(data.actualKeys(row))) and was given "
        + "\(Wording.list(data.predictedKeys(row))); \(misjudgement(row))")
  }

  private static func command(
    _ name: String, _ properties: [(String, String)], message: String
  ) -> String {
    let list = properties.map { "\($0)=\(escape($1, isProperty: true))" }.joined(separator: ",")
    return "::\(name) \(list)::\(escape(message, isProperty: false))\n"
  }

  /// Percent-encodes what would end a message, or with `:` and `,` a property.
  private static func escape(_ text: String, isProperty: Bool) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "%": escaped += "%25"
      case "\r": escaped += "%0D"
      case "\n": escaped += "%0A"
      case ":" where isProperty: escaped += "%3A"
      case "," where isProperty: escaped += "%2C"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
