/// 64-bit hashes of words and n-grams.
///
/// Multiply-and-fold hashing in the manner of wyhash: 64×64→128-bit products whose halves are xored. Stable over
/// machines and versions, since vocabularies in model files are keyed by it.
package enum TermHash {
  @usableFromInline static let secret0: UInt64 = 0xa076_1d64_78bd_642f
  @usableFromInline static let secret1: UInt64 = 0xe703_7ed1_a0b4_28db
  @usableFromInline static let secret2: UInt64 = 0x8ebc_6af0_9c88_c6e3

  @inline(__always)
  static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let product = a.multipliedFullWidth(by: b)
    return product.high ^ product.low
  }

  /// The hash of the bytes `start..<end`.
  @inline(__always)
  package static func word(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> UInt64 {
    var hash = UInt64(truncatingIfNeeded: end - start) ^ secret2
    var at = start
    while end - at > 8 {
      hash = fold(load(bytes, at) ^ secret0, hash ^ secret1)
      at += 8
    }
    return fold(loadTail(bytes, at, end - at) ^ secret0, hash ^ secret1)
  }

  /// The hash of a word of at most seven bytes, the first of a little-endian load of eight.
  @inline(__always)
  static func word(short word: UInt64, length: Int) -> UInt64 {
    let bytes = word & ((1 &<< UInt64(truncatingIfNeeded: length &* 8)) &- 1)
    return fold(bytes ^ secret0, UInt64(truncatingIfNeeded: length) ^ secret2 ^ secret1)
  }

  /// The hash of a single byte as a word.
  @inline(__always)
  static func byte(_ byte: UInt8) -> UInt64 { word(short: UInt64(byte), length: 1) }

  /// The hash of two spaces as a word.
  static let twoSpaces = word(short: 0x2020, length: 2)

  /// The hash of an n-gram: of the hash of its first n - 1 words and the hash of its last. Not symmetric.
  @inline(__always)
  package static func extend(_ gram: UInt64, with word: UInt64) -> UInt64 {
    fold(gram ^ secret1, word ^ secret2)
  }

  /// The hash of a string, for terms that are names rather than text.
  package static func name(_ name: String) -> UInt64 {
    var name = name
    return name.withUTF8 { word($0, 0, $0.count) }
  }

  @inline(__always)
  private static func load(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int) -> UInt64 {
    UInt64(
      littleEndian: UnsafeRawPointer(bytes.baseAddress! + at).loadUnaligned(as: UInt64.self))
  }

  /// The last one to eight bytes, zero-extended; one load where eight bytes can be read.
  @inline(__always)
  private static func loadTail(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int, _ count: Int) -> UInt64 {
    if at + 8 <= bytes.count {
      return load(bytes, at) & (count == 8 ? .max : (1 &<< UInt64(truncatingIfNeeded: count &* 8)) &- 1)
    }
    var value: UInt64 = 0
    for i in 0..<count { value |= UInt64(bytes[at + i]) << UInt64(8 * i) }
    return value
  }
}
