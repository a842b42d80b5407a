import NhanCore

/// The YAML between two `---` lines at the head of a text file.
struct FrontMatter {
  var id: String?
  var title: String?
  /// Where the title's value begins in the YAML: line and column, from 0.
  private var titleStart = (line: 0, column: 0)
  var labels: [String]?
  var metadata: [(key: String, value: JSONValue)] = []

  /// Where the YAML and the body stand in a text that begins with a `---` line; `nil` if it does not.
  /// - Throws: `NhanError` (record) when there is no second such line.
  static func split(
    _ bytes: UnsafeBufferPointer<UInt8>, file: String
  ) throws(NhanError) -> (yaml: Range<Int>, body: Int)? {
    func line(from start: Int) -> (isFence: Bool, next: Int) {
      let end = LineScanner.newline(in: bytes, from: start) ?? bytes.count
      let line = bytes[start..<end]
      let isFence = line.starts(with: [0x2D, 0x2D, 0x2D]) && TextCheck.isBlank(line.dropFirst(3))
      return (isFence, min(end + 1, bytes.count))
    }
    let first = line(from: 0)
    guard first.isFence else { return nil }
    var start = first.next
    while start < bytes.count {
      let (isFence, next) = line(from: start)
      if isFence { return (first.next..<start, next) }
      start = next
    }
    throw CorpusFailure.unterminatedFrontMatter(file)
  }

  /// Reads front matter.
  /// - Parameter yaml: the text between the fences; it begins on the file's second line.
  /// - Throws: `NhanError` (record) for what is no YAML or not of the expected form.
  init(yaml: String, file: String) throws(NhanError) {
    let root = try YAMLReader.read(
      yaml, subject: "the front matter", file: file, firstLine: 2, failingAs: .record,
      code: CorpusFailure.frontMatterCode)
    guard let entries = root.mapping else {
      throw CorpusFailure.badFrontMatter(
        "the front matter is \(Self.words(root)), expected a mapping",
        at: root.place ?? Place(file: file, line: 2))
    }
    for entry in entries {
      switch entry.key {
      case "id": id = try Self.text(entry)
      case "title":
        title = try Self.text(entry)
        let place = Self.place(entry)
        titleStart = (max(0, (place.line ?? 2) - 2), max(0, (place.column ?? 1) - 1))
      case "labels": labels = try Self.labels(entry)
      default: metadata.append((entry.key, entry.value.json))
      }
    }
  }

  /// Where the title's first byte is, if it stands in the YAML byte for byte: not escaped, and on one line.
  func titleIndex(in yaml: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
    guard let title = title.map({ Array($0.utf8) }), !title.isEmpty else { return nil }
    let lines = yaml.split(
      separator: 0x0A, maxSplits: titleStart.line + 1, omittingEmptySubsequences: false)
    guard titleStart.line < lines.count else { return nil }
    let value = lines[titleStart.line].dropFirst(titleStart.column)
    return value.indices.first { value[$0...].starts(with: title) }
  }

  private static func place(_ entry: ConfigNode.Entry) -> Place {
    entry.value.place ?? entry.place ?? Place(file: "")
  }

  private static func text(_ entry: ConfigNode.Entry) throws(NhanError) -> String? {
    switch entry.value.content {
    case .scalar(.null): return nil
    case .scalar: return entry.value.source.flatMap { $0.isEmpty ? nil : $0 }
    default:
      throw CorpusFailure.badFrontMatter(
        "'\(entry.key)' is \(words(entry.value)), expected a string", at: place(entry))
    }
  }

  private static func labels(_ entry: ConfigNode.Entry) throws(NhanError) -> [String]? {
    if entry.value.content == .scalar(.null) { return nil }
    guard let nodes = entry.value.list else {
      let example = entry.value.json.stringValue ?? "borders"
      throw CorpusFailure.badLabels(
        words(entry.value), at: place(entry), hint: "write labels: [\(example)], or labels: [] for none")
    }
    var names: [String] = []
    for node in nodes {
      guard case .scalar(let value) = node.content, value != .null, let name = node.source, !name.isEmpty
      else {
        throw CorpusFailure.badLabels(
          "a list with \(words(node)) in it", at: node.place ?? place(entry),
          hint: "write labels: [borders, awards]")
      }
      names.append(name)
    }
    return Labels.unique(names)
  }

  private static func words(_ node: ConfigNode) -> String {
    switch node.content {
    case .scalar(.null): "nothing"
    case .scalar(.string(let text)): "the string '\(text)'"
    case .scalar(let value): value.kindName
    case .list: "a list"
    case .mapping: "a mapping"
    }
  }
}
