import Crypto
import NhanCore
import NhanCorpus

/// The training documents, normalized, with everything that training needs of them.
struct TrainingCorpus: Sendable {
  /// The normalized texts, in the order of reading, as the feature extractors were shown them.
  var batches: [FeatureLearner.Batch] = []
  /// By document: its labels.
  var labels = LabelSets()
  /// By document: the value of the metadata key that cross-validation groups by; empty without one.
  var groups: [String] = []
  /// By document: the SHA-256 of its title, text and labels.
  var digests: [SHA256.Digest] = []
  /// By document: where it was read.
  var places: [Place] = []
  /// How many records could not be used.
  var failures = 0
  /// How many documents had invalid UTF-8 that was replaced.
  var documentsWithReplacements = 0

  /// The number of documents.
  var count: Int { labels.count }

  /// By document: its digest in hexadecimal.
  var ids: [String] { digests.map(\.hexadecimal) }

  /// The SHA-256 of all documents' digests, each in hexadecimal, in order.
  var digest: String {
    var hash = SHA256()
    for digest in digests { hash.update(data: digest.digits) }
    return hash.finalize().hexadecimal
  }

  /// Forgets everything but the texts of documents that turned out to be of no use.
  mutating func remove(_ failed: Set<Int>) {
    let kept = (0..<count).filter { !failed.contains($0) }
    labels = labels.selecting(kept)
    groups = kept.map { groups[$0] }
    digests = kept.map { digests[$0] }
    places = kept.map { places[$0] }
    failures += failed.count
  }

  /// Documents are normalized in batches of at most this size.
  static let batchSize = 64
}

/// Reads and normalizes training documents.
struct TrainingReader {
  let configuration: Configuration
  let pipeline: Pipeline
  let learner: FeatureLearner
  let threads: Int

  /// What one chunk of input gives.
  private struct Part: Sendable {
    var corpus = TrainingCorpus()
    var errors: [NhanError] = []
  }

  /// Reads everything.
  /// - Parameter report: told of every record that cannot be used, in order.
  func read(_ reader: inout CorpusReader, report: (NhanError) -> Void) throws -> TrainingCorpus {
    var corpus = TrainingCorpus()
    let (configuration, pipeline) = (configuration, pipeline)
    let workers = try WorkerLocal.each(of: max(1, threads)) { pipeline.makeWorker() }
    let observers = learner.makeObservers()
    try reader.forEachChunk(threads: threads) { records, worker in
      try Self.part(records, configuration, workers[worker].value, observers[worker].value)
    } consume: { part in
      part.errors.forEach(report)
      corpus.failures += part.errors.count
      corpus.append(part.corpus)
    }
    return corpus
  }

  private static func part(
    _ records: [Record], _ configuration: Configuration, _ worker: PipelineWorker,
    _ observer: FeatureLearner.Observer
  ) throws -> Part {
    var part = Part()
    var documents: [Document] = []
    for record in records {
      switch record {
      case .failure(_, let error): part.errors.append(error)
      case .document(let document):
        do throws(NhanError) {
          _ = try document.checkedLabels(known: configuration.labels.map(\.key), task: configuration.task)
          documents.append(document)
        } catch { part.errors.append(error) }
      }
    }
    var usable: [Document] = []
    for range in Parallel.chunks(of: documents.count, size: TrainingCorpus.batchSize) {
      let (texts, replacements) = try worker.normalize(documents[range])
      for (index, document) in documents[range].enumerated() {
        if let error = texts.failures[index] {
          part.errors.append(error.placed(at: document.place))
        } else {
          usable.append(document)
        }
      }
      part.corpus.batches.append(try observer.observe(texts.removingFailures()))
      part.corpus.documentsWithReplacements += replacements.lazy.filter { $0 > 0 }.count
    }
    let group = configuration.validation.string("group")
    for document in usable {
      part.corpus.labels.append(document.labels ?? [])
      part.corpus.groups.append(group.isEmpty ? "" : document.metadataText(group))
      part.corpus.digests.append(document.digest)
      part.corpus.places.append(document.place)
    }
    return part
  }
}

extension NhanError {
  /// The error, with a place if it had none.
  func placed(at place: Place) -> NhanError {
    var result = self
    result.place = self.place ?? place
    return result
  }
}

extension TrainingCorpus {
  /// Takes over the documents of another corpus, behind its own.
  fileprivate mutating func append(_ other: TrainingCorpus) {
    batches.append(contentsOf: other.batches)
    labels.append(contentsOf: other.labels)
    groups.append(contentsOf: other.groups)
    digests.append(contentsOf: other.digests)
    places.append(contentsOf: other.places)
    documentsWithReplacements += other.documentsWithReplacements
  }
}

extension Document {
  /// The SHA-256 of title, text and labels.
  var digest: SHA256.Digest {
    var hash = SHA256()
    hash.update(data: title)
    hash.update(data: [0])
    hash.update(data: text)
    for label in (labels ?? []).sorted() {
      hash.update(data: [0])
      hash.update(data: Array(label.utf8))
    }
    return hash.finalize()
  }

  /// The document's labels, fit for training and evaluating.
  /// - Parameter known: the labels allowed; empty for all.
  /// - Throws: `NhanError` (record) when there are none, an unknown one, or not one where one is needed.
  func checkedLabels(known: [String], task: Task) throws(NhanError) -> [String] {
    guard let labels else {
      throw NhanError(
        .record, code: "unlabelled", "the document has no labels", at: place,
        hint: "begin the file with --- / labels: [...] / ---, or leave it out; [] says that no label holds")
    }
    if let unknown = labels.first(where: { !known.isEmpty && !known.contains($0) }) {
      throw NhanError(
        .record, code: "unknown-label", "unknown label '\(unknown)'", at: place,
        hint: Suggestion.hint(for: unknown, among: known))
    }
    if task == .singleLabel, labels.count != 1 {
      throw NhanError(
        .record, code: "not-one-label",
        "the document has \(labels.count) labels, the task single-label needs one",
        at: place, hint: "give it one label, or use task: multi-label")
    }
    return labels
  }

  /// A value of the metadata as text; empty if there is none.
  func metadataText(_ key: String) -> String {
    guard let value = metadata.first(where: { $0.key == key })?.value else { return "" }
    return value.stringValue ?? String(decoding: value.serialized(), as: UTF8.self)
  }
}
