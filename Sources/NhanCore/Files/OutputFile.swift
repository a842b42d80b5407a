import CLinux

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A file that is being written and appears under its name only when it is whole.
///
/// The bytes go to a temporary file in the same folder, to which `commit` gives the name; if that never happens, nothing
/// is left behind. The temporary file has no name where the file system knows such files (`O_TMPFILE`), so that even a
/// killed process leaves nothing. Files that are no regular files (`/dev/stdout`, a pipe) are written directly.
public final class OutputFile {
  private let file: String
  /// The name from which the file is renamed; `nil` when it is written directly.
  private let temporary: String?
  /// Whether the temporary file has its name already.
  private var isNamed: Bool
  private let descriptor: CInt
  private var open = true
  /// How many bytes were written, and how many of them are on their way to the disk.
  private var (written, sent) = (0, 0)
  /// So many bytes are sent to the disk while more are made: then `commit` waits for the last ones only.
  private static let portion = 1 << 19

  /// Begins writing.
  /// - Throws: `NhanError` (failure), code `unwritable`.
  public init(_ file: String) throws(NhanError) {
    var status = stat()
    // Through a link its target is written, as every program does.
    let file =
      realpath(file, nil).map { path in
        defer { free(path) }
        return String(cString: path)
      } ?? file
    self.file = file
    if stat(file, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      (temporary, isNamed) = (nil, true)
      descriptor = Self.open(file, O_WRONLY)
    } else {
      let name = "\(file).\(getpid()).partial"
      temporary = name
      if let nameless = Self.openNameless(besides: file) {
        (descriptor, isNamed) = (nameless, false)
      } else {
        (descriptor, isNamed) = (Self.open(name, O_WRONLY | O_CREAT | O_TRUNC), true)
      }
    }
    guard descriptor >= 0 else {
      throw .system(
        "write", file, code: "unwritable", hint: "check that the folder exists and may be written to")
    }
  }

  private static func open(_ file: String, _ flags: CInt) -> CInt {
    #if canImport(Glibc)
      Glibc.open(file, flags | O_CLOEXEC, 0o666)
    #else
      Musl.open(file, flags | O_CLOEXEC, 0o666)
    #endif
  }

  /// A file without a name in the same folder as another; `nil` where there can be none, or none could be named later.
  private static func openNameless(besides file: String) -> CInt? {
    let folder = file.lastIndex(of: "/").map { String(file[...$0]) } ?? "."
    // O_TMPFILE, which is made of two flags and so not imported.
    let descriptor = open(folder, O_WRONLY | 0o20_000_000 | O_DIRECTORY)
    guard descriptor >= 0 else { return nil }
    guard access(path(of: descriptor), F_OK) == 0 else {
      close(descriptor)
      return nil
    }
    return descriptor
  }

  /// Where the system shows an open file, with a name or without.
  private static func path(of descriptor: CInt) -> String { "/proc/self/fd/\(descriptor)" }

  deinit {
    guard open else { return }
    close(descriptor)
    if isNamed, let temporary { unlink(temporary) }
  }

  /// Writes bytes behind those already written.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(NhanError) {
    guard Self.write(bytes, to: descriptor) else { throw .system("write", file, code: "unwritable") }
    written += bytes.count
    guard temporary != nil, written - sent >= Self.portion else { return }
    nhan_begin_writeback(descriptor, Int64(sent), Int64(written - sent))
    sent = written
  }

  /// Writes bytes behind those already written.
  public func write(_ bytes: [UInt8]) throws(NhanError) {
    try bytes.withUnsafeBytes { bytes in Result { () throws(NhanError) in try write(bytes) } }.get()
  }

  /// Gives the file its name, whole.
  public func commit() throws(NhanError) {
    let synced = temporary == nil || fsync(descriptor) == 0
    guard synced, name(), close(descriptor) == 0 else { throw .system("write", file, code: "unwritable") }
    open = false
    if let temporary, rename(temporary, file) != 0 {
      let error = NhanError.system("write", file, code: "unwritable")
      unlink(temporary)
      throw error
    }
  }

  /// Gives the temporary file its name if it has none; `false` if that failed, with the reason in `errno`.
  private func name() -> Bool {
    guard !isNamed, let temporary else { return true }
    // Of a process that had the same number.
    unlink(temporary)
    guard linkat(AT_FDCWD, Self.path(of: descriptor), AT_FDCWD, temporary, AT_SYMLINK_FOLLOW) == 0 else {
      return false
    }
    isNamed = true
    return true
  }

  /// Writes all bytes to a descriptor; `false` if that failed, with the reason in `errno`.
  public static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) -> Bool {
    var done = 0
    while done < bytes.count {
      #if canImport(Glibc)
        let count = Glibc.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
      #else
        let count = Musl.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
      #endif
      if count < 0 {
        if errno == EINTR { continue }
        return false
      }
      done += count
    }
    return true
  }
}
