import NhanCore
import NhanPlugins
import PluginTestSupport
import TestSupport
import Testing

/// Encodings from before Unicode, against encoders of the test's own.
@Suite struct LegacyEncodingTests {
  private let normalizer: any Normalizer

  init() throws {
    let factory = try #require(try PluginLibrary(Paths.plugin("LegacyEncodings")).normalizers.first)
    normalizer = try factory.make(try factory.options.values("{}"))
  }

  private func normalized(_ bytes: [UInt8]) throws -> String {
    var input = TextBatch(tracksOrigins: true)
    input.append(title: [], body: bytes)
    var output = TextBatch(tracksOrigins: true)
    try normalizer.normalize(input, into: &output)
    let origins = try #require(output.origins)
    // Every byte comes from somewhere, in order, up to the end.
    #expect(origins.allSatisfy { $0.start < $0.end && Int($0.end) <= bytes.count })
    #expect(zip(origins, origins.dropFirst()).allSatisfy { $0.start <= $1.start })
    return String(decoding: output.bytes, as: UTF8.self)
  }

  private static let rows = [
    "aàảãáạ", "ăằẳẵắặ", "âầẩẫấậ", "eèẻẽéẹ", "êềểễếệ", "iìỉĩíị", "oòỏõóọ", "ôồổỗốộ", "ơờởỡớợ", "uùủũúụ",
    "ưừửữứự",
    "yỳỷỹýỵ",
  ].map { Array($0.unicodeScalars) }

  /// Onset, rhyme and tone in every combination, the tone on the last vowel with a mark or on the one before the end.
  private static let syllables: [String] = {
    let onsets =
      "b c ch d đ g gh h kh l m n ng nh ph qu r s t th tr v x".split(separator: " ").map(String.init) + [""]
    let rhymes = """
      a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây e en eo ê êch ên êu i ia iên \
      iêng iêt iêu im in inh o oa oai oan oang oi on ong ô ôi ông ôt ơ ơi ơn ơp u ua ui um un ung uôc uôi uông uy uyên \
      uyêt ư ưa ưng ươc ươi ương ưu y yên yêu
      """.split(separator: " ").map { Array($0.unicodeScalars) }
    var syllables: [String] = []
    for onset in onsets {
      for rhyme in rhymes {
        let vowels = rhyme.indices.filter { index in rows.contains { $0[0] == rhyme[index] } }
        let marked = vowels.last { !rhyme[$0].isASCII }
        let at =
          marked
          ?? (vowels.count > 1 && vowels.last == rhyme.count - 1 ? vowels[vowels.count - 2] : vowels.last!)
        for tone in 0..<6 {
          var scalars = rhyme
          scalars[at] = rows.first { $0[0] == rhyme[at] }![tone]
          var text = onset.unicodeScalars
          text.append(contentsOf: scalars)
          syllables.append(String(String.UnicodeScalarView(text)))
        }
      }
    }
    return syllables
  }()

  /// A letter as its base, its mark and its tone.
  private static func parts(_ scalar: Unicode.Scalar) -> (base: Unicode.Scalar, tone: Int)? {
    for row in rows { if let tone = row.firstIndex(of: scalar) { return (row[0], tone) } }
    return nil
  }

  /// As fonts of the ABC family have it: the code of each letter in the order of the standard.
  private static func tcvn3(_ text: String) -> [UInt8]? {
    let letters = Array("ăâêôơưđ".unicodeScalars)
    let toned =
      Array(
        "àảãáạằẳẵắ".unicodeScalars) + Array("ặầẩẫấậè".unicodeScalars) + Array("ẻẽéẹềểễếệìỉ".unicodeScalars)
      + Array("ĩíịò".unicodeScalars) + Array("ỏõóọồổỗốộờởỡớợù".unicodeScalars)
      + Array("ủũúụừửữứựỳỷỹýỵ".unicodeScalars)
    let codes: [UInt8] =
      Array(0xb5...0xb9) + Array(0xbb...0xbe) + Array(0xc6...0xcc) + Array(0xce...0xd8) + Array(0xdc...0xdf)
      + Array(0xe1...0xef) + Array(0xf1...0xfe)
    var bytes: [UInt8] = []
    for scalar in text.unicodeScalars {
      if let index = letters.firstIndex(of: scalar) {
        bytes.append(0xa8 + UInt8(index))
      } else if let index = toned.firstIndex(of: scalar) {
        bytes.append(codes[index])
      } else if scalar.isASCII {
        bytes.append(UInt8(scalar.value))
      } else {
        return nil
      }
    }
    return bytes
  }

