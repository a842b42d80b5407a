import NhanCore
import TestSupport

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// How a program ended, and what it wrote.
package struct RunResult {
  /// Its exit status; the number of the signal that ended it, negated.
  package var status: Int
  /// Standard output.
  package var output: String
  /// Standard error.
  package var errors: String
}

/// Runs a program to its end.
@discardableResult
package func run(_ command: [String], input: String = "", environment: [String] = []) throws -> RunResult {
  let folder = TemporaryFolder()
  defer { withExtendedLifetime(folder) {} }
  let names = ["in", "out", "err"].map { folder.path($0) }
  let source = try OutputFile(names[0])
  try source.write(Array(input.utf8))
  try source.commit()
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  posix_spawn_file_actions_addopen(&actions, 0, names[0], O_RDONLY, 0)
  posix_spawn_file_actions_addopen(&actions, 1, names[1], O_WRONLY | O_CREAT, 0o600)
  posix_spawn_file_actions_addopen(&actions, 2, names[2], O_WRONLY | O_CREAT, 0o600)
  var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
  var variables: [UnsafeMutablePointer<CChar>?] = []
  var next = environ
  while let entry = next.pointee {
    variables.append(strdup(entry))
    next += 1
  }
  // What a program leaves in the folder for temporary files goes with this one: `swift build`, for one, leaves its locks.
  variables += (environment + ["TMPDIR=" + folder.path]).map { strdup($0) } + [nil]
  defer { (arguments + variables).forEach { free($0) } }
  var child: pid_t = 0
  guard posix_spawnp(&child, command[0], &actions, nil, &arguments, &variables) == 0 else {
    throw Failed("cannot run \(command[0])")
  }
  var status: CInt = 0
  while waitpid(child, &status, 0) < 0, errno == EINTR {}
  func text(_ file: String) throws -> String {
    try MappedFile.map(file).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
  }
  return RunResult(
    status: status & 0x7f == 0 ? Int(status >> 8) & 0xff : -Int(status & 0x7f), output: try text(names[1]),
    errors: try text(names[2]))
}
