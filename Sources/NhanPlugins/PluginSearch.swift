import NhanCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Finds plugins: the libraries `*.so` in some folders, never anywhere else.
public struct PluginSearch: Sendable {
  /// A folder and how it came to be searched.
  public struct Folder: Sendable, Hashable {
    /// Its path.
    public var path: String
    /// Whether somebody named it: then it must exist, and every library in it must be a plugin.
    public var isNamed: Bool

    /// Describes a folder.
    public init(_ path: String, isNamed: Bool = true) {
      self.path = path
      self.isNamed = isNamed
    }
  }

  /// The folders, searched in this order.
  public var folders: [Folder]
  /// Looks at libraries before they are opened here; `nil` to open them at once.
  public var probe: PluginProbe?

  /// Describes a search.
  public init(folders: [Folder], probe: PluginProbe?) {
    self.folders = folders
    self.probe = probe
  }

  /// What a search found.
  public struct Result: Sendable {
    /// The plugins that can be used, in the order of the folders, then of their files' names.
    public var libraries: [PluginLibrary] = []
    /// Why others cannot.
    public var problems: [NhanError] = []

    /// Nothing found.
    public init() {}
  }

  /// The folders that belong to an installation or checkout: `../lib/nhan/plugins` and `plugins` beside the program,
  /// where `make install` puts plugins; where there is no such folder, the program's own, where `swift build` does.
  public static func installationFolders(program: String) -> [Folder] {
    guard let slash = program.lastIndex(of: "/") else { return [] }
    let folder = String(program[..<slash])
    let candidates: [String] = [folder + "/../lib/nhan/plugins", folder + "/plugins"]
    let installed = candidates.filter { access($0, R_OK) == 0 }
    return (installed.isEmpty ? [folder] : installed).map { Folder($0, isNamed: false) }
  }

  /// The folders of `NHAN_PLUGIN_PATH`, which colons part; empty ones are left out.
  public static func environmentFolders() -> [Folder] {
    guard let value = getenv("NHAN_PLUGIN_PATH") else { return [] }
    return String(cString: value).split(separator: ":").map { Folder(String($0)) }
  }

  /// The file of the running program.
  public static var program: String {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = buffer.withUnsafeMutableBytes {
      readlink("/proc/self/exe", $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count)
    }
    return count > 0 ? String(decoding: buffer.prefix(count), as: UTF8.self) : ""
  }

  /// The folder that the running program is in.
  static var programFolder: String {
    let program = program
    return program.lastIndex(of: "/").map { String(program[..<$0]) } ?? "."
  }

  /// Looks at every library in the folders. A plugin found twice with the same content counts once; with different
  /// content the later one is left out and reported.
  public func find() -> Result {
    var result = Result()
    var files: [(path: String, isNamed: Bool)] = []
    var known: Set<Folder> = []
    for folder in folders where known.insert(folder).inserted {
      do throws(NhanError) {
        files += try Self.libraries(in: folder.path).map { ($0, folder.isNamed) }
      } catch { if folder.isNamed { result.problems.append(error) } }
    }
    let listed = files
    // Children start on several threads; libraries are opened one after the other.
    let failures: [NhanError?] =
      (try? Parallel.map(count: listed.count, threads: 4) { item, _ in
        guard let probe else { return nil }
        do throws(NhanError) {
          _ = try PluginFile(listed[item].path)
          _ = try probe.describe(listed[item].path)
          return nil
        } catch { return error }
      }) ?? []
    let probed = zip(listed, failures).map { file, failure -> Swift.Result<PluginLibrary, NhanError> in
      if let failure { return .failure(failure) }
      return Swift.Result { () throws(NhanError) in try PluginLibrary(file.path) }
    }
    for (file, library) in zip(listed, probed) {
      switch library {
      case .success(let library): result.add(library)
      case .failure(let error):
        // Other libraries may lie beside the program.
        if file.isNamed || error.code != "plugin-symbol" { result.problems.append(error) }
      }
    }
    return result
  }

  /// The paths of `*.so` files in a folder, in the order of their names.
  private static func libraries(in folder: String) throws(NhanError) -> [String] {
    guard let directory = opendir(folder) else {
      throw .system("search for plugins in", folder, code: "plugin-folder")
    }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasSuffix(".so"), !name.hasPrefix(".") { names.append(folder + "/" + name) }
    }
    return names.sorted()
  }
}

extension PluginSearch.Result {
  /// Takes a plugin, unless it is there already under its id or one of its stages' names.
  fileprivate mutating func add(_ library: PluginLibrary) {
    let identity = library.identity
    if let other = libraries.first(where: { $0.identity.id == identity.id }) {
      if other.identity.digest != identity.digest {
        problems.append(
          duplicate(library, other, "the plugin id '\(identity.id)' is taken", "version \(identity.version)"))
      }
      return
    }
    for stage in library.description.stages {
      let other = libraries.first { other in
        other.description.stages.contains { $0.name == stage.name && $0.kind == stage.kind }
      }
      if let other {
        problems.append(
          duplicate(library, other, "the stage '\(stage.name)' is offered twice", "plugin \(identity.id)"))
        return
      }
    }
    libraries.append(library)
  }

  private func duplicate(
    _ library: PluginLibrary, _ other: PluginLibrary, _ what: String, _ who: String
  ) -> NhanError {
    NhanError(
      .failure, code: "duplicate-plugin",
      "\(what): this is \(who), \(other.identity.file) has plugin \(other.identity.id) \(other.identity.version)",
      at: Place(file: library.identity.file), hint: "it is left out: remove one of the two files")
  }
}
