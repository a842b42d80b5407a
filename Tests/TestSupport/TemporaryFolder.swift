import Foundation
import Synchronization

/// A folder that is removed when the test is done with it, or at the end what tests share.
package final class TemporaryFolder: Sendable {
  package let path: String

  /// The folders that are there.
  private static let present = Mutex<Set<String>>([])
  /// The tests' own process: what it forks may exit, too.
  private static let owner = getpid()
  private static let removesAtExit: Void = {
    atexit {
      guard getpid() == TemporaryFolder.owner else { return }
      for path in TemporaryFolder.present.withLock({ $0 }) { TemporaryFolder.remove(path) }
    }
  }()

  package init() {
    var template = Array("/tmp/nhan-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { fatalError("no temporary folder") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let path = path
    Self.present.withLock { _ = $0.insert(path) }
    _ = (Self.owner, Self.removesAtExit)
  }

  deinit {
    Self.remove(path)
    Self.present.withLock { _ = $0.remove(path) }
  }

  private static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

  /// The path of something in the folder.
  package func path(_ name: String) -> String { path + "/" + name }

  /// Makes a folder and those above it.
  package func makeFolder(_ name: String) {
    var parent = path
    for part in name.split(separator: "/") {
      parent += "/" + part
      mkdir(parent, 0o755)
    }
  }

  /// Writes a file, and the folders above it.
  @discardableResult
  package func write(_ name: String, _ bytes: [UInt8]) -> String {
    if let slash = name.lastIndex(of: "/") { makeFolder(String(name[..<slash])) }
    let file = fopen(path(name), "w")!
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
    return path(name)
  }

  /// Writes a file, and the folders above it.
  @discardableResult
  package func write(_ name: String, _ text: String) -> String { write(name, Array(text.utf8)) }
}
