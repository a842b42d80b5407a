import NhanCore
import NhanPlugins

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A folder of its own for one test, removed with it.
package final class Scratch {
  /// The folder.
  package let path: String

  /// Makes the folder.
  package init() throws {
    var template = Array("/tmp/nhan-plugin-test.XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failed("mkdtemp") }
    path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  deinit { _ = try? run(["rm", "-rf", path]) }

  /// The path of a file in it.
  package func file(_ name: String) -> String { path + "/" + name }

  /// Writes a file: its path.
  @discardableResult
  package func write(_ text: String, to name: String) throws -> String {
    let output = try OutputFile(file(name))
    try output.write(Array(text.utf8))
    try output.commit()
    return file(name)
  }

  /// Compiles a fixture into `lib<name>.so`.
  package func library(
    _ name: String, from fixture: String, defining macros: [String] = [], header: String = Paths.header
  ) throws -> String {
    let result = try run(
      ["cc", "-std=gnu11", "-shared", "-fPIC", "-I", header, "-o", file("lib\(name).so")]
        + macros.map { "-D\($0)" } + [Paths.fixtures + "/" + fixture, "-lm"])
    guard result.status == 0 else { throw Failed(result.errors) }
    return file("lib\(name).so")
  }
}

/// What a test could not do.
package struct Failed: Error, CustomStringConvertible {
  /// What it was.
  package let description: String
  /// Describes it.
  package init(_ description: String) { self.description = description }
}
