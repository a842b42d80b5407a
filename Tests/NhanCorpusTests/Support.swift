import Glibc
import NhanCore
import NhanCorpus
import TestSupport

/// A folder that is removed when the test is done with it.
final class TemporaryFolder {
  let path: String

  init() {
    var template = Array("/tmp/nhan-corpus-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { fatalError("no temporary folder") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { Self.remove(path) }

  private static func remove(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    if status.st_mode & S_IFMT == S_IFDIR, let stream = opendir(path) {
      while let item = readdir(stream) {
        let bytes = withUnsafeBytes(of: item.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
        if bytes != [0x2E] && bytes != [0x2E, 0x2E] {
          // Names that are not UTF-8 must go too: work on bytes.
          let child = Array(path.utf8) + [0x2F] + bytes + [0]
          child.withUnsafeBufferPointer {
            _ = unlink(UnsafeRawPointer($0.baseAddress!).assumingMemoryBound(to: CChar.self))
          }
          remove(path + "/" + String(decoding: bytes, as: UTF8.self))
        }
      }
      closedir(stream)
      rmdir(path)
    } else {
      unlink(path)
    }
  }

  /// The path of something in the folder.
  func path(_ name: String) -> String { path + "/" + name }

  /// Makes a folder and those above it.
  func makeFolder(_ name: String) {
    var parent = path
    for part in name.split(separator: "/") {
      parent += "/" + part
      mkdir(parent, 0o755)
    }
  }

  /// Writes a file, and the folders above it.
  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) -> String {
    if let slash = name.lastIndex(of: "/") { makeFolder(String(name[..<slash])) }
    let file = fopen(path(name), "w")!
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
    return path(name)
  }

  @discardableResult
  func write(_ name: String, _ text: String) -> String { write(name, Array(text.utf8)) }
}

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
