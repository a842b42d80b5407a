import NhanCore
import Yams

/// Reads YAML (configuration files, front matter) into nodes that know their places.
///
/// Plain scalars follow the core schema of YAML 1.2, so that `no` and `12:30` stay words.
public struct YAMLReader {
  /// What is read, for messages: `the configuration`.
  private let subject: String
  private let file: String
  private let firstLine: Int
  private let kind: NhanError.Kind
  private let code: String
  /// How many values may still come: aliases of aliases would otherwise fill the memory.
  private var budget = 100_000

  private static let depthLimit = 64

  /// Reads a YAML document.
  /// - Parameters:
  ///   - subject: what it is, for messages: `the configuration`.
  ///   - firstLine: the line of `file` on which the text begins.
  ///   - kind: the kind of the errors, with the code `code`.
  /// - Returns: the document's node; an empty mapping if there is nothing in it.
  /// - Throws: `NhanError` at the place where the text is no YAML.
  public static func read(
    _ text: String, subject: String, file: String, firstLine: Int = 1, failingAs kind: NhanError.Kind,
    code: String
  ) throws(NhanError) -> ConfigNode {
    var reader = YAMLReader(subject: subject, file: file, firstLine: firstLine, kind: kind, code: code)
    let root: Node?
    // What a scalar is, `value` tells; Yams would make regular expressions for it.
    do { root = try Yams.compose(yaml: text, .basic) } catch { throw reader.failure(error) }
    let node = try root.map { (node) throws(NhanError) in try reader.convert(node, depth: 1) }
    guard let node, node.content != .scalar(.null) else {
      return ConfigNode(.mapping([]), at: Place(file: file, line: firstLine))
    }
    return node
  }

  private mutating func convert(_ node: Node, depth: Int) throws(NhanError) -> ConfigNode {
    let place = self.place(node.mark)
    budget -= 1
    guard budget >= 0, depth <= Self.depthLimit else {
      throw error("\(subject) holds too many values or nests deeper than \(Self.depthLimit)", at: place)
    }
    switch node {
    case .scalar(let scalar):
      return ConfigNode(.scalar(Self.value(of: scalar)), at: place, source: scalar.string)
    case .sequence(let sequence):
      var nodes: [ConfigNode] = []
      for element in sequence { nodes.append(try convert(element, depth: depth + 1)) }
      return ConfigNode(.list(nodes), at: place)
    case .mapping(let mapping):
      var entries: [ConfigNode.Entry] = []
      for (key, value) in mapping {
        let keyPlace = self.place(key.mark)
        guard let name = key.scalar?.string else {
          let found = key.sequence == nil ? "a mapping" : "a list"
          throw error("a key is \(found)", at: keyPlace)
        }
        let node = try convert(value, depth: depth + 1)
        entries.append(ConfigNode.Entry(key: name, place: keyPlace, value: node))
      }
      return ConfigNode(.mapping(entries), at: place)
    case .alias: throw error("found an alias of nothing", at: place)
    }
  }

  /// Plain scalars are read as JSON reads them, so that `no`, `012` and `12:30` stay what the author wrote.
  private static func value(of scalar: Node.Scalar) -> JSONValue {
    let text = scalar.string
    guard scalar.style == .plain || scalar.style == .any else { return .string(text) }
    if ["", "~", "null"].contains(text) { return .null }
    switch try? JSONValue(parsing: Array(text.utf8)) {
    case .bool(let value): return .bool(value)
    case .integer(let value): return .integer(value)
    case .double(let value): return .double(value)
    default: return .string(text)
    }
  }

  private func place(_ mark: Mark?) -> Place {
    Place(file: file, line: (mark?.line ?? 1) + firstLine - 1, column: mark?.column)
  }

  private func error(_ message: String, at place: Place) -> NhanError {
    NhanError(
      kind, code: code, message, at: place,
      hint: "check indentation, colons and quotes; put text with a colon in quotes")
  }

  private func failure(_ error: any Error) -> NhanError {
    switch error as? YamlError {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      return self.error("\(subject) is not YAML: \(problem)", at: place(mark))
    case .duplicatedKeysInMapping(let duplicates, let context):
      return self.error("the key '\(duplicates.first ?? "")' is given twice", at: place(context.mark))
    case .reader(let problem, _, _, _):
      return self.error("\(subject) is not YAML: \(problem)", at: place(nil))
    default: return self.error("\(subject) is not YAML: \(error)", at: place(nil))
    }
  }
}
