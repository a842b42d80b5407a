import Nhan

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Messages for the person at the terminal: standard error.
enum Terminal {
  /// Whether standard error is a terminal, so that progress may be shown.
  static let showsProgress = isatty(STDERR_FILENO) == 1
  /// Whether standard output is a terminal that may get colours (https://no-color.org).
  static let showsColour =
    isatty(STDOUT_FILENO) == 1 && (environment("NO_COLOR") ?? "").isEmpty && environment("TERM") != "dumb"

  private static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  /// The columns of the terminal that standard output is; `nil` if it is none.
  static var columns: Int? {
    guard isatty(STDOUT_FILENO) == 1 else { return nil }
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Writes a line to standard error.
  static func write(_ line: String) {
    let text = line.hasSuffix("\n") ? line : line + "\n"
    _ = Array(text.utf8).withUnsafeBytes { OutputFile.write($0, to: STDERR_FILENO) }
  }

  /// Reports an error.
  static func report(_ error: NhanError) { write("nhan: error: \(error)") }

  /// Reports something worth knowing that is no error.
  static func warn(_ message: String) { write("nhan: warning: \(message)") }

  /// Shows what is being done, in place, if standard error is a terminal; an empty text clears it.
  static func progress(_ text: String) {
    guard showsProgress else { return }
    _ = Array("\r\u{1b}[K\(text)".utf8).withUnsafeBytes { OutputFile.write($0, to: STDERR_FILENO) }
  }
}

/// Where the data go: standard output, or a file that appears when it is whole.
struct DataOutput {
  private let file: OutputFile?

  /// `nil`, `-` and `/dev/stdout` are standard output.
  init(_ path: String?) throws(NhanError) {
    if let path, path != "-", path != "/dev/stdout" { file = try OutputFile(path) } else { file = nil }
  }

  func write(_ bytes: [UInt8]) throws(NhanError) {
    if let file { return try file.write(bytes) }
    let written = bytes.withUnsafeBytes { OutputFile.write($0, to: STDOUT_FILENO) }
    if !written { throw .system("write", "standard output", code: "unwritable") }
  }

  func write(_ text: String) throws(NhanError) { try write(Array(text.utf8)) }

  func close() throws(NhanError) { try file?.commit() }
}
