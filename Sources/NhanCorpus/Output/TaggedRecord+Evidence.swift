import NhanCore

extension TaggedRecord {
  /// A phrase that speaks for or against a label.
  public struct Evidence: Sendable, Hashable {
    /// The phrase as the document has it.
    public var phrase: String
    /// What it adds to the label's score; negative if it speaks against.
    public var contribution: Float
    /// Where it stands.
    public var places: [EvidencePlace]

    /// Makes one.
    public init(_ phrase: String, contribution: Float, places: [EvidencePlace] = []) {
      self.phrase = phrase
      self.contribution = contribution
      self.places = places
    }

    /// `{"phrase":…,"contribution":…,"places":[…]}`, the contribution rounded to millionths.
    public var json: JSONValue {
      .object([
        ("phrase", .string(phrase)), ("contribution", .millionths(contribution)),
        ("places", .array(places.map(\.json))),
      ])
    }
  }

  /// Where a phrase stands.
  public struct EvidencePlace: Sendable, Hashable {
    /// What the places are counted in.
    public enum Field: String, Sendable {
      /// The title that the record names apart from the text.
      case title
      /// The text.
      case text
      /// The title that a normalizer made which does not tell where it came from.
      case normalizedTitle = "normalized-title"
      /// The text that such a normalizer made.
      case normalizedText = "normalized-text"
    }

    /// What `bytes` and `characters` are counted in.
    public var field: Field
    /// Bytes of the field.
    public var bytes: Range<Int>
    /// The same in characters (Unicode scalars).
    public var characters: Range<Int>
    /// Where the field begins in the original file; `nil` when it does not stand there byte for byte.
    public var fieldOffset: FileOffset?

    /// Makes a place.
    public init(field: Field, bytes: Range<Int>, characters: Range<Int>, fieldOffset: FileOffset? = nil) {
      self.field = field
      self.bytes = bytes
      self.characters = characters
      self.fieldOffset = fieldOffset
    }

    /// `{"field":"text","bytes":[0,4],"characters":[0,3],"file-bytes":[20,24],"file-characters":[18,21]}`; the last two
    /// only where the field stands in a file.
    public var json: JSONValue {
      func pair(_ range: Range<Int>, _ offset: Int = 0) -> JSONValue {
        .array([.integer(range.lowerBound + offset), .integer(range.upperBound + offset)])
      }
      var members: [(key: String, value: JSONValue)] = [
        ("field", .string(field.rawValue)), ("bytes", pair(bytes)), ("characters", pair(characters)),
      ]
      if let fieldOffset {
        members.append(("file-bytes", pair(bytes, fieldOffset.bytes)))
        members.append(("file-characters", pair(characters, fieldOffset.characters)))
      }
      return .object(members)
    }
  }

  /// Why a label was given, or nearly: its score is the bias plus what all phrases add.
  public struct Reasons: Sendable, Hashable {
    /// The label.
    public var label: String
    /// Whether it was given; else it was a near miss.
    public var isGiven: Bool
    /// The decision value, before calibration.
    public var score: Float
    /// What the score is for an empty text.
    public var bias: Float
    /// The phrases that speak most for it, the strongest first.
    public var supporting: [Evidence]
    /// The phrases that speak most against it, the strongest first.
    public var opposing: [Evidence]
    /// How many phrases are not among them.
    public var otherCount: Int
    /// What those add together.
    public var otherContribution: Float

    /// Chooses the strongest phrases.
    /// - Parameters:
    ///   - phrases: all phrases, the greatest contribution first.
    ///   - limit: how many to keep for, and how many against.
    public init(
      label: String, isGiven: Bool, score: Float, bias: Float, phrases: [Evidence], limit: Int
    ) {
      self.label = label
      self.isGiven = isGiven
      self.score = score
      self.bias = bias
      supporting = phrases.prefix(limit).filter { $0.contribution > 0 }
      opposing = phrases.suffix(limit).reversed().filter { $0.contribution < 0 }
      otherCount = phrases.count - supporting.count - opposing.count
      otherContribution = phrases.dropFirst(supporting.count).dropLast(opposing.count)
        .reduce(0) { $0 + $1.contribution }
    }

    /// `{"given":…,"score":…,"bias":…,"for":[…],"against":[…],"others":{"phrases":…,"contribution":…}}`; bias and
    /// contributions add up to the score.
    public var json: JSONValue {
      .object([
        ("given", .bool(isGiven)), ("score", .millionths(score)), ("bias", .millionths(bias)),
        ("for", .array(supporting.map(\.json))), ("against", .array(opposing.map(\.json))),
        (
          "others",
          .object([("phrases", .integer(otherCount)), ("contribution", .millionths(otherContribution))])
        ),
      ])
    }
  }
}

extension JSONValue {
  /// A number rounded to six decimals.
  public static func millionths(_ value: Float) -> JSONValue {
    .double((Double(value) * 1e6).rounded() / 1e6)
  }
}
