import NhanCore
import NhanCorpus

/// What became of one record: tags, or why there are none.
public enum Outcome: Sendable {
  /// A document with its tags.
  case tagged(TaggedDocument)
  /// A record that could not be read.
  indirect case failure(id: String?, NhanError)
}

/// A document and what the model says of it.
public struct TaggedDocument: Sendable {
  /// The document as it was read.
  public var document: Document
  /// By label of the model.
  public var probabilities: [Float]
  /// The labels given, as indices of the model's labels, rising.
  public var labels: [Int]
  /// Invalid UTF-8 sequences that were replaced.
  public var replacements: Int
  /// The reasons, where they were asked for.
  public var explanation: Explanation?
  /// The first line that the normalizers keep of a document without a title of its own, where it was asked for.
  public var foundTitle: [UInt8]?
}

/// Tags documents with a model.
public struct Tagger: Sendable {
  /// The model.
  public let model: Model
  /// How many threads work. The results do not depend on it.
  public let threads: Int
  /// Whether each document is explained, which costs much more than tagging it.
  public let explains: Bool
  /// Whether titles are found for documents without one.
  public let findsTitles: Bool

  /// How many documents go through the stages together: few enough for what is made of them to stay in the cache.
  fileprivate static let batchSize = 16

  /// Prepares tagging.
  public init(model: Model, threads: Int = 1, explains: Bool = false, findsTitles: Bool = false) {
    self.model = model
    self.threads = max(1, threads)
    self.explains = explains
    self.findsTitles = findsTitles
  }

  /// Tags the documents at hand, in their order.
  /// - Throws: `NhanError` (record) when a stage cannot process one of them.
  public func tag(_ documents: [Document]) throws -> [TaggedDocument] {
    let chunks = Parallel.chunks(of: documents.count, size: Self.batchSize)
    let workers = try WorkerLocal.each(of: threads) { TagWorker(self) }
    let outcomes = try Parallel.map(count: chunks.count, threads: threads) { item, worker in
      try workers[worker].value.outcomes(documents[chunks[item]].map { .document($0) })
    }
    return try outcomes.joined().map {
      switch $0 {
      case .tagged(let document): document
      case .failure(_, let error): throw error
      }
    }
  }

  /// Tags everything that a reader gives, in bounded memory. A later record with the id of an earlier one becomes a
  /// failure.
  /// - Parameters:
  ///   - consume: takes the outcomes in the order of the input, some at a time; on any thread, but never on two at once.
  public func run(_ reader: inout CorpusReader, consume: ([Outcome]) throws -> Void) throws {
    let workers = try WorkerLocal.each(of: threads) { TagWorker(self) }
    try reader.forEachChunk(
      threads: threads, work: { try workers[$1].value.outcomes($0) }, consume: consume)
  }
}

/// Tags on one thread.
private final class TagWorker {
  private let model: Model
  private let worker: PipelineWorker
  private let explainer: Explainer?
  private let findsTitles: Bool

  init(_ tagger: Tagger) {
    model = tagger.model
    worker = model.pipeline.makeWorker()
    explainer = tagger.explains ? Explainer(model) : nil
    findsTitles = tagger.findsTitles
  }

  func outcomes(_ records: [Record]) throws -> [Outcome] {
    var outcomes: [Outcome] = []
    outcomes.reserveCapacity(records.count)
    for chunk in Parallel.chunks(of: records.count, size: Tagger.batchSize) {
      try append(records[chunk], to: &outcomes)
    }
    return outcomes
  }

  private func append(_ records: ArraySlice<Record>, to outcomes: inout [Outcome]) throws {
    let documents = records.compactMap { if case .document(let document) = $0 { document } else { nil } }
    let (scores, replacements, failures) = try worker.scores(of: documents)
    let count = model.labels.count
    var index = 0
    for record in records {
      switch record {
      case .failure(let id, let error): outcomes.append(.failure(id: id, error))
      case .document(let document):
        if let error = failures[index] {
          outcomes.append(.failure(id: document.id, error.placed(at: document.place)))
        } else {
          let scores = scores[index * count..<(index + 1) * count]
          outcomes.append(.tagged(try tagged(document, scores, replacements: replacements[index])))
        }
        index += 1
      }
    }
  }

  private func tagged(
    _ document: Document, _ scores: ArraySlice<Float>, replacements: Int
  ) throws -> TaggedDocument {
    let probabilities = model.probabilities(scores)
    let trace = findsTitles && document.title.isEmpty
    return TaggedDocument(
      document: document, probabilities: probabilities, labels: model.decide(probabilities),
      replacements: replacements, explanation: try explainer?.explain(document),
      foundTitle: trace ? try model.pipeline.trace(document).firstLine : nil)
  }
}
