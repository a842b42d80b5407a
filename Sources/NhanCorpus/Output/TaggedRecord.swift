import NhanCore

/// What classifying found out about one record: its tags, or why there are none.
public struct TaggedRecord: Sendable {
  /// The document; `nil` where the record could not be read.
  public let document: Document?
  /// The identifier; `nil` where a failed record's could not be read.
  public let id: String?
  /// What is to stand for the title of a document without one, in place of its first line.
  public var foundTitle: [UInt8]?
  /// The labels given to it, in the order of the model's.
  public var labels: [String]
  /// The probability of each label of the model, in the model's order.
  public var scores: LabelScores
  /// Why labels were given, or nearly; `nil` where that was not asked for.
  public var reasons: [Reasons]?
  /// The normalizer that does not tell where its text came from, so that the reasons' places are those of its output.
  public var untracedNormalizer: String?
  /// The labels in doubt, given or not; `nil` where they were not asked for.
  public var review: [String]?
  /// Why it could not be read; then there are no labels and no scores.
  public let failure: NhanError?

  /// A record with its tags.
  public init(
    _ document: Document, labels: [String], scores: LabelScores, foundTitle: [UInt8]? = nil,
    review: [String]? = nil, reasons: [Reasons]? = nil, untracedNormalizer: String? = nil
  ) {
    self.document = document
    id = document.id
    self.foundTitle = foundTitle
    self.labels = labels
    self.scores = scores
    self.review = review
    self.reasons = reasons
    self.untracedNormalizer = untracedNormalizer
    failure = nil
  }

  /// A record that could not be read.
  public init(id: String?, failure: NhanError) {
    document = nil
    self.id = id
    labels = []
    scores = .none
    self.failure = failure
  }

  /// Where it was read.
  public var place: Place { document?.place ?? failure?.place ?? Place(file: "-") }
  /// Other keys of the record, to be carried through.
  public var metadata: [(key: String, value: JSONValue)] { document?.metadata ?? [] }

  /// The title as it came in, or what was found for it, or the text's first line; may be empty. O(its bytes).
  public var title: [UInt8] {
    guard let document else { return [] }
    return document.title.isEmpty ? foundTitle ?? Self.firstLine(of: document.text) : document.title
  }

  private static func firstLine(of text: [UInt8]) -> [UInt8] {
    let line = text.drop(while: TextCheck.isSpace).prefix { $0 != 0x0A && $0 != 0x0D }
    return Array(line.prefix(titleLimit))
  }

  /// How much of a first line counts as a title, in bytes: an article without line breaks is not one.
  private static let titleLimit = 300

  /// The failure for a person, without the place: what is wrong, and what to do.
  var failureText: String? {
    failure.map { error in error.message + (error.hint.map { " (\($0))" } ?? "") }
  }
}

/// Writes tagged records one after the other by appending to bytes.
public protocol RecordWriter: Sendable {
  /// Appends what stands before the first record.
  mutating func begin(to output: inout [UInt8])
  /// Appends a record, or keeps it for later.
  mutating func append(_ record: TaggedRecord, to output: inout [UInt8])
  /// Appends what stands behind the last record, and what was kept.
  mutating func end(to output: inout [UInt8])
}

/// What people call the labels: the names the caller gives, else the labels themselves.
struct LabelNames: Sendable {
  let names: [String: String]

  subscript(label: String) -> String { names[label] ?? label }
}
