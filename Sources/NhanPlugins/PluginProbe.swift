import NhanCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Reads what a plugin offers in a child process, so that one that crashes, hangs or prints does no harm here.
public struct PluginProbe: Sendable {
  /// The program and its arguments, to which the plugin's file is appended. It calls `serve`.
  public var command: [String]
  /// How long a plugin may take.
  public var seconds: Double

  /// Describes a probe.
  public init(command: [String], seconds: Double = 5) {
    self.command = command
    self.seconds = seconds
  }

  /// What the plugin in `file` offers.
  /// - Throws: `NhanError` (failure): what is wrong with it, or `plugin-crashed`, `plugin-hangs`, `plugin-prints`.
  public func describe(_ file: String) throws(NhanError) -> PluginDescription {
    let answer = try ask(command + [file], seconds: seconds, about: file)
    guard let description = PluginDescription(answer) else {
      throw Self.withoutReport(file, "exit status 0")
    }
    return description
  }

  /// Runs a command that answers with JSON on descriptor 3.
  func ask(_ command: [String], seconds: Double, about file: String) throws(NhanError) -> JSONValue {
    let child = try ChildProcess(command, errors: .merged, givesInput: false, takesResult: true)
    let remains = child.collect(seconds: seconds)
    let place = Place(file: file)
    guard let status = remains.status else {
      throw NhanError(
        .failure, code: "plugin-hangs",
        "the plugin, or a process that it started, did not come to an end within \(seconds) seconds of loading",
        at: place, hint: "it is left out")
    }
    let answer = try? JSONValue(parsing: remains.result)
    if let error = answer?["error"] {
      throw NhanError(
        .failure, code: error["code"]?.stringValue ?? "plugin-open", error["message"]?.stringValue ?? "",
        at: place,
        hint: error["hint"]?.stringValue)
    }
    let printed = String(decoding: remains.output.prefix(200), as: UTF8.self)
    guard status == 0 else {
      throw NhanError(
        .failure, code: "plugin-crashed",
        "the plugin crashed while it was loaded, with \(ChildProcess.words(for: status))"
          + (printed.isEmpty ? "" : ": \(Self.line(printed))"),
        at: place, hint: "it is left out")
    }
    guard printed.isEmpty else {
      throw NhanError(
        .failure, code: "plugin-prints", "the plugin prints while it is loaded: \(Self.line(printed))",
        at: place,
        hint: "it is left out")
    }
    guard let answer else { throw Self.withoutReport(file, ChildProcess.words(for: status)) }
    return answer
  }

  private static func withoutReport(_ file: String, _ end: String) -> NhanError {
    NhanError(
      .failure, code: "plugin-crashed",
      "the process that loaded the plugin ended with \(end) and without a valid report of what it offers",
      at: Place(file: file), hint: "it is left out: it must not exit or fork while it is loaded")
  }

  private static func line(_ text: String) -> String {
    "'" + text.split(separator: "\n", omittingEmptySubsequences: true).joined(separator: " / ") + "'"
  }

  /// The child's side: opens the plugin and writes what it offers, or what is wrong with it, to descriptor 3.
  public static func serve(_ file: String) {
    answer {
      () throws(NhanError) in try PluginLibrary(file).description.json
    }
  }

  /// Writes a result, or an error, to descriptor 3.
  static func answer(_ body: () throws(NhanError) -> JSONValue) {
    var answer: JSONValue
    do throws(NhanError) { answer = try body() } catch {
      answer = .object([
        (
          "error",
          .object([
            ("code", .string(error.code)), ("message", .string(error.message)),
            ("hint", error.hint.map { .string($0) } ?? .null),
          ])
        )
      ])
    }
    // What the plugin prints into a buffer counts as printing.
    fflush(nil)
    _ = answer.serialized().withUnsafeBytes { OutputFile.write($0, to: 3) }
  }
}
