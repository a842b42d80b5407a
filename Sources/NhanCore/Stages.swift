/// The three kinds of stage, in the order in which the data meet them.
public enum StageKind: String, Sendable, CaseIterable {
  /// Text in, text out.
  case normalizer
  /// Text in, rows of features out.
  case features
  /// Rows of features in, scores out.
  case classifier
}

/// Rewrites texts: strips, converts, folds.
///
/// A normalizer has no state but its options, so one instance serves all threads.
public protocol Normalizer: Sendable {
  /// Something that normalizes on one thread and owns the memory for it; the same texts come out.
  func makeWorker() -> any NormalizerWorker
  /// Appends every document of `input`, normalized and in order, to `output`, which is empty.
  ///
  /// If `output.origins` is not `nil`, one span for each appended byte is appended to it, in positions of
  /// `input.bytes`; an `output.origins` set to `nil` says that this normalizer cannot tell.
  func normalize(_ input: TextBatch, into output: inout TextBatch) throws
}

/// Normalizes on one thread.
public protocol NormalizerWorker: AnyObject {
  /// As `Normalizer.normalize`. A worker that finds words also fills `output.words`, if that is not `nil`.
  func normalize(_ input: TextBatch, into output: inout TextBatch) throws
  /// Whether it finds the words of the texts while it writes them.
  var findsWords: Bool { get }
}

extension NormalizerWorker {
  /// No: most normalizers know nothing of words.
  public var findsWords: Bool { false }
}

extension Normalizer {
  /// A worker that remembers nothing.
  public func makeWorker() -> any NormalizerWorker { PlainNormalizerWorker(self) }
}

/// The worker of a normalizer that needs none.
private final class PlainNormalizerWorker: NormalizerWorker {
  private let normalizer: any Normalizer
  init(_ normalizer: any Normalizer) { self.normalizer = normalizer }
  func normalize(_ input: TextBatch, into output: inout TextBatch) throws {
    try normalizer.normalize(input, into: &output)
  }
}

/// Turns normalized texts into rows of a sparse matrix.
///
/// Life: `makeObserver` and `fit` once over the training texts, then `makeWorker` for each thread. An extractor that
/// learns nothing still takes part: its observer does nothing and `fit` returns it unchanged.
public protocol FeatureExtractor: Sendable {
  /// How many columns its rows have; known after `fit`.
  var columnCount: Int { get }
  /// The words of a batch that spare its observers and workers work, where the batch has them.
  var readsWords: WordKind? { get }
  /// Something that looks at training texts on one thread; what several have seen is combined by `fit`.
  func makeObserver() -> any FeatureObserver
  /// The extractor after learning from all the training texts. The result depends only on what was observed
  /// in total, not on how it was spread over the observers.
  func fit(_ observers: [any FeatureObserver]) throws -> any FeatureExtractor
  /// Something that extracts on one thread and owns the memory for it.
  func makeWorker() -> any FeatureWorker
  /// Every place in document `index` of `batch` that a feature with a column comes from, for explanations.
  func occurrences(inDocument index: Int, of batch: TextBatch) -> [FeatureOccurrence]
  /// Saves what `fit` learned.
  func save(to archive: inout TensorArchive)
  /// The extractor with what `save` saved.
  func load(from archive: TensorArchive) throws -> any FeatureExtractor
}

extension FeatureExtractor {
  /// None: the texts are enough.
  public var readsWords: WordKind? { nil }
}

/// Looks at training texts on one thread.
public protocol FeatureObserver: AnyObject {
  /// Looks at the documents of a batch.
  func observe(_ batch: TextBatch) throws
  /// Whether the extractor's workers can make the rows of what was observed without the texts, as `RecallingWorker`.
  var remembersTexts: Bool { get }
  /// Told that nobody will ask again for the rows of the batch observed as the `batch`-th, counted from 0.
  func forget(batch: Int)
}

extension FeatureObserver {
  /// No: most observers keep only counts.
  public var remembersTexts: Bool { false }
  /// Nothing: what is remembered goes with the observer.
  public func forget(batch: Int) {}
}

/// Extracts features on one thread.
public protocol FeatureWorker: AnyObject {
  /// Appends one row for each document of the batch.
  func extract(_ batch: TextBatch, into rows: inout CSRMatrix) throws
  /// By document of the batch extracted last: why its row could not be made. Such rows are empty.
  var failures: [Int: NhanError] { get }
}

/// A worker that also makes rows of what an observer remembers of the training texts, so that these need not be kept.
public protocol RecallingWorker: FeatureWorker {
  /// Appends the rows of the batch that `observer`, one of those that the extractor learned from, observed as its
  /// `batch`-th, counted from 0: the same rows as `extract` gives for the texts.
  func recall(batch: Int, of observer: any FeatureObserver, into rows: inout CSRMatrix) throws
}

extension FeatureWorker {
  /// None: most extractors take any text.
  public var failures: [Int: NhanError] { [:] }
}

