import Glibc
import NhanCore
import TestSupport

/// A folder that is removed when the test is done with it.
final class Folder {
  let path: String
  private var files: [String] = []

  init() throws {
    var template = Array("/tmp/nhan-quality-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw NhanError(.failure, code: "no-folder", "no temporary folder")
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    for file in files { unlink(file) }
    rmdir(path)
  }

  /// Writes a file and gives its path.
  @discardableResult
  func write(_ name: String, _ text: String) throws -> String {
    try write(name, Array(text.utf8))
  }

  /// Writes a file and gives its path.
  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = path + "/" + name
    let output = try OutputFile(file)
    try output.write(bytes)
    try output.commit()
    files.append(file)
    return file
  }
}

/// Sentences of made-up syllables, different for each seed.
struct Prose {
  private var generator: SeededGenerator
  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  /// A syllable of 5,000.
  mutating func syllable() -> String { "s\(generator.below(5000))" }

  /// A sentence of eight syllables.
  mutating func sentence() -> String { (0..<8).map { _ in syllable() }.joined(separator: " ") + "." }

  /// A text of sentences, some a line.
  mutating func text(sentences: Int = 12) -> String {
    (0..<sentences).map { _ in sentence() }.enumerated().map { $0 % 3 == 2 ? "\($1)\n\n" : "\($1) " }.joined()
  }
}
