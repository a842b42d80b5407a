import Glibc
import NhanCore

/// Whether bytes are text that the pipeline can read.
enum TextCheck {
  /// The share of invalid bytes among the non-ASCII ones, in percent, above which text is in another
  /// encoding.
  static let invalidPercentLimit = 30

  /// Why `text` cannot be a document's text in UTF-8; `nil` when it can. Some invalid bytes are let through.
  /// O(bytes).
  static func encodingFailure(of text: UnsafeBufferPointer<UInt8>, at place: @autoclosure () -> Place)
    -> NhanError?
  {
    if UTF8Validity.isValid(text) { return nil }
    let (invalid, nonASCII) = UTF8Validity.countInvalid(in: text)
    guard invalid * 100 > nonASCII * invalidPercentLimit else { return nil }
    return CorpusFailure.notUTF8(percent: invalid * 100 / nonASCII, at: place())
  }

  /// Why `bytes`, the beginning of a file or all of it, are not text of eight-bit units; `nil` when they are.
  static func binaryFailure(of bytes: UnsafeBufferPointer<UInt8>, at place: @autoclosure () -> Place)
    -> NhanError?
  {
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
      || bytes.starts(with: [0, 0, 0xFE, 0xFF])
    {
      return CorpusFailure.notText("a UTF-16 or UTF-32 byte order mark", at: place())
    }
    if containsNUL(bytes) { return CorpusFailure.notText("NUL bytes", at: place()) }
    return nil
  }

  static func containsNUL(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    bytes.baseAddress.map { memchr($0, 0, bytes.count) != nil } ?? false
  }

  /// How many bytes of a UTF-8 byte order mark `bytes` begins with: 3 or 0.
  static func byteOrderMarkLength(of bytes: some Collection<UInt8>) -> Int {
    bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  /// Whether there is nothing but ASCII white space.
  static func isBlank(_ bytes: some Sequence<UInt8>) -> Bool { bytes.allSatisfy(isSpace) }

  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
