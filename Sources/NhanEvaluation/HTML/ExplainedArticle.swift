/// An article with the evidence for and against labels, a layer a label. What gathers it knows the model.
public struct ExplainedArticle: Sendable {
  /// A phrase and where it stands.
  public struct Phrase: Sendable, Hashable {
    /// The phrase as the article has it.
    public var text: String
    /// What it adds to the score with all its places; negative for what speaks against.
    public var contribution: Double
    /// Its places in the title, in bytes.
    public var titlePlaces: [Range<Int>]
    /// Its places in the text, in bytes.
    public var textPlaces: [Range<Int>]

    /// Makes a phrase.
    public init(
      text: String, contribution: Double, titlePlaces: [Range<Int>] = [], textPlaces: [Range<Int>] = []
    ) {
      self.text = text
      self.contribution = contribution
      self.titlePlaces = titlePlaces
      self.textPlaces = textPlaces
    }
  }

  /// What speaks for and against one label.
  public struct Layer: Sendable, Hashable {
    /// What people call the label.
    public var name: String
    /// Whether the article was given the label.
    public var isGiven: Bool
    /// Whether it was nearly given.
    public var isNearMiss: Bool
    /// The probability.
    public var probability: Double
    /// The probability from which on the label is given; `nil` where the likeliest label is taken.
    public var threshold: Double?
    /// The decision value: `bias` plus all contributions.
    public var score: Double
    /// The score of an empty text.
    public var bias: Double
    /// All phrases, the greatest contribution first.
    public var phrases: [Phrase]

    /// Makes a layer.
    public init(
      name: String, isGiven: Bool, isNearMiss: Bool = false, probability: Double, threshold: Double?,
      score: Double, bias: Double,
      phrases: [Phrase]
    ) {
      self.name = name
      self.isGiven = isGiven
      self.isNearMiss = isNearMiss
      self.probability = probability
      self.threshold = threshold
      self.score = score
      self.bias = bias
      self.phrases = phrases
    }

    /// What became of the label, in words.
    package var decision: String { isGiven ? "given" : isNearMiss ? "nearly given" : "not given" }
  }

  /// The identity, as in the data judged.
  public var id: String
  /// The title that the record names apart from the text, original bytes.
  public var title: [UInt8]
  /// The text, original bytes.
  public var text: [UInt8]
  /// Parts of the text that the model did not read, such as menus that a normalizer stripped.
  public var unread: [Range<Int>]
  /// A layer a label, in the order of the labels; empty when the scores are no sums over phrases.
  public var layers: [Layer]

  /// Makes an article.
  public init(id: String, title: [UInt8], text: [UInt8], unread: [Range<Int>] = [], layers: [Layer]) {
    self.id = id
    self.title = title
    self.text = text
    self.unread = unread
    self.layers = layers
  }
}
