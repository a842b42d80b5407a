/// Where in the user's input something was found.
public struct Place: Sendable, Hashable {
  /// The file as the user named it; `-` is standard input.
  public var file: String
  /// One-based line, where lines make sense.
  public var line: Int?
  /// One-based column in bytes.
  public var column: Int?
  /// Zero-based byte offset in the file, for binary files.
  public var byte: Int?

  /// Makes a place; leave out what is not known.
  public init(file: String, line: Int? = nil, column: Int? = nil, byte: Int? = nil) {
    self.file = file
    self.line = line
    self.column = column
    self.byte = byte
  }
}

extension Place: CustomStringConvertible {
  /// `file:line:column`, or `file, byte N`.
  public var description: String {
    var text = file
    if let line { text += ":\(line)" }
    if line != nil, let column { text += ":\(column)" }
    if line == nil, let byte { text += ", byte \(byte)" }
    return text
  }
}

/// An error that tells what was found where, what was expected, and what to do next.
///
/// One type for the whole library: `code` is stable and meant for programs, `kind` decides the exit status,
/// and the rest is written for a person.
public struct NhanError: Error, Sendable, Hashable {
  /// What went wrong at large; decides the exit status of the command.
  public enum Kind: Sendable, Hashable {
    /// One record cannot be read; the others can. Exit status 1.
    case record
    /// Wrong use or configuration. Exit status 2.
    case usage
    /// Input, output, model or plugin failure. Exit status 3.
    case failure
  }

  /// Stable, lower-case, hyphenated: `unknown-label`.
  public var code: String
  /// What went wrong at large.
  public var kind: Kind
  /// What was found and what was expected, without the place.
  public var message: String
  /// Where, if it is a place in a file.
  public var place: Place?
  /// What to do next.
  public var hint: String?

  /// Makes an error.
  public init(_ kind: Kind, code: String, _ message: String, at place: Place? = nil, hint: String? = nil) {
    self.kind = kind
    self.code = code
    self.message = message
    self.place = place
    self.hint = hint
  }
}

extension NhanError: CustomStringConvertible {
  /// `place: message (hint)` on one line.
  public var description: String {
    (place.map { "\($0): " } ?? "") + message + (hint.map { " (\($0))" } ?? "")
  }
}
