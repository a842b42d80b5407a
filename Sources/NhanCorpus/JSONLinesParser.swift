import NhanCore

/// Makes a record of a line of a JSONL file.
enum JSONLinesParser {
  /// Parses one line, which is not blank.
  static func record(
    from line: UnsafeBufferPointer<UInt8>, file: String, number: Int, folderLabel: String?
  ) -> Record {
    var fields = Fields(place: Place(file: file, line: number))
    do {
      try fields.read(line)
    } catch {
      let failure =
        TextCheck.containsNUL(line)
        ? CorpusFailure.notText("NUL bytes", at: fields.place)
        : CorpusFailure.badJSON(error, file: file, line: number)
      return .failure(id: fields.id, failure)
    }
    return fields.record(folderLabel: folderLabel)
  }

  /// What has been read of a record so far. Of a key given twice the last value counts.
  private struct Fields {
    let place: Place
    var id: String?
    var title: [UInt8] = []
    var text: [UInt8]?
    var labels: [String]?
    var metadata: [(key: String, value: JSONValue)] = []
    /// The first member that is not as it should be.
    var failure: NhanError?

    init(place: Place) { self.place = place }

    mutating func read(_ line: UnsafeBufferPointer<UInt8>) throws(JSONError) {
      var scanner = try JSONObjectScanner(line)
      while let member = try scanner.next() {
        if scanner.key(of: member, is: "id") {
          try readID(member, scanner)
        } else if scanner.key(of: member, is: "title") {
          let bytes = scanner.bytes(ofString: member)
          title = bytes ?? []
          if bytes == nil, member.kind != .null {
            fail(CorpusFailure.badMember("title", found: member.kind, expected: "a string", at: place))
          }
        } else if scanner.key(of: member, is: "text") {
          let bytes = scanner.bytes(ofString: member)
          text = bytes ?? []
          if bytes == nil {
            fail(CorpusFailure.badMember("text", found: member.kind, expected: "a string", at: place))
          }
        } else if scanner.key(of: member, is: "labels") {
          try readLabels(member, scanner)
        } else {
          metadata.append((scanner.key(of: member), try scanner.value(of: member)))
        }
      }
    }

    private mutating func fail(_ error: NhanError) { failure = failure ?? error }

    private mutating func readID(_ member: JSONMember, _ scanner: JSONObjectScanner) throws(JSONError) {
      switch member.kind {
      case .string: id = try scanner.value(of: member).stringValue
      case .number: id = scanner.source(of: member)
      case .null: id = nil
      default:
        fail(CorpusFailure.badMember("id", found: member.kind, expected: "a string or a number", at: place))
      }
      if id == "" { id = nil }
    }

    private mutating func readLabels(_ member: JSONMember, _ scanner: JSONObjectScanner) throws(JSONError) {
      let value = try scanner.value(of: member)
      switch value {
      case .null: labels = nil
      case .array(let elements):
        let names = elements.compactMap(\.stringValue)
        guard names.count == elements.count, !names.contains("") else {
          return failLabels("a list with something else than names in it", example: "borders")
        }
        labels = Labels.unique(names)
      default: failLabels(value.kindName, example: value.stringValue ?? "borders")
      }
    }

    private mutating func failLabels(_ found: String, example: String) {
      var hint = Array("write \"labels\": [".utf8)
      JSONWriter.append(string: example, to: &hint)
      fail(
        CorpusFailure.badLabels(
          found, at: place, hint: String(decoding: hint, as: UTF8.self) + "], or [] for none"))
    }

    func record(folderLabel: String?) -> Record {
      if let failure { return .failure(id: id, failure) }
      guard let text else { return .failure(id: id, CorpusFailure.missingText(at: place)) }
      return RecordParser.record(
        Document(
          id: id ?? RecordParser.id(of: place), title: title, text: text, labels: labels, metadata: metadata,
          place: place),
        givenID: id, folderLabel: folderLabel)
    }
  }
}