/// One place in a text that a feature comes from.
public struct FeatureOccurrence: Sendable, Hashable {
  /// The feature's column in the extractor's rows.
  public var column: Int
  /// The bytes of the batch that make the feature; for features of several words from the first's first
  /// byte to the last's last.
  public var range: Range<Int>

  /// Makes an occurrence.
  public init(column: Int, range: Range<Int>) {
    self.column = column
    self.range = range
  }
}

/// Which labels each training document has: one row a document, one column a label, 1 or 0.
public struct TargetMatrix: Sendable {
  /// The number of labels.
  public var labelCount: Int
  /// Row-major, `rowCount * labelCount` elements, 0 or 1.
  public var values: [UInt8]

  /// Makes a target matrix.
  public init(labelCount: Int, values: [UInt8] = []) {
    self.labelCount = labelCount
    self.values = values
  }

  /// The number of documents.
  @inlinable
  public var rowCount: Int { labelCount == 0 ? 0 : values.count / labelCount }

  /// Whether document `row` has label `label`.
  @inlinable
  public subscript(row: Int, label: Int) -> Bool { values[row * labelCount + label] != 0 }

  /// The targets of some of the documents, in the order given.
  public func selecting(rows: [Int]) -> TargetMatrix {
    var result = TargetMatrix(labelCount: labelCount)
    result.values.reserveCapacity(rows.count * labelCount)
    for row in rows { result.values.append(contentsOf: values[row * labelCount..<(row + 1) * labelCount]) }
    return result
  }

  /// How many documents have each label.
  public var supports: [Int] {
    var counts = [Int](repeating: 0, count: labelCount)
    for row in 0..<rowCount { for label in 0..<labelCount where self[row, label] { counts[label] += 1 } }
    return counts
  }
}

/// What a document's labels exclude.
public enum Task: String, Sendable, CaseIterable {
  /// Any number of labels a document, each decided on its own.
  case multiLabel = "multi-label"
  /// Exactly one label a document.
  case singleLabel = "single-label"
}

/// Gives each row of features one score a label.
public protocol Classifier: Sendable {
  /// The classifier after learning from rows and their labels. The result is the same at any `threads`.
  func fit(_ rows: CSRMatrix, _ targets: TargetMatrix, task: Task, threads: Int) throws -> FittedClassifier
  /// The same, from rows that the classifier takes over.
  func fit(_ rows: SparseRows, _ targets: TargetMatrix, task: Task, threads: Int) throws -> FittedClassifier
  /// Appends the decision values of all rows to `scores`, row-major, one a label: log-odds for
  /// `multi-label`, unnormalized log-probabilities for `single-label`.
  func score(_ rows: CSRMatrix, into scores: inout [Float]) throws
  /// The same for rows that lie side by side in several matrices, the columns numbered on.
  func score(sideBySide blocks: [CSRMatrix], into scores: inout [Float]) throws
  /// The weight of a column for a label, and the label's bias, if the scores are such sums; else `nil`.
  var linear: (any LinearWeights)? { get }
  /// Saves what `fit` learned.
  func save(to archive: inout TensorArchive)
  /// The classifier with what `save` saved, for rows of `columnCount` columns and `labelCount` labels.
  func load(from archive: TensorArchive, columnCount: Int, labelCount: Int) throws -> any Classifier
}

extension Classifier {
  /// Learns from a copy of the rows in one matrix.
  public func fit(_ rows: SparseRows, _ targets: TargetMatrix, task: Task, threads: Int) throws
    -> FittedClassifier
  {
    try fit(rows.matrix(ofRows: Array(rows.rows.indices)), targets, task: task, threads: threads)
  }

  /// Scores a copy of the rows in one matrix.
  public func score(sideBySide blocks: [CSRMatrix], into scores: inout [Float]) throws {
    try score(CSRMatrix.concatenatingColumns(of: blocks), into: &scores)
  }
}

/// The weights of a classifier whose score is a bias plus a sum of weight times value.
public protocol LinearWeights: Sendable {
  /// The weight of `column` for `label`.
  func weight(column: Int, label: Int) -> Float
  /// The bias of `label`.
  func bias(label: Int) -> Float
}

/// A classifier that has learned, and how the learning went.
public struct FittedClassifier: Sendable {
  /// The classifier.
  public var classifier: any Classifier
  /// How the learning went.
  public var report: ConvergenceReport

  /// Makes one.
  public init(classifier: any Classifier, report: ConvergenceReport) {
    self.classifier = classifier
    self.report = report
  }
}

/// How an optimization ended.
public struct ConvergenceReport: Sendable, Hashable {
  /// Whether the gradient fell below the tolerance.
  public var converged: Bool
  /// Iterations done.
  public var iterations: Int
  /// The objective at the end.
  public var loss: Double
  /// The gradient's Euclidean norm at the end, relative to the one at zero weights.
  public var gradientNorm: Double

  /// Makes a report.
  public init(converged: Bool, iterations: Int, loss: Double, gradientNorm: Double) {
    self.converged = converged
    self.iterations = iterations
    self.loss = loss
    self.gradientNorm = gradientNorm
  }
}
