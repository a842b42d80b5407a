import NhanCore
import NhanCorpus
import NhanEvaluation

/// Tags labelled documents and gathers what an evaluation needs.
public struct Evaluator: Sendable {
  private let tagger: Tagger

  /// Prepares evaluating a model.
  public init(model: Model, threads: Int) { tagger = Tagger(model: model, threads: threads) }

  /// Judges everything that a reader gives.
  /// - Parameter report: told of every record that cannot be used: one that cannot be read, has no labels, or has a label
  ///   that the model does not know.
  public func judge(_ reader: inout CorpusReader, report: (NhanError) -> Void) throws -> EvaluationData {
    try judge(&reader, report: report) { _, _ in }
  }

  /// Judges everything that a reader gives, and keeps the documents with the worst errors.
  public func judge(
    _ reader: inout CorpusReader, worst: inout WorstErrors, report: (NhanError) -> Void
  ) throws -> EvaluationData {
    try judge(&reader, report: report) { worst.consider($0, severity: $1) }
  }

  /// Judges everything that a reader gives.
  /// - Parameter observe: told of every document judged and how badly, in order.
  func judge(
    _ reader: inout CorpusReader, report: (NhanError) -> Void, observe: (Document, _ severity: Double) -> Void
  ) throws -> EvaluationData {
    let model = tagger.model
    var data = try EvaluationData(
      labels: model.labels.indices.map { index in
        EvaluationLabel(
          key: model.labels[index].key, name: model.labels[index].name,
          threshold: model.configuration.task == .multiLabel ? Double(model.thresholds[index]) : nil)
      })
    try tagger.run(&reader) { outcomes in
      for outcome in outcomes {
        switch outcome {
        case .failure(_, let error): report(error)
        case .tagged(let tagged):
          do throws(NhanError) {
            try add(tagged, to: &data)
            observe(tagged.document, data.severity(data.documents.count - 1))
          } catch { report(error) }
        }
      }
    }
    return data
  }

  private func add(_ tagged: TaggedDocument, to data: inout EvaluationData) throws(NhanError) {
    let document = tagged.document
    let keys = tagger.model.labels.map(\.key)
    let labels = try document.checkedLabels(known: keys, task: tagger.model.configuration.task)
    let described = EvaluationDocument(
      id: document.id, place: document.place, title: String(decoding: document.title, as: UTF8.self),
      metadata: Dictionary(document.metadata.map { ($0.key, document.metadataText($0.key)) }) { first, _ in
        first
      })
    try data.append(
      described, actual: keys.map(labels.contains), predicted: keys.indices.map(tagged.labels.contains),
      probabilities: tagged.probabilities.map(Double.init))
  }
}