  /// The characters that a VNI keyboard gives, as Latin-1.
  private static func vni(_ text: String) -> [UInt8]? {
    var result = ""
    for scalar in text.unicodeScalars {
      if scalar == "đ" {
        result += "ñ"
      } else if let (base, tone) = parts(scalar) {
        switch base {
        case "i": result += ["i", "ì", "æ", "ó", "í", "ò"][tone]
        case "y": result += ["y", "yø", "yû", "yõ", "yù", "î"][tone]
        case "ă": result += "a" + ["ê", "è", "ú", "ü", "é", "ë"][tone]
        case "â": result += "a" + ["â", "à", "å", "ã", "á", "ä"][tone]
        case "ê": result += "e" + ["â", "à", "å", "ã", "á", "ä"][tone]
        case "ô": result += "o" + ["â", "à", "å", "ã", "á", "ä"][tone]
        default:
          let letter = base == "ơ" ? "ô" : base == "ư" ? "ö" : String(Character(base))
          result += letter + ["", "ø", "û", "õ", "ù", "ï"][tone]
        }
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return latin1(result)
  }

  private static func windows1258(_ text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    let letters: [Unicode.Scalar: UInt8] = [
      "ă": 0xe3, "đ": 0xf0, "ơ": 0xf5, "ư": 0xfd, "â": 0xe2, "ê": 0xea, "ô": 0xf4,
    ]
    for scalar in text.unicodeScalars {
      let (base, tone) = parts(scalar) ?? (scalar, 0)
      guard let byte = letters[base] ?? (base.isASCII ? UInt8(base.value) : nil) else { return nil }
      bytes.append(byte)
      if tone > 0 { bytes.append([0xcc, 0xd2, 0xde, 0xec, 0xf2][tone - 1]) }
    }
    return bytes
  }

  private static func viqr(_ text: String) -> [UInt8]? {
    var result = ""
    for scalar in text.unicodeScalars {
      let (base, tone) = parts(scalar) ?? (scalar, 0)
      let letters: [Unicode.Scalar: String] = [
        "ă": "a(", "â": "a^", "ê": "e^", "ô": "o^", "ơ": "o+", "ư": "u+", "đ": "dd", ".": "\\.", "?": "\\?",
      ]
      result += letters[base] ?? String(Character(base))
      if tone > 0 { result += ["`", "?", "~", "'", "."][tone - 1] }
    }
    return Array(result.utf8)
  }

  private static func latin1(_ text: String) -> [UInt8]? {
    let scalars = text.unicodeScalars
    return scalars.allSatisfy { $0.value < 0x100 } ? scalars.map { UInt8($0.value) } : nil
  }

  /// Bytes as a program leaves them that took them for Latin-1.
  private static func mojibake(_ bytes: [UInt8]) -> [UInt8] {
    bytes.flatMap { Array(String(Character(Unicode.Scalar($0))).utf8) }
  }

  private static let encoders: [(name: String, encode: @Sendable (String) -> [UInt8]?)] = [
    ("tcvn3", { tcvn3($0) }), ("vni", { vni($0) }), ("windows-1258", { windows1258($0) }),
    ("viqr", { viqr($0) }),
  ]

  @Test(arguments: 0..<4) func everySyllableGoesRoundInDocumentsOfMany(encoder: Int) throws {
    let (name, encode) = Self.encoders[encoder]
    #expect(Self.syllables.count > 10_000)
    var generator = SeededGenerator(seed: 7)
    let shuffled = Self.syllables.shuffled(using: &generator)
    for start in stride(from: 0, to: shuffled.count, by: 60) {
      let text = shuffled[start..<min(start + 60, shuffled.count)].joined(separator: " ") + "."
      let bytes = try #require(encode(text))
      #expect(try normalized(bytes) == text, "\(name)")
      if name != "viqr" {
        #expect(try normalized(Self.mojibake(bytes)) == text, "\(name), taken for Latin-1")
      }
    }
  }

  @Test(arguments: [
    (
      "Céng hßa x· héi chñ nghÜa ViÖt Nam, §éc lËp - Tù do - H¹nh phóc",
      "Cộng hòa xã hội chủ nghĩa Việt Nam, Độc lập - Tự do - Hạnh phúc"
    ),
    (
      "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam, Ñoäc laäp - Töï do",
      "Cộng hòa xã hội chủ nghĩa Việt Nam, Độc lập - Tự do"
    ),
    (
      "Co^.ng ho`a xa~ ho^.i chu? nghi~a Vie^.t Nam, ddo^.c la^.p - tu+. do",
      "Cộng hòa xã hội chủ nghĩa Việt Nam, độc lập - tự do"
    ),
  ])
  func knownTexts(legacy: String, expected: String) throws {
    #expect(try normalized(Array(legacy.utf8)) == expected)
  }

  @Test(arguments: [
    "Cộng hòa xã hội chủ nghĩa Việt Nam", "Hà Nội", "Đà Nẵng, Bà Rịa và Cà Mau: á à ã â ê ô", "",
    "The cafe is open. Are you there? So am I. It's e^x + a^2.",
    "Le café était fermé à midi, déjà très tôt: où êtes-vous?", "Größe, Übung, schön, Straße, Mädchen",
    "Việt Nam: \u{1ebf} e\u{302}\u{301} — “trích dẫn” … 100 €", "int a[3] = {1, 2, 3}; a += b; u+v; o+o",
  ])
  func unicodeIsLeftAlone(text: String) throws {
    let found = try normalized(Array(text.utf8))
    #expect(found == text)
    // The same bytes, not only the same characters.
    #expect(Array(found.utf8) == Array(text.utf8))
  }

  @Test func everySyllableInUnicodeIsLeftAlone() throws {
    for start in stride(from: 0, to: Self.syllables.count, by: 60) {
      let text = Self.syllables[start..<min(start + 60, Self.syllables.count)].joined(separator: " ")
      #expect(try normalized(Array(text.utf8)) == text)
    }
  }

  /// A model learned from Unicode tags articles in TCVN3, and the other way round.
  @Test func itsConfigurationWorks() throws {
    let scratch = Scratch()
    #expect(try scratch.useConfiguration(of: "LegacyEncodings").status == 0)
    let legacy = Articles.lines {
      String(decoding: Self.mojibake(Self.tcvn3($0.lowercased())!), as: UTF8.self)
    }
    let data = try scratch.write(legacy, to: "legacy.jsonl")
    let tagged = try run([Paths.command, "classify", "--model", scratch.file("model"), data])
    let lines = tagged.output.split(separator: "\n")
    #expect(tagged.status == 0 && lines.count == 24)
    #expect(lines.indices.allSatisfy { lines[$0].contains(Articles.labels[$0]) })
  }
}
