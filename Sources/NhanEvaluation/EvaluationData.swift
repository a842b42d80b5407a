import NhanCore

/// A label that is judged.
public struct EvaluationLabel: Sendable, Hashable {
  /// The stable key, as in configuration and files.
  public var key: String
  /// The name for people.
  public var name: String
  /// The probability from which on a document gets the label, finite and maybe above 1; `nil` where the
  /// likeliest label is taken.
  public var threshold: Double?

  /// Makes a label.
  public init(key: String, name: String, threshold: Double? = nil) {
    self.key = key
    self.name = name
    self.threshold = threshold
  }
}

/// What is known of a judged document besides its labels.
public struct EvaluationDocument: Sendable, Hashable {
  /// The identity; unique in its data, and what a later run is matched by.
  public var id: String
  /// Where it comes from, if that is a file.
  public var place: Place?
  /// The title, maybe empty.
  public var title: String
  /// What the data can be sliced by, such as `source: vnexpress.net`.
  public var metadata: [String: String]

  /// Makes a document.
  public init(id: String, place: Place? = nil, title: String = "", metadata: [String: String] = [:]) {
    self.id = id
    self.place = place
    self.title = title
    self.metadata = metadata
  }
}

/// For a number of documents: which labels they carry, which they were given, and how probable each was.
///
/// Serves multi-label and single-label data alike. Labels and probabilities are kept row-major: document
/// after document, and within it label after label.
public struct EvaluationData: Sendable, Hashable {
  /// A probability of one, as it is kept: probabilities are rounded to millionths when they come in.
  ///
  /// A report holds six decimals. Rounding before anything is measured makes a run and its report, read back
  /// as a baseline, have the same figures to the last bit.
  package static let certain: Int32 = 1_000_000

  /// The labels, in the order of the columns.
  public let labels: [EvaluationLabel]
  /// The documents, in the order of the rows.
  public private(set) var documents: [EvaluationDocument] = []
  /// Whether document × label is right, row-major.
  package private(set) var actual: [Bool] = []
  /// Whether document × label was decided, row-major.
  package private(set) var predicted: [Bool] = []
  /// The probability of document × label in millionths, row-major.
  package private(set) var probabilities: [Int32] = []
  private var rows: [String: Int] = [:]

  /// Makes data without documents.
  /// - Throws: `NhanError` (usage) when there are no labels or two have the same key.
  public init(labels: [EvaluationLabel]) throws(NhanError) {
    guard !labels.isEmpty else {
      throw NhanError(.usage, code: "no-labels", "there are no labels to evaluate, expected at least one")
    }
    var keys: Set<String> = []
    for label in labels where !keys.insert(label.key).inserted {
      throw NhanError(
        .usage, code: "duplicate-label", "the label '\(label.key)' is listed twice, expected different keys")
    }
    self.labels = labels
  }

  /// Adds a document. O(labels).
  /// - Precondition: `actual`, `predicted` and `probabilities` have one element a label, in their order.
  /// - Throws: `NhanError` when the id was there before or a probability is not in `0...1`.
  public mutating func append(
    _ document: EvaluationDocument, actual: [Bool], predicted: [Bool], probabilities: [Double]
  ) throws(NhanError) {
    precondition(
      actual.count == labels.count && predicted.count == labels.count && probabilities.count == labels.count,
      "one element a label")
    if let column = probabilities.firstIndex(where: { !(0...1).contains($0) }) {
      throw NhanError(
        .failure, code: "bad-probability",
        "the probability of '\(labels[column].key)' for '\(document.id)' is \(probabilities[column]), expected "
          + "a number from 0 to 1", at: document.place)
    }
    if let earlier = rows.updateValue(documents.count, forKey: document.id) {
      rows[document.id] = earlier
      throw NhanError(
        .usage, code: "duplicate-id", "the id '\(document.id)' occurs twice, expected one document an id",
        at: document.place, hint: "give each document an id of its own")
    }
    documents.append(document)
    self.actual += actual
    self.predicted += predicted
    for probability in probabilities {
      self.probabilities.append(Int32((probability * Double(Self.certain)).rounded()))
    }
  }

  /// The row of the document with an id. O(1).
  public func row(of id: String) -> Int? { rows[id] }

  /// Whether a document carries a label. O(1).
  public func isActual(_ row: Int, _ label: Int) -> Bool { actual[row * labels.count + label] }

  /// Whether a document was given a label. O(1).
  public func isPredicted(_ row: Int, _ label: Int) -> Bool { predicted[row * labels.count + label] }

  /// The probability of a label for a document, six decimals. O(1).
  public func probability(_ row: Int, _ label: Int) -> Double {
    Double(probabilities[row * labels.count + label]) / Double(Self.certain)
  }

  /// Whether the decision about a label for a document was right. O(1).
  public func isCorrect(_ row: Int, _ label: Int) -> Bool {
    isActual(row, label) == isPredicted(row, label)
  }

  /// The keys of the labels a document carries. O(labels).
  public func actualKeys(_ row: Int) -> [String] {
    labels.indices.filter { isActual(row, $0) }.map { labels[$0].key }
  }

  /// The keys of the labels a document was given. O(labels).
  public func predictedKeys(_ row: Int) -> [String] {
    labels.indices.filter { isPredicted(row, $0) }.map { labels[$0].key }
  }

  /// How many labels of a document were decided wrongly. O(labels).
  public func errorCount(_ row: Int) -> Int {
    labels.indices.count { !isCorrect(row, $0) }
  }

  /// How far a document's probabilities were from the truth, summed over its wrong labels. O(labels).
  public func severity(_ row: Int) -> Double {
    labels.indices.filter { !isCorrect(row, $0) }.reduce(0) {
      $0 + abs(probability(row, $1) - (isActual(row, $1) ? 1 : 0))
    }
  }

  /// Whether every document carries exactly one label and was given exactly one. O(documents · labels).
  public var isSingleLabel: Bool {
    documents.indices.allSatisfy { row in
      let cells = row * labels.count..<(row + 1) * labels.count
      return actual[cells].count { $0 } == 1 && predicted[cells].count { $0 } == 1
    }
  }
}
