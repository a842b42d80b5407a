import Nhan

extension TaggedRecord.Evidence {
  /// The evidence of a document's explanation.
  init(_ evidence: Explanation.Evidence, of tagged: TaggedDocument) {
    let isNormalized = tagged.explanation?.normalized != nil
    let places = evidence.places.map { place in
      TaggedRecord.EvidencePlace(
        field: isNormalized
          ? place.inTitle ? .normalizedTitle : .normalizedText : place.inTitle ? .title : .text,
        bytes: place.bytes, characters: place.characters,
        fieldOffset: isNormalized
          ? nil : place.inTitle ? tagged.document.titleOffset : tagged.document.textOffset)
    }
    self.init(evidence.phrase, contribution: evidence.contribution, places: places)
  }
}

extension TaggedRecord.Reasons {
  /// The reasons of a document's explanation, up to `limit` phrases for and against.
  init(_ reasons: Explanation.LabelReasons, of tagged: TaggedDocument, model: Model, limit: Int) {
    self.init(
      label: model.labels[reasons.label].key, isGiven: tagged.labels.contains(reasons.label),
      score: reasons.score, bias: reasons.bias,
      phrases: reasons.evidence.map { TaggedRecord.Evidence($0, of: tagged) }, limit: limit)
  }
}
