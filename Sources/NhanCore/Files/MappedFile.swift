#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A file mapped into memory, read-only.
public enum MappedFile {
  /// The bytes of a regular file; unmapped when the result and everything made of it is gone.
  /// - Throws: `NhanError` (failure), code `unreadable`.
  public static func map(_ file: String) throws(NhanError) -> TensorBytes {
    let descriptor = open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("open", file, code: "unreadable") }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .system("read", file, code: "unreadable") }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw NhanError(
        .failure, code: "unreadable", "cannot map: not a regular file", at: Place(file: file),
        hint: "name a file")
    }
    let size = Int(status.st_size)
    if size == 0 { return TensorBytes([UInt8]()) }
    guard let memory = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), memory != MAP_FAILED else {
      throw .system("map", file, code: "unreadable")
    }
    let address = UInt(bitPattern: memory)
    return TensorBytes(UnsafeRawBufferPointer(start: memory, count: size)) {
      munmap(UnsafeMutableRawPointer(bitPattern: address), size)
    }
  }
}
