import NhanCore

/// What can be wrong with one article by itself.
enum RecordCheck {
  /// Keys that mean something to the program.
  private static let keys = ["labels", "title", "text"]

  /// A record that cannot be used.
  static func finding(_ error: NhanError) -> Finding {
    let kind: FindingKind = error.code == "duplicate-id" ? .duplicateID : .record
    let message = error.message + (error.hint.map { " (\($0))" } ?? "")
    return Finding(kind, message, at: error.place.map { [$0] } ?? [])
  }

  /// Missing and unknown labels, an empty text, misspelt keys.
  static func findings(_ article: Article, known: [String]) -> [Finding] {
    let document = article.document
    var messages: [String] = []
    let misspelt = document.metadata.compactMap { entry -> (found: String, meant: String)? in
      guard entry.key.utf8.count > 3, let meant = Suggestion.nearest(to: entry.key, among: keys) else {
        return nil
      }
      return (entry.key, meant)
    }
    for key in misspelt {
      messages.append("the key '\(key.found)' is not known: did you mean '\(key.meant)'?")
    }
    if document.labels == nil, !misspelt.contains(where: { $0.meant == "labels" }) {
      messages.append("has no labels; write labels: [] if none holds")
    }
    for label in document.labels ?? [] where !known.isEmpty && !known.contains(label) {
      messages.append("unknown label '\(label)' (\(Suggestion.hint(for: label, among: known)))")
    }
    if article.syllables.isEmpty { messages.append("the text is empty") }
    return messages.map { Finding(.record, $0, at: [document.place]) }
  }

  /// Encodings and leftovers of web pages.
  static func formFindings(_ article: Article) -> [Finding] {
    let place = [article.document.place]
    let problems = TextForm(article.document.title + article.document.text).problems(invalid: article.invalid)
    var findings = problems.map { Finding(.encoding, $0, at: place) }
    if let first = article.leftovers.first {
      let count = article.leftovers.count == 1 ? "one line" : "\(article.leftovers.count) lines"
      findings.append(
        Finding(.boilerplate, "\(count) of page furniture, such as ‘\(Self.shortened(first))’", at: place))
    }
    return findings
  }

  /// The beginning of a text, on one line.
  static func shortened(_ text: String) -> String {
    let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return line.count > 80 ? line.prefix(79) + "…" : line
  }
}
