import NhanCore

/// A batch of texts without titles.
package func batch(_ texts: [String]) -> TextBatch {
  var batch = TextBatch()
  for text in texts { batch.append(title: [], body: Array(text.utf8)) }
  return batch
}

/// The texts of a batch, titles and bodies.
package func texts(of batch: TextBatch) -> [String] {
  batch.extents.map { String(decoding: batch.bytes[$0.start..<$0.end], as: UTF8.self) }
}

extension OptionSchema {
  /// The values for options given as JSON.
  package func values(_ json: String) throws -> OptionValues {
    try validate(
      ConfigNode(json: try JSONValue(parsing: Array(json.utf8))).mapping ?? [], of: "the stage", at: nil)
  }
}
