import Glibc
import NhanCore

/// A file open for reading.
public final class InputFile: Sendable {
  /// Its name, for messages and for the ids of what is in it.
  let path: String
  private let descriptor: Int32
  private let isOwned: Bool

  /// Standard input.
  static var standard: InputFile { InputFile(path: "-", descriptor: STDIN_FILENO, isOwned: false) }

  private init(path: String, descriptor: Int32, isOwned: Bool) {
    self.path = path
    self.descriptor = descriptor
    self.isOwned = isOwned
  }

  /// Opens a file.
  convenience init(opening path: String) throws(NhanError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw CorpusFailure.cannotOpen(path, Self.reason(errno)) }
    self.init(path: path, descriptor: descriptor, isOwned: true)
  }

  /// All bytes of a file that is needed as a whole, such as a configuration.
  /// - Throws: `NhanError` (failure) when it cannot be opened or read.
  public static func bytes(of path: String) throws(NhanError) -> [UInt8] {
    do { return try InputFile(opening: path).readAll() } catch {
      throw NhanError(.failure, code: error.code, error.message, at: error.place, hint: error.hint)
    }
  }

  deinit { if isOwned { close(descriptor) } }

  /// The system's words for an error number.
  static func reason(_ number: Int32) -> String { String(cString: strerror(number)) }

  /// Reads up to `buffer.count` bytes, at least one unless the file ends; waits for them if need be.
  /// - Returns: how many; 0 at the end of the file.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(NhanError) -> Int {
    while true {
      let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if count >= 0 { return count }
      switch errno {
      case EINTR: continue
      case EAGAIN: waits(milliseconds: -1)
      default: throw CorpusFailure.cannotRead(path, Self.reason(errno))
      }
    }
  }

  /// Whether a read would give bytes (or the end) at once.
  var isReady: Bool { waits(milliseconds: 0) }

  @discardableResult
  private func waits(milliseconds: Int32) -> Bool {
    var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&request, 1, milliseconds) != 0
  }

  /// The whole file. O(its bytes).
  func readAll() throws(NhanError) -> [UInt8] {
    var status = stat()
    // One byte more than it has: the read that finds the end then needs no more room.
    let size = fstat(descriptor, &status) == 0 ? Int(status.st_size) + 1 : 0
    var bytes: [UInt8] = []
    var capacity = max(size, 4096)
    while true {
      let (grown, isEnd, error) = fill(startingWith: bytes[...], capacity: capacity) { _ in false }
      if let error { throw error }
      if isEnd { return grown }
      bytes = grown
      capacity *= 2
    }
  }

  /// A fresh buffer that begins with `prefix` and goes on with what is read until it holds `capacity` bytes,
  /// the file ends or fails, or no more is there at once and `isEnough` of the new bytes.
  func fill(
    startingWith prefix: ArraySlice<UInt8>, capacity: Int, isEnough: (UnsafeRawBufferPointer) -> Bool
  ) -> (bytes: [UInt8], isEnd: Bool, error: NhanError?) {
    var isEnd = false
    var failure: NhanError?
    let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
      PagePool.preferHugePages(UnsafeMutableRawBufferPointer(buffer))
      count = prefix.count
      prefix.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
      while count < capacity {
        let free = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[count...])
        do throws(NhanError) {
          let added = try read(into: free)
          isEnd = added == 0
          count += added
          let new = UnsafeRawBufferPointer(rebasing: free[..<added])
          if isEnd || added < free.count && !isReady && isEnough(new) { return }
        } catch {
          failure = error
          return
        }
      }
    }
    return (bytes, isEnd, failure)
  }
}
