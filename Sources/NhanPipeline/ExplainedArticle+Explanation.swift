import NhanCore
import NhanEvaluation

extension ExplainedArticle {
  /// The article of a tagged document with its explanation, without layers if it was not explained. Where a normalizer
  /// cannot tell where its text came from, the article is that text.
  public init(_ tagged: TaggedDocument, model: Model) {
    let nearMisses = model.nearMisses(tagged.probabilities)
    let layers = (tagged.explanation?.labels ?? []).map { reasons in
      Layer(
        name: model.labels[reasons.label].name, isGiven: tagged.labels.contains(reasons.label),
        isNearMiss: nearMisses.contains(reasons.label),
        probability: Double(tagged.probabilities[reasons.label]),
        threshold: model.configuration.task == .multiLabel ? Double(model.thresholds[reasons.label]) : nil,
        score: Double(reasons.score), bias: Double(reasons.bias),
        phrases: reasons.evidence.map {
          Phrase(
            text: $0.phrase, contribution: Double($0.contribution),
            titlePlaces: $0.places.filter(\.inTitle).map(\.bytes),
            textPlaces: $0.places.filter { !$0.inTitle }.map(\.bytes))
        })
    }
    let normalized = tagged.explanation?.normalized
    self.init(
      id: tagged.document.id, title: normalized?.title ?? tagged.document.title,
      text: normalized?.text ?? tagged.document.text,
      unread: tagged.explanation?.unread ?? [], layers: layers)
  }
}
