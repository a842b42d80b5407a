import NhanPluginKit

/// Converts documents in encodings from before Unicode to Unicode, each by its own evidence.
///
/// A document is converted if at least `minimum-words` of its words become Vietnamese syllables by it, at most one in ten
/// becomes something else, and it reads better than the document as it stands. Everything else passes unchanged.
struct LegacyNormalizer: Normalizer {
  static let options = OptionSchema([
    OptionDescription(
      "encodings", .list(.choice(LegacyEncoding.all.map(\.name)), minimum: 1),
      default: .array(LegacyEncoding.all.map { .string($0.name) }), "the encodings to look for"),
    OptionDescription(
      "minimum-words", .integer(1...1000), default: .integer(3),
      "words that must become Vietnamese syllables before a document is converted"),
  ])

  private let encodings: [LegacyEncoding]
  private let minimumWords: Int

  init(_ options: OptionValues) {
    let names = options.strings("encodings")
    encodings = LegacyEncoding.all.filter { names.contains($0.name) }
    minimumWords = options.int("minimum-words")
  }

  func normalize(_ input: TextBatch, into output: inout TextBatch) throws {
    for extent in input.extents {
      let start = output.bytes.count
      let encoding = Self.mayBeLegacy(input.bytes[extent.start..<extent.end]) ? detect(input, extent) : nil
      append(input.bytes[extent.title], encoding, to: &output)
      let bodyStart = output.bytes.count
      append(input.bytes[extent.body], encoding, to: &output)
      output.closeDocument(start: start, bodyStart: bodyStart)
    }
  }

  /// Whether a closer look is worth its time: not for the plain ASCII and the plain Unicode that nearly all text is.
  private static func mayBeLegacy(_ bytes: ArraySlice<UInt8>) -> Bool {
    var vietnamese = 0
    var marked = 0
    var other = 0
    var last: UInt8 = 0
    for byte in bytes {
      switch (last, byte) {
      case (0xe1, 0xba...0xbb), (0xc4, 0x91), (0xc6, 0xa0...0xb0): vietnamese += 1
      case (0x61...0x7a, 0x5e), (0x61...0x7a, 0x2b), (0x41...0x5a, 0x5e): marked += 1
      default: if byte >= 0x80 { other += 1 }
      }
      last = byte
    }
    // Two bytes a letter are counted as other besides the one that tells.
    return vietnamese * 4 < other || (vietnamese == 0 && marked > 0)
  }

  private func detect(_ input: TextBatch, _ extent: TextBatch.Extent) -> LegacyEncoding? {
    let fields = [extent.title, extent.body].map { Units(input.bytes[$0]) }
    var asUnicode = Evidence()
    for field in fields {
      if field.isUTF8 {
        asUnicode.judge(field.scalars)
      } else {
        asUnicode.bad += field.bytes.count { $0! >= 0x80 }
      }
    }
    var best: (encoding: LegacyEncoding, score: Int)?
    for encoding in encodings {
      var evidence = Evidence()
      for field in fields {
        evidence.judge(Decoded(field, from: encoding).scalars)
        // No encoding of one byte a unit has such letters: they were Unicode from the start.
        evidence.bad += field.bytes.indices.count {
          field.bytes[$0] == nil && field.scalars[$0].properties.isAlphabetic
        }
      }
      guard evidence.good >= minimumWords, evidence.bad * 10 <= evidence.good else { continue }
      if evidence.score > max(asUnicode.score, best?.score ?? .min) { best = (encoding, evidence.score) }
    }
    return best?.encoding
  }

  private func append(_ bytes: ArraySlice<UInt8>, _ encoding: LegacyEncoding?, to output: inout TextBatch) {
    guard let encoding else {
      output.bytes.append(contentsOf: bytes)
      output.origins?.append(contentsOf: bytes.indices.map { SourceSpan($0..<$0 + 1) })
      return
    }
    let units = Units(bytes)
    let decoded = Decoded(units, from: encoding)
    for (scalar, source) in zip(decoded.scalars, decoded.sources) {
      let span = SourceSpan(units.starts[source.lowerBound]..<units.starts[source.upperBound])
      for byte in UTF8.encode(scalar)! {
        output.bytes.append(byte)
        output.origins?.append(span)
      }
    }
  }
}
