import Glibc
import NhanCore

/// A file to be read.
struct SourceFile: Sendable, Hashable {
  /// Its path, as given or joined on the walk; `-` is standard input.
  var path: String
  /// What is in it.
  var format: FileFormat
  /// The label that its folder gives it.
  var folderLabel: String?
}

/// Goes through files and folders in order: paths as given, and within a folder sorted by the bytes of the
/// path. Needs memory for the names of the folders it is in.
struct FileWalker: Sendable {
  /// What the walk comes to.
  enum Step {
    /// A file of a known format.
    case file(SourceFile)
    /// A file or folder that cannot be read.
    case failure(NhanError)
  }

  private enum Entry: Sendable {
    case file(SourceFile)
    case folder(path: String, label: String?)
    case badName(path: String)

    /// The bytes to sort by. A folder's end in a slash, as in the paths of what is in it.
    var key: String {
      switch self {
      case .file(let file): file.path
      case .folder(let path, _): path + "/"
      case .badName(let path): path
      }
    }
  }

  private let layout: CorpusLayout
  /// What is still to come, the next one last.
  private var pending: [Entry] = []
  /// Files left out because their format is unknown.
  private(set) var skipped = SkippedFiles()

  /// - Throws: `NhanError` for a path that cannot be opened, is of unknown format or does not fit the layout.
  init(paths: [String], layout: CorpusLayout) throws(NhanError) {
    self.layout = layout
    if paths.count(where: { $0 == "-" }) > 1 { throw CorpusFailure.inputNamedTwice }
    for path in paths.reversed() { pending.append(try Self.entry(forArgument: path, layout: layout)) }
  }

  private static func entry(forArgument path: String, layout: CorpusLayout) throws(NhanError) -> Entry {
    var status = stat()
    let mode = path != "-" && stat(path, &status) == 0 ? status.st_mode & S_IFMT : 0
    if path != "-" {
      guard mode != 0, access(path, R_OK) == 0 else {
        throw CorpusFailure.cannotOpen(path, InputFile.reason(errno), kind: .failure)
      }
    }
    if mode == S_IFDIR { return .folder(path: path, label: nil) }
    guard layout == .files else { throw CorpusFailure.notAFolder(path) }
    if let format = path == "-" ? .jsonLines : FileFormat(path: path) {
      return .file(SourceFile(path: path, format: format))
    }
    // What a shell puts in the place of `<(command)` has no name of its own.
    guard mode != S_IFREG else { throw CorpusFailure.unknownFormat(path) }
    return .file(SourceFile(path: path, format: .jsonLines))
  }

  /// The next file or failure; `nil` at the end of the walk.
  mutating func next() -> Step? {
    while let entry = pending.popLast() {
      switch entry {
      case .badName(let path): return .failure(CorpusFailure.badFileName(path))
      case .file(let file):
        if layout == .folders, file.folderLabel == nil {
          return .failure(CorpusFailure.noLabelFolder(file.path))
        }
        return .file(file)
      case .folder(let path, let label):
        if let failure = push(folder: path, label: label) { return .failure(failure) }
      }
    }
    return nil
  }

  /// Puts what is in a folder before all else to come.
  private mutating func push(folder: String, label: String?) -> NhanError? {
    guard let stream = opendir(folder) else {
      return CorpusFailure.cannotOpen(folder, InputFile.reason(errno))
    }
    defer { closedir(stream) }
    var entries: [Entry] = []
    var others: [String] = []
    // What lies in PATH itself has no label yet; the folders in it give theirs to all that is below.
    let isRoot = label == nil
    while let item = readdir(stream) {
      let name = withUnsafePointer(to: &item.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) {
          (String(validatingCString: $0), String(cString: $0))
        }
      }
      if name.1.hasPrefix(".") { continue }
      let path = folder.hasSuffix("/") ? folder + name.1 : folder + "/" + name.1
      guard name.0 != nil else {
        entries.append(.badName(path: path))
        continue
      }
      switch Self.kind(of: item.pointee.d_type, path: path) {
      case S_IFDIR:
        entries.append(.folder(path: path, label: layout == .files ? nil : isRoot ? name.1 : label))
      case S_IFREG:
        if let format = FileFormat(path: path) {
          entries.append(.file(SourceFile(path: path, format: format, folderLabel: label)))
        } else {
          others.append(path)
        }
      default: others.append(path)
      }
    }
    // Sorted too: a folder's own order is another on each machine.
    others.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    others.forEach { skipped.add($0) }
    entries.sort { $1.key.utf8.lexicographicallyPrecedes($0.key.utf8) }
    pending += entries
    return nil
  }

  /// A folder, a file, or (0) something else. A link counts as the file it leads to, also when it leads
  /// nowhere, so that opening it tells; one that leads to a folder is something else, so that a walk cannot
  /// go round.
  private static func kind(of type: UInt8, path: String) -> mode_t {
    if type == UInt8(DT_DIR) { return S_IFDIR }
    if type == UInt8(DT_REG) { return S_IFREG }
    var status = stat()
    guard lstat(path, &status) == 0 else { return S_IFREG }
    guard status.st_mode & S_IFMT == S_IFLNK else { return status.st_mode & S_IFMT }
    guard stat(path, &status) == 0 else { return S_IFREG }
    return status.st_mode & S_IFMT == S_IFREG ? S_IFREG : 0
  }
}

/// Files in folders that were left out: of unknown format, not regular, or links to folders.
public struct SkippedFiles: Sendable, Equatable {
  /// How many.
  public private(set) var count = 0
  /// The paths of the first few.
  public private(set) var examples: [String] = []

  mutating func add(_ path: String) {
    count += 1
    if examples.count < 5 { examples.append(path) }
  }
}
