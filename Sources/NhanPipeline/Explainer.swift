import NhanCore

/// Why a document got its tags: each label's score as a sum over the phrases of the text.
public struct Explanation: Sendable {
  /// A place in a document as it was read, or in its normalized text (see `normalized`).
  public struct TextRange: Sendable, Hashable {
    /// Whether it lies in the title that the record names apart from the text.
    public var inTitle: Bool
    /// Bytes of the title or text.
    public var bytes: Range<Int>
    /// The same as characters (Unicode scalars) of the title or text.
    public var characters: Range<Int>
  }

  /// A text that a normalizer made and that cannot be followed back any further.
  public struct NormalizedText: Sendable, Hashable {
    /// The normalizer.
    public var normalizer: String
    /// The title behind it.
    public var title: [UInt8]
    /// The text behind it.
    public var text: [UInt8]
  }

  /// One phrase.
  public struct Evidence: Sendable {
    /// The phrase as the document has it, at its first place.
    public var phrase: String
    /// What it adds to the score, with all its places; negative if it speaks against the label.
    public var contribution: Float
    /// Where it stands.
    public var places: [TextRange]
  }

  /// One label.
  public struct LabelReasons: Sendable {
    /// Index of the label in the model.
    public var label: Int
    /// The decision value: `bias` plus the contributions of all evidence.
    public var score: Float
    /// What the score is for an empty text.
    public var bias: Float
    /// All phrases with a contribution, the greatest first; at the end those that speak against.
    public var evidence: [Evidence]
  }

  /// One a label of the model, in its order; empty if the classifier's scores are no sums.
  public var labels: [LabelReasons]
  /// The output of the last normalizer that cannot tell where it came from, if there is one: places and phrases are
  /// then those of this text.
  public var normalized: NormalizedText?
  /// Lines of the text that the normalizers left nothing of, such as menus.
  public var unread: [Range<Int>] = []
}

/// Explains documents, one at a time.
struct Explainer {
  private let model: Model
  private let worker: PipelineWorker

  init(_ model: Model) {
    self.model = model
    worker = model.pipeline.makeWorker()
  }

  /// Explains a document. O(occurrences of features · labels).
  func explain(_ document: Document) throws -> Explanation {
    guard let weights = model.pipeline.classifier.linear else { return Explanation(labels: []) }
    let trace = try model.pipeline.trace(document)
    let texts = trace.texts
    let row = try worker.features(of: texts).rows
    let phrases = self.phrases(trace, row)
    let labels = model.labels.indices.map { label in
      let bias = weights.bias(label: label)
      var evidence: [Explanation.Evidence] = []
      var score = bias
      for phrase in phrases {
        let contribution = phrase.terms.reduce(Float(0)) {
          $0 + $1.value * weights.weight(column: $1.column, label: label)
        }
        score += contribution
        if contribution != 0 {
          evidence.append(
            Explanation.Evidence(phrase: phrase.text, contribution: contribution, places: phrase.places))
        }
      }
      evidence.sort {
        $0.contribution != $1.contribution ? $0.contribution > $1.contribution : $0.phrase < $1.phrase
      }
      return Explanation.LabelReasons(label: label, score: score, bias: bias, evidence: evidence)
    }
    return Explanation(labels: labels, normalized: trace.normalized, unread: trace.unreadLines)
  }

  /// A phrase of the document with the features it stands for.
  private struct Phrase {
    var text: String
    var places: [Explanation.TextRange]
    var terms: [(column: Int, value: Float)]
  }

  /// The document's phrases. A feature's value goes to the phrases it was found at, in proportion to their places, so
  /// that phrases which share a hashed column share its value.
  private func phrases(_ trace: TracedText, _ row: CSRMatrix) -> [Phrase] {
    let texts = trace.texts
    let entries = row.entries(ofRow: 0)
    var values: [Int: Float] = [:]
    for entry in entries { values[Int(row.columns[entry])] = row.values[entry] }
    var byText: [[UInt8]: Int] = [:]
    var phrases: [Phrase] = []
    var offset = 0
    for extractor in model.pipeline.extractors {
      let occurrences = extractor.occurrences(inDocument: 0, of: texts)
      var counts: [Int: Float] = [:]
      for occurrence in occurrences { counts[occurrence.column, default: 0] += 1 }
      for occurrence in occurrences {
        guard let value = values[offset + occurrence.column] else { continue }
        let key = Array(texts.bytes[occurrence.range])
        let place = trace.place(of: occurrence.range)
        let index: Int
        if let known = byText[key] {
          index = known
        } else {
          index = phrases.count
          byText[key] = index
          phrases.append(Phrase(text: trace.original(at: place), places: [], terms: []))
        }
        if !phrases[index].places.contains(place) { phrases[index].places.append(place) }
        phrases[index].terms.append((offset + occurrence.column, value / counts[occurrence.column]!))
      }
      offset += extractor.columnCount
    }
    return phrases
  }
}
