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
      throw NhanError(
        .failure, code: "plugin-crashed", "the plugin ended the process that looked at it",
        at: Place(file: file),
        hint: "it must not call exit while it is loaded")
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
        .failure, code: "plugin-hangs", "the plugin did not load within \(Int(seconds)) seconds", at: place,
        hint: "it is left out")
    }
    let answer = try? JSONValue(parsing: remains.result)
    if let error = answer?["error"] {
      throw NhanError(
        .failure, code: error["code"]?.stringValue ?? "plugin-open", error["message"]?.stringValue ?? "",
        at: place,
        hint: error["hint"]?.stringValue)
    }
    guard remains.output.isEmpty else {
      let text = String(decoding: remains.output.prefix(200), as: UTF8.self)
      throw NhanError(
        .failure, code: status == 0 ? "plugin-prints" : "plugin-crashed",
        status == 0
          ? "the plugin prints while it is loaded: \(Self.line(text))"
          : "the plugin crashed while it was loaded, with \(ChildProcess.words(for: status)): \(Self.line(text))",
        at: place, hint: "it is left out")
    }
    guard status == 0, let answer else {
      throw NhanError(
        .failure, code: "plugin-crashed",
        "the plugin crashed while it was loaded, with \(ChildProcess.words(for: status))", at: place,
        hint: "it is left out")
    }
    return answer
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
