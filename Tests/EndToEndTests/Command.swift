import Foundation
import TestSupport
import Testing

/// What a run of the command gave.
struct Output {
  var status: Int32
  /// The signal that ended it, if one did.
  var signal: Int32?
  var bytes: Data
  var messages: String

  /// Standard output as text.
  var text: String { String(decoding: bytes, as: UTF8.self) }
  var lines: [String] { text.split(separator: "\n").map(String.init) }
}

/// Runs the built command and other programs.
enum Command {
  /// The command under test: `NHAN_BINARY`, else the one built beside the test bundle.
  static let binary: String = {
    if let path = ProcessInfo.processInfo.environment["NHAN_BINARY"], !path.isEmpty {
      return URL(fileURLWithPath: path).path
    }
    let bundle = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    return bundle.deletingLastPathComponent().appendingPathComponent("nhan").path
  }()

  /// Runs `nhan` in a folder.
  static func nhan(
    _ arguments: String..., in folder: TemporaryFolder, input: Data = Data(),
    environment: [String: String] = [:]
  ) throws -> Output {
    try run([binary] + arguments, in: folder, input: input, environment: environment)
  }

  /// Runs a shell script in a folder; `$NHAN` is the command.
  static func shell(_ script: String, in folder: TemporaryFolder) throws -> Output {
    try run(["/bin/bash", "-c", script], in: folder, environment: ["NHAN": binary])
  }

  /// Runs a program with standard input, output and error in files, so that nothing can wait for anything.
  static func run(
    _ arguments: [String], in folder: TemporaryFolder, input: Data = Data(),
    environment: [String: String] = [:]
  ) throws -> Output {
    let streams = TemporaryFolder()
    let input = try FileHandle(forReadingFrom: URL(fileURLWithPath: streams.write("in", input)))
    let output = try FileHandle(forWritingTo: URL(fileURLWithPath: streams.write("out", "")))
    let messages = try FileHandle(forWritingTo: URL(fileURLWithPath: streams.write("messages", "")))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: arguments[0])
    process.arguments = Array(arguments.dropFirst())
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = input
    process.standardOutput = output
    process.standardError = messages
    try process.run()
    process.waitUntilExit()
    return Output(
      status: process.terminationStatus,
      signal: process.terminationReason == .uncaughtSignal ? process.terminationStatus : nil,
      bytes: try streams.read("out"),
      messages: String(decoding: try streams.read("messages"), as: UTF8.self))
  }
}

extension TemporaryFolder {
  @discardableResult
  func write(_ name: String, _ data: Data) -> String { write(name, Array(data)) }

  func read(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path(name))) }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

  /// The names of what is in the folder.
  func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
}

/// One line of JSON.
func json(_ text: String) throws -> [String: Any] {
  try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
}
