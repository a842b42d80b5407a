import NhanCore

/// What can be wrong with labelled articles.
public enum FindingKind: String, Sendable, CaseIterable {
  /// A record that cannot be read, has no labels or unknown ones, no text, or a misspelt key.
  case record
  /// An id that an earlier article has.
  case duplicateID = "duplicate-id"
  /// Two articles whose texts are the same.
  case duplicate
  /// Two articles that share much of their texts.
  case nearDuplicate = "near-duplicate"
  /// Two articles in different paths, such as training and test, whose texts are the same or nearly so.
  case leak
  /// A sentence that stands in more articles than it should.
  case repeatedSentence = "repeated-sentence"
  /// A label with too few articles, or in only some of the paths.
  case rareLabel = "rare-label"
  /// Decomposed letters, invalid UTF-8, traces of another encoding.
  case encoding
  /// Menus, prompts and other furniture of web pages.
  case boilerplate
  /// A label that a model which has not seen the article does not believe.
  case doubtfulLabel = "doubtful-label"

  /// What findings of the kind are called in tables.
  public var title: String {
    switch self {
    case .record: "Records"
    case .duplicateID: "Ids given twice"
    case .duplicate: "Duplicates"
    case .nearDuplicate: "Near-duplicates"
    case .leak: "Articles in two paths"
    case .repeatedSentence: "Repeated sentences"
    case .rareLabel: "Rare labels"
    case .encoding: "Encodings"
    case .boilerplate: "Leftovers of web pages"
    case .doubtfulLabel: "Doubtful labels"
    }
  }

  /// How many findings are let pass where nothing else is said; `nil` for any number: these are for people to judge.
  public var defaultAllowance: Int? {
    switch self {
    case .boilerplate, .doubtfulLabel: nil
    default: 0
    }
  }
}

/// One thing that is wrong.
public struct Finding: Sendable, Hashable {
  /// Of what kind.
  public var kind: FindingKind
  /// What was found, and what to do where that is not plain.
  public var message: String
  /// Where; several places for what articles have in common.
  public var places: [Place]
  /// How alike two articles are, from 0 to 1, or how sure a doubt is.
  public var degree: Double?

  /// Makes a finding.
  public init(_ kind: FindingKind, _ message: String, at places: [Place], degree: Double? = nil) {
    self.kind = kind
    self.message = message
    self.places = places
    self.degree = degree
  }

  /// As JSON.
  var json: JSONValue {
    var members: [(key: String, value: JSONValue)] = [
      ("kind", .string(kind.rawValue)), ("message", .string(message)),
      (
        "places",
        .array(
          places.map { place in
            .object(
              [("file", .string(place.file))] + (place.line.map { [("line", JSONValue.integer($0))] } ?? []))
          })
      ),
    ]
    if let degree { members.append(("degree", .double((degree * 1e6).rounded() / 1e6))) }
    return .object(members)
  }
}
