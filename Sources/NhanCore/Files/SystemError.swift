#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension NhanError {
  /// The error of a system call that has just failed with `errno`.
  public static func system(_ action: String, _ file: String, code: String, hint: String? = nil) -> NhanError
  {
    let number = errno
    let reason = String(cString: strerror(number))
    return NhanError(
      .failure, code: code, "cannot \(action): \(reason)", at: Place(file: file), hint: hint ?? advice(number)
    )
  }

  private static func advice(_ number: CInt) -> String? {
    switch number {
    case ENOENT: "check the name; relative paths start from the current folder"
    case EACCES, EPERM: "check the permissions of the file and of its folders"
    case EISDIR: "name a file, not a folder"
    case ENOSPC: "free some space on the disk"
    default: nil
    }
  }
}
