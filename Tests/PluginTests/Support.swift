import NhanCore
import NhanPlugins

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A folder of its own for one test, removed with it.
final class Scratch {
  let path: String

  init() throws {
    var template = Array("/tmp/nhan-plugin-test.XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failed("mkdtemp") }
    path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  deinit { _ = try? run(["rm", "-rf", path]) }

  func file(_ name: String) -> String { path + "/" + name }

  func write(_ text: String, to name: String) throws -> String {
    let output = try OutputFile(file(name))
    try output.write(Array(text.utf8))
    try output.commit()
    return file(name)
  }

  /// Compiles a fixture into `lib<name>.so`.
  func library(
    _ name: String, from fixture: String, defining macros: [String] = [], header: String = Paths.header
  ) throws -> String {
    let result = try run(
      ["cc", "-std=gnu11", "-shared", "-fPIC", "-I", header, "-o", file("lib\(name).so")]
        + macros.map { "-D\($0)" } + [Paths.fixtures + "/" + fixture, "-lm"])
    guard result.status == 0 else { throw Failed(result.errors) }
    return file("lib\(name).so")
  }
}

struct Failed: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// Where things are.
enum Paths {
  static let tests = String(#filePath.prefix(upTo: #filePath.lastIndex(of: "/")!))
  static let fixtures = tests + "/Fixtures"
  static let root = tests + "/../.."
  static let header = root + "/Sources/CNhanPlugin/include"
  /// The folder of the built command and plugins: that of the test runner.
  static let products: String = {
    var folder = PluginSearch.program[...]
    while let slash = folder.lastIndex(of: "/") {
      folder = folder[..<slash]
      if access(folder + "/nhan", X_OK) == 0 { return String(folder) }
    }
    return ""
  }()
  static let command = products + "/nhan"
  static func plugin(_ module: String) -> String { products + "/lib\(module).so" }
}

struct RunResult {
  var status: Int
  var output: String
  var errors: String
}

/// Runs a program to its end.
@discardableResult
func run(_ command: [String], input: String = "", environment: [String] = []) throws -> RunResult {
  var template = Array("/tmp/nhan-run.XXXXXX".utf8CString)
  guard mkdtemp(&template) != nil else { throw Failed("mkdtemp") }
  let folder = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  let names = ["in", "out", "err"].map { folder + "/" + $0 }
  defer {
    names.forEach { unlink($0) }
    rmdir(folder)
  }
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
  variables += environment.map { strdup($0) } + [nil]
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

func batch(_ texts: [String]) -> TextBatch {
  var batch = TextBatch()
  for text in texts { batch.append(title: [], body: Array(text.utf8)) }
  return batch
}

func texts(of batch: TextBatch) -> [String] {
  batch.extents.map { String(decoding: batch.bytes[$0.start..<$0.end], as: UTF8.self) }
}

extension OptionSchema {
  /// The values for options given as JSON.
  func values(_ json: String) throws -> OptionValues {
    try validate(
      ConfigNode(json: try JSONValue(parsing: Array(json.utf8))).mapping ?? [], of: "the stage", at: nil)
  }
}

let probe = PluginProbe(command: [Paths.command, "plugin", "probe"])
