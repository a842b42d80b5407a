import Crypto
import NhanCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A program that a stage runs, as it was found when the configuration was read: what models record of it.
///
/// Words of the command that name files are recorded with their content, so that a changed script is noticed. A program
/// that is looked up in `PATH` is recorded by its name alone: interpreters and tools of the system are updated for reasons
/// that are none of the model's.
struct RecordedProgram: Sendable, Hashable {
  /// A word of the command that names a file.
  struct File: Sendable, Hashable {
    var path: String
    /// The SHA-256 of its bytes, in lower-case hexadecimal.
    var digest: String
  }

  /// The program and its arguments.
  var command: [String]
  /// The files among them, in their order.
  var files: [File]

  /// Reads the files that a command names. O(bytes of them).
  init(_ command: [String]) {
    self.command = command
    files = command.enumerated().compactMap { index, word in
      if index == 0, !word.contains("/") { return nil }
      return Self.digest(of: word).map { File(path: word, digest: $0) }
    }
  }

  /// The digest of a regular file; `nil` for anything else.
  private static func digest(of path: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      let bytes = try? MappedFile.map(path)
    else { return nil }
    return bytes.withUnsafeBytes { buffer in
      var hash = SHA256()
      hash.update(bufferPointer: buffer)
      return hash.finalize().hexadecimal
    }
  }

  /// The programs of a configuration's stages, each once.
  static func all(of stages: [StageConfiguration]) -> [RecordedProgram] {
    var commands: [[String]] = []
    for stage in stages where stage.plugin == nil && stage.name == ProgramStages.name {
      let command = stage.options.strings("command")
      if !commands.contains(command) { commands.append(command) }
    }
    return commands.map { RecordedProgram($0) }
  }

  /// Checks the programs found against those that a model records.
  /// - Throws: `NhanError` (failure): `program-mismatch`, with both sides.
  static func check(
    _ recorded: [RecordedProgram], against found: [RecordedProgram], source: StageSource, at place: Place
  ) throws(NhanError) {
    if source.allowsMismatch { return }
    for program in recorded {
      let files = found.first { $0.command == program.command }?.files ?? []
      for file in program.files {
        let other = files.first { $0.path == file.path }
        if other?.digest == file.digest { continue }
        throw NhanError(
          .failure, code: "program-mismatch",
          "the model was trained with the program '\(program.words)', whose file \(file.path) had SHA-256 "
            + "\(file.digest.prefix(16))…; "
            + (other.map { "now it has SHA-256 \($0.digest.prefix(16))…" } ?? "there is no such file here"),
          at: place,
          hint: "train again, use the file it was trained with, or give --allow-plugin-mismatch; "
            + "relative paths start from the current folder")
      }
    }
  }

  /// Refuses a model's programs where only built-in stages may be used.
  /// - Throws: `NhanError` (failure): `missing-plugin`.
  static func refuse(_ recorded: [RecordedProgram], source: StageSource, at place: Place) throws(NhanError) {
    guard !source.usesPlugins, !recorded.isEmpty else { return }
    throw NhanError(
      .failure, code: "missing-plugin",
      "the model needs the program\(recorded.count == 1 ? "" : "s") "
        + recorded.map { "'\($0.words)'" }.joined(separator: ", ")
        + ", but --no-plugins switches programs off",
      at: place, hint: "leave out --no-plugins, or use a model of built-in stages")
  }

  private var words: String { command.joined(separator: " ") }

  var json: JSONValue {
    .object([
      ("command", .array(command.map { .string($0) })),
      (
        "files",
        .array(files.map { .object([("path", .string($0.path)), ("sha256", .string($0.digest))]) })
      ),
    ])
  }

  init?(_ json: JSONValue) {
    guard let command = json["command"]?.arrayValue, let files = json["files"]?.arrayValue else { return nil }
    self.command = command.compactMap(\.stringValue)
    self.files = files.compactMap { file in
      guard let path = file["path"]?.stringValue, let digest = file["sha256"]?.stringValue else { return nil }
      return File(path: path, digest: digest)
    }
  }
}
