import NhanCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The settings that all term extractors share.
struct TermSettings: Sendable {
  /// Hash into `1 << bits` columns instead of learning a vocabulary.
  let hashed: Bool
  let bits: Int
  let minimumDocuments: Int
  let maximumShare: Double
  let maximumFeatures: Int
  let usesIDF: Bool
  let normalized: Bool
  /// What every value is multiplied with in the end: the extractor's share in rows of several extractors.
  let weight: Float
  /// By field: what a count is worth, in units of `weightUnit`; 0 leaves the field out.
  let units: [UInt32]
  /// By field: whether its terms have columns of their own besides the common ones, and what makes them others.
  private let separate: [Bool]
  private let salts: [UInt64]
  let openingSize: Int
  /// Whether the opening of an article counts like the rest of its body.
  let opensLikeBody: Bool
  private let sublinear: Bool
  private let frequencies: [Float]

  /// Counts are kept as whole numbers of this unit, so that their logarithms can be looked up.
  static let weightUnit = 0.125

  init(_ options: OptionValues) {
    hashed = options.string("columns") == "hashed"
    bits = options.int("bits")
    minimumDocuments = options.int("minimum-documents")
    maximumShare = options.double("maximum-share")
    maximumFeatures = options.int("maximum-features")
    usesIDF = options.bool("idf")
    normalized = options.string("norm") == "l2"
    weight = Float(options.double("weight"))
    let given = options.doubles("fields")
    units = Field.names.map { given[$0] ?? 1 }.map {
      $0 > 0 ? max(1, UInt32(($0 / Self.weightUnit).rounded())) : 0
    }
    let apart = options.strings("separate")
    separate = Field.names.map { apart.contains($0) }
    salts = Field.names.map { TermHash.name("field:" + $0) }
    openingSize = options.int("opening")
    let (opening, body) = (Field.opening.rawValue, Field.body.rawValue)
    opensLikeBody = units[opening] == units[body] && !separate[opening] && !separate[body]
    sublinear = options.bool("sublinear")
    let sublinear = sublinear
    frequencies = (0..<2048).map { Self.frequency(Double($0) * Self.weightUnit, sublinear: sublinear) }
  }

  /// What makes the terms of a field also terms of their own; `nil` if they are not.
  func salt(of field: Field) -> UInt64? { separate[field.rawValue] ? salts[field.rawValue] : nil }

  /// The bits of a term that tell which column it has when hashed; else all.
  var bucketMask: UInt64 { hashed ? .max << UInt64(64 - bits) : .max }

  /// The term frequency for a weighted count in units of `weightUnit`.
  @inline(__always)
  func termFrequency(_ count: UInt32) -> Float {
    count < 2048
      ? frequencies[Int(count)] : Self.frequency(Double(count) * Self.weightUnit, sublinear: sublinear)
  }

  /// 1 + ln((1 + documents) / (1 + documents with the term))
  private func idf(_ frequency: UInt32, of documents: Int) -> Float {
    Float(1 + Double.log((1 + Double(documents)) / (1 + Double(frequency))))
  }

  /// The idf of many terms; one in as many documents as the one before costs no logarithm.
  func idfs(_ frequencies: some Sequence<UInt32>, of documents: Int) -> [Float] {
    var last: (frequency: UInt32, idf: Float)?
    return frequencies.map { frequency in
      if let last, last.frequency == frequency { return last.idf }
      let idf = idf(frequency, of: documents)
      last = (frequency, idf)
      return idf
    }
  }

  /// 1 + ln n for n of at least 1, and n below, where the logarithm would turn negative.
  private static func frequency(_ count: Double, sublinear: Bool) -> Float {
    Float(sublinear && count > 1 ? 1 + Double.log(count) : count)
  }

  /// The options that all term extractors take, besides those of their source.
  static let options: [OptionDescription] = [
    OptionDescription(
      "columns", .choice(["vocabulary", "hashed"]), default: .string("vocabulary"),
      "learn a vocabulary, or hash terms into 2^bits columns"),
    OptionDescription("bits", .integer(8...26), default: .integer(18), "columns = 2^bits, when hashed"),
    OptionDescription(
      "minimum-documents", .integer(1...1_000_000), default: .integer(2),
      "leave out terms in fewer documents"),
    OptionDescription(
      "maximum-share", .number(0...1), default: .double(1),
      "leave out terms in more than this share of the documents"),
    OptionDescription(
      "maximum-features", .integer(1...100_000_000), default: .integer(1_000_000),
      "keep only so many terms, those in most documents"),
    OptionDescription("sublinear", .boolean, default: .bool(true), "1 + ln(count) instead of the count"),
    OptionDescription("idf", .boolean, default: .bool(true), "weigh terms by inverse document frequency"),
    OptionDescription("norm", .choice(["l2", "none"]), default: .string("l2"), "scale each row to length 1"),
    OptionDescription(
      "weight", .number(0.001...1000), default: .double(1), "multiply every value: this extractor's share"),
    OptionDescription(
      "fields", .map(.number(0...100), keys: Field.names), default: .object([]),
      "what a count in the title, the opening and the rest of the body is worth; 1 if not given"),
    OptionDescription(
      "separate", .list(.choice(Field.names), minimum: 0), default: .array([]),
      "fields whose terms have columns of their own besides the common ones"),
    OptionDescription(
      "opening", .integer(0...1_000_000), default: .integer(400), "bytes of the body that are its opening"),
  ]
}

extension Double {
  /// The natural logarithm, of the C library.
  static func log(_ x: Double) -> Double {
    #if canImport(Glibc)
      Glibc.log(x)
    #else
      Musl.log(x)
    #endif
  }
}
