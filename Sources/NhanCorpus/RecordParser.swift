import NhanCore

/// What is the same for the records of all formats.
enum RecordParser {
  /// The id of a record without one of its own: `FILE:LINE`.
  static func id(of place: Place) -> String { place.line.map { "\(place.file):\($0)" } ?? place.file }

  /// The last checks: that there is text, and that it is UTF-8; then adds the folder's label.
  /// - Parameter givenID: the id that the record gives itself, for the failure.
  static func record(_ document: Document, givenID: String?, folderLabel: String?) -> Record {
    if let failure = failure(of: document) { return .failure(id: givenID, failure) }
    guard let folderLabel else { return .document(document) }
    return .document(document.labelled(Labels.unique([folderLabel] + (document.labels ?? []))))
  }

  private static func failure(of document: Document) -> NhanError? {
    if TextCheck.isBlank(document.text) && TextCheck.isBlank(document.title) {
      return CorpusFailure.emptyDocument(at: document.place)
    }
    return document.text.withUnsafeBufferPointer { TextCheck.encodingFailure(of: $0, at: document.place) }
  }
}
