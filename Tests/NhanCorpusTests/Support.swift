import NhanCore
import NhanCorpus
import TestSupport

/// A record in a form that can be compared and read in a failed expectation.
struct Summary: Equatable, CustomStringConvertible {
  var id: String?
  var title = ""
  var text = ""
  var labels: [String]?
  var metadata = JSONValue.object([])
  var place: Place?
  var failure: NhanError?
  var titleOffset: FileOffset?
  var textOffset: FileOffset?

  init(_ record: Record) {
    switch record {
    case .document(let document):
      id = document.id
      title = String(decoding: document.title, as: UTF8.self)
      text = String(decoding: document.text, as: UTF8.self)
      labels = document.labels
      metadata = .object(document.metadata)
      place = document.place
      titleOffset = document.titleOffset
      textOffset = document.textOffset
    case .failure(let id, let error):
      self.id = id
      failure = error
      place = error.place
    }
  }

  var description: String {
    if let failure { return "\(id ?? "-"): [\(failure.code)] \(failure)" }
    return "\(id ?? "-") '\(title)' '\(text.prefix(80))' \(labels.map { "\($0)" } ?? "-") "
      + "\(String(decoding: metadata.serialized(), as: UTF8.self)) at \(place.map { "\($0)" } ?? "-")"
  }
}

/// All records of some paths.
func read(_ paths: String..., layout: CorpusLayout = .files, chunkSize: Int = 256 << 10) throws -> [Summary] {
  var reader = try CorpusReader(paths: paths, layout: layout, chunkSize: chunkSize)
  return reader.readAll().map { Summary($0) }
}
