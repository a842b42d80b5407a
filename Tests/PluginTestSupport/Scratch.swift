import NhanCore
import NhanPlugins
import TestSupport

/// A folder of its own for one test, removed with it.
package final class Scratch {
  private let folder = TemporaryFolder()
  /// The folder.
  package var path: String { folder.path }

  /// Makes the folder.
  package init() {}

  /// The path of a file in it.
  package func file(_ name: String) -> String { folder.path(name) }

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
