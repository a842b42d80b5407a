#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A library opened in this process, and with it those that it needs.
///
/// The command has Swift's runtime in itself, and a plugin written in Swift brings another: the two know nothing of each
/// other, for all that passes between them is C. Where the system has no such runtime, or no other library that the plugin
/// needs, it is taken from a folder, into which an installation puts it.
struct SharedLibrary {
  /// Why a library was not opened.
  struct Failure: Error {
    /// What the loader says.
    let reason: String
  }

  let handle: UnsafeMutableRawPointer

  /// Opens a library.
  /// - Parameters:
  ///   - path: with a slash in it, for without one the loader would search the system's folders.
  ///   - folder: where libraries lie that it may need and the loader does not find.
  init(_ path: String, fallback folder: String) throws(Failure) {
    var tried: Set<String> = []
    while true {
      if let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) {
        self.handle = handle
        return
      }
      let reason = String(cString: dlerror())
      // Once it is open under its name, the loader finds it wherever it lies.
      guard let missing = Self.missingLibrary(in: reason), tried.insert(missing).inserted,
        dlopen(folder + "/" + missing, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) != nil
      else { throw Failure(reason: reason) }
    }
  }

  /// The name of the library that was not found, if that is what the loader says.
  private static func missingLibrary(in reason: String) -> String? {
    guard let colon = reason.firstIndex(of: ":"),
      reason[colon...].hasPrefix(": cannot open shared object file: No such file")
    else { return nil }
    let name = String(reason[..<colon])
    return name.contains("/") ? nil : name
  }
}
