import NhanCore

/// The stages that come with the library.
public enum BuiltInStages {
  /// The normalizers.
  public static let normalizers: [StageFactory<any Normalizer>] = [
    StageFactory(
      name: BoilerplateNormalizer.name, summary: BoilerplateNormalizer.summary,
      options: BoilerplateNormalizer.options
    ) { BoilerplateNormalizer(options: $0) },
    StageFactory(
      name: UnicodeNormalizer.name, summary: UnicodeNormalizer.summary, options: UnicodeNormalizer.options
    ) { UnicodeNormalizer(options: $0) },
  ]

  /// The feature extractors.
  public static let extractors: [StageFactory<any FeatureExtractor>] = [
    StageFactory(
      name: "word-ngrams", summary: "sequences of neighbouring words, weighted by tf-idf",
      options: terms([
        OptionDescription(
          "sizes", .list(.integer(1...WordNgrams.maximumSize), minimum: 1),
          default: .array([1, 2].map { .integer($0) }),
          "numbers of words"),
        OptionDescription(
          "marks", .boolean, default: .bool(false),
          "count punctuation marks, line ends and runs of spaces as words: how a text is set"),
      ])
    ) { WordNgramVectorizer($0) },
    StageFactory(
      name: "char-ngrams", summary: "sequences of characters inside words, weighted by tf-idf",
      options: terms([
        OptionDescription(
          "sizes", .list(.integer(1...CharNgrams.maximumSize), minimum: 1),
          default: .array([3, 4, 5].map { .integer($0) }), "numbers of characters")
      ])
    ) { TermVectorizer.charNgrams($0) },
    StageFactory(
      name: "document-numbers",
      summary: "official document numbers and instruments, such as 837/QĐ-TTg or Nghị quyết số 57",
      options: terms([])
    ) { TermVectorizer.documentNumbers($0) },
  ]

  /// The classifiers.
  public static let classifiers: [StageFactory<any Classifier>] = [
    StageFactory(
      name: "logistic",
      summary: "L2-regularized logistic regression: one-versus-rest, or softmax for single-label",
      options: LogisticClassifier.options
    ) { LogisticClassifier(options: $0) }
  ]

  private static func terms(_ own: [OptionDescription]) -> OptionSchema {
    OptionSchema(own + TermSettings.options)
  }
}
