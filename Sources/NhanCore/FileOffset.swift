/// A place in a file, counted from its first byte; a byte order mark counts too.
public struct FileOffset: Sendable, Hashable {
  /// Bytes before it.
  public var bytes: Int
  /// Characters (Unicode scalars) before it.
  public var characters: Int

  /// Makes a place.
  public init(bytes: Int, characters: Int) {
    self.bytes = bytes
    self.characters = characters
  }

  /// The place behind so many bytes. An invalid sequence counts as the one U+FFFD that replaces it. O(bytes).
  public init(behind bytes: some Collection<UInt8>) {
    self.init(bytes: bytes.count, characters: String(decoding: bytes, as: UTF8.self).unicodeScalars.count)
  }
}
