/// One article as it came in: original bytes, nothing normalized. An object, so that it is handed on without a copy.
public final class Document: Sendable {
  /// Its identifier: given by the record, or made of the file's name (and line).
  public let id: String
  /// The title, if the record or front matter names one. Original UTF-8 bytes.
  public let title: [UInt8]
  /// The text, original bytes. Without an explicit title its first line is the title.
  public let text: [UInt8]
  /// The labels given; `nil` when the record is unlabelled, empty when it is labelled with none.
  public let labels: [String]?
  /// Other keys of the record, in their order, to be carried through to the output.
  public let metadata: [(key: String, value: JSONValue)]
  /// Where it was read.
  public let place: Place
  /// Where `title` begins in the original file, when it stands there byte for byte (front matter); else `nil`.
  public let titleOffset: FileOffset?
  /// Where `text` begins in the original file, when it stands there byte for byte (text files); else `nil`.
  public let textOffset: FileOffset?

  /// Makes a document.
  public init(
    id: String, title: [UInt8] = [], text: [UInt8], labels: [String]? = nil,
    metadata: [(key: String, value: JSONValue)] = [], place: Place,
    titleOffset: FileOffset? = nil, textOffset: FileOffset? = nil
  ) {
    self.id = id
    self.title = title
    self.text = text
    self.labels = labels
    self.metadata = metadata
    self.place = place
    self.titleOffset = titleOffset
    self.textOffset = textOffset
  }

  /// The same document with other labels.
  public func labelled(_ labels: [String]?) -> Document {
    Document(
      id: id, title: title, text: text, labels: labels, metadata: metadata, place: place,
      titleOffset: titleOffset, textOffset: textOffset)
  }
}

/// What a reader found in the place of one record: a document, or why there is none.
public enum Record: Sendable {
  /// A document that can be processed.
  case document(Document)
  /// A record that cannot be read. `id` is given where it was still readable.
  indirect case failure(id: String?, NhanError)
}
