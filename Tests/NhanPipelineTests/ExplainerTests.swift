import NhanCore
import NhanCorpus
import TestSupport
import Testing

@testable import NhanPipeline

@Suite struct ExplainerTests {
  /// A model that knows a few phrases in two labels.
  private static let model = Result {
    let texts: [(String, String)] = [
      ("sea", "tàu cá về bến hoà bình"), ("sea", "tàu cá gặp nạn"),
      ("sea", "hoà bình trên biển, tàu cá ra khơi"),
      ("order", "công văn của thủ tướng"), ("order", "công văn khẩn số 12/CV-BTC"),
      ("order", "thủ tướng ký công văn 12/CV-BTC"),
    ]
    let lines = (texts + texts).enumerated().map { index, text in
      let (label, words) = text
      return #"{"id":"\#(index)","text":"\#(words)","labels":["\#(label)"]}"#
    }
    return try Sample.train(Array(lines.joined(separator: "\n").utf8)).model
  }

  private func explain(_ text: String, title: String = "", model: Model? = nil) throws -> Explanation {
    let model = try model ?? Self.model.get()
    let document = Document(
      id: "x", title: Array(title.utf8), text: Array(text.utf8), place: Place(file: "x"))
    return try #require(try Tagger(model: model, explains: true).tag([document])[0].explanation)
  }

  /// The places of the phrase that the document writes like this.
  private func places(_ phrase: String, in explanation: Explanation) -> [Explanation.TextRange] {
    let found = explanation.labels.flatMap(\.evidence).filter { Array($0.phrase.utf8) == Array(phrase.utf8) }
    #expect(!found.isEmpty, "\(phrase) is not among \(explanation.labels[0].evidence.map(\.phrase))")
    return found.first?.places ?? []
  }

  /// Checks that a phrase stands where the explanation says, and nowhere else.
  private func expect(
    _ phrase: String, times: Int = 1, in text: String, title: String = "", inTitle: Bool = false,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let found = places(phrase, in: try explain(text, title: title))
    #expect(found.count == times, sourceLocation: sourceLocation)
    for place in found {
      #expect(place.inTitle == inTitle, sourceLocation: sourceLocation)
      let bytes = Array((place.inTitle ? title : text).utf8)[place.bytes]
      #expect(Array(bytes) == Array(phrase.utf8), sourceLocation: sourceLocation)
      let scalars = Array((place.inTitle ? title : text).unicodeScalars)[place.characters]
      #expect(Array(scalars) == Array(phrase.unicodeScalars), sourceLocation: sourceLocation)
    }
  }

  @Test func contributionsAddUpToTheScore() throws {
    let model = try Sample.model.get()
    let documents = Sample.documents(60, seed: 31)
    for (tagged, document) in zip(try Tagger(model: model, explains: true).tag(documents), documents) {
      let explanation = try #require(tagged.explanation)
      #expect(explanation.labels.map(\.label) == [0, 1, 2] && explanation.normalized == nil)
      let scores = try model.pipeline.makeWorker().scores(of: [document]).scores
      for reasons in explanation.labels {
        let sum = reasons.evidence.reduce(reasons.bias) { $0 + $1.contribution }
        #expect(abs(sum - scores[reasons.label]) < 1e-4, "\(document.id)")
        #expect(abs(reasons.score - scores[reasons.label]) < 1e-4, "\(document.id)")
        #expect(reasons.evidence.map(\.contribution) == reasons.evidence.map(\.contribution).sorted(by: >))
        #expect(reasons.evidence.allSatisfy { !$0.places.isEmpty && $0.contribution != 0 })
      }
    }
  }

  @Test func contributionsAddUpWhenColumnsAreShared() throws {
    let yaml = """
      normalizers: [{use: unicode}]
      features: [{use: char-ngrams, columns: hashed, bits: 8, separate: [opening]}, {use: word-ngrams}]
      classifier: {use: logistic, l2: 0.1}
      """
    let model = try Sample.train(Sample.documents(60), yaml: yaml).model
    for document in Sample.documents(20, seed: 8) {
      let tagged = try Tagger(model: model, explains: true).tag([document])[0]
      let probabilities = model.probabilities(try #require(tagged.explanation).labels.map(\.score)[...])
      for (a, b) in zip(probabilities, tagged.probabilities) { #expect(abs(a - b) < 1e-4) }
    }
  }

  @Test func placesLieInTheDocumentAndSayThePhrase() throws {
    let model = try Sample.model.get()
    for document in Sample.documents(40, seed: 14) {
      let tagged = try Tagger(model: model, explains: true).tag([document])[0]
      for evidence in try #require(tagged.explanation).labels[0].evidence {
        for place in evidence.places {
          let source = place.inTitle ? document.title : document.text
          #expect(source.indices.contains(place.bytes.lowerBound) && place.bytes.upperBound <= source.count)
          let text = String(decoding: source[place.bytes], as: UTF8.self)
          #expect(text.lowercased() == evidence.phrase.lowercased())
        }
      }
    }
  }

  @Test func decomposedLettersAreFoundWithTheirMarks() throws {
    try expect("ta\u{300}u ca\u{301}", in: "Hai chiê\u{301}c ta\u{300}u ca\u{301} về bến")
    try expect("TA\u{300}U CÁ", in: "Hai chiếc TA\u{300}U CÁ về bến")
  }

  @Test func entitiesCountAsWhatTheyStandFor() throws {
    try expect("t&#224;u c&#xE1;", in: "Hai chi&#7871;c t&#224;u c&#xE1; &amp; một thuyền")
    try expect("tàu&nbsp;cá", in: "Hai&nbsp;chiếc tàu&nbsp;cá&nbsp;về")
  }

  @Test func toneMarksOfBothSpellings() throws {
    try expect("hòa bình", in: "Vì hòa bình")
    try expect("hoà bình", in: "Vì hoà bình")
    // Two spellings of one phrase are one piece of evidence.
    let text = "Vì hòa bình và hoà bình"
    let found = places("hòa bình", in: try explain(text))
    #expect(
      found.map { String(decoding: Array(text.utf8)[$0.bytes], as: UTF8.self) } == ["hòa bình", "hoà bình"])
  }

  @Test func otherCharactersMoveNothing() throws {
    try expect("tàu cá", in: "😀😀 𝐁ản tin 🇻🇳: tàu cá 😀 về")
    try expect("tàu\u{200B} cá", in: "\u{FEFF}Hai \u{200B}chiếc tàu\u{200B} cá")
    try expect("tàu cá", times: 3, in: "tàu cá, tàu cá\nvà tàu cá")
  }

  @Test func invalidBytesMoveNothing() throws {
    let bytes = [0xff] + Array(" tàu cá ".utf8) + [0xc3]
    let document = Document(id: "x", text: bytes, place: Place(file: "x"))
    let explanation = try #require(
      try Tagger(model: try Self.model.get(), explains: true).tag([document])[0].explanation)
    #expect(places("tàu cá", in: explanation).map(\.bytes) == [2..<2 + "tàu cá".utf8.count])
    // An invalid byte is one character, the U+FFFD that stands for it.
    #expect(places("tàu cá", in: explanation).map(\.characters) == [2..<8])
  }

  @Test func strippedBlocksAreNoEvidence() throws {
    let page = """
      Trang chủ Kinh tế Nông nghiệp
      08:15 | 03/04/2021 GMT+7
      Đăng nhập
      Hai chiếc tàu cá được kéo về cảng an toàn
      Theo biên phòng, hai chiếc tàu cá bị hỏng máy đã được kéo về cảng cùng với mười hai ngư dân vào sáng nay.
      Chia sẻ: Facebook Zalo Twitter
      Biên phòng cho biết mọi người đều khỏe mạnh, tàu cá sẽ được sửa ngay trong tuần để kịp chuyến biển tới.
      In bài viết
      """
    let trace = try Self.model.get().pipeline.trace(
      Document(id: "x", text: Array(page.utf8), place: Place(file: "x")))
    let kept = String(decoding: trace.texts.bytes, as: UTF8.self)
    #expect(!kept.contains("facebook") && kept.contains("biên phòng cho biết"), "\(kept)")
    try expect("tàu cá", times: 3, in: page)
  }

  @Test func titlesOfTheirOwnAndFirstLines() throws {
    try expect("Tàu cá", in: "không có gì", title: "Tàu cá về bến", inTitle: true)
    try expect("Tàu cá", in: "Tàu cá về bến\n\nkhông có gì")
    let both = places("Tàu cá", in: try explain("Ở đây tàu cá\nvà nữa", title: "Tàu cá"))
    #expect(both.map(\.inTitle) == [true, false])
    #expect(both[0].bytes == 0..<"Tàu cá".utf8.count)
    #expect(both[1].bytes.lowerBound == "Ở đây ".utf8.count)
  }

  @Test func emptyAndUnknownTextsHaveOnlyTheirBias() throws {
    for text in ["", " \n", "zzz qqq"] {
      for reasons in try explain(text).labels {
        #expect(reasons.evidence.isEmpty && reasons.score == reasons.bias)
      }
    }
  }

  /// A normalizer that cannot tell where its text came from.
  private struct Reversing: Normalizer {
    func normalize(_ input: TextBatch, into output: inout TextBatch) {
      output.origins = nil
      for extent in input.extents {
        let start = output.bytes.count
        output.bytes += input.bytes[extent.title]
        let bodyStart = output.bytes.count
        let words = input.bytes[extent.body].split(separator: 0x20).reversed()
        output.bytes += Array(words.joined(separator: [0x20]))
        output.closeDocument(start: start, bodyStart: bodyStart)
      }
    }
  }

  @Test func untracedNormalizersAreNamed() throws {
    var registry = StageRegistry.builtIn
    registry.normalizers.append(
      StageFactory(name: "reversing", summary: "", options: OptionSchema([])) { _ in Reversing() })
    let node = try JSONValue(
      parsing: Array(
        """
        {"normalizers": [{"use": "unicode"}, {"use": "reversing"}], "features": [{"use": "word-ngrams"}],
         "classifier": {"use": "logistic"}, "validation": {"folds": 0}}
        """.utf8))
    let configuration = try Configuration(ConfigNode(json: node), registry: registry, file: "c")
    let folder = TemporaryFolder()
    let file = folder.write("t.jsonl", Sample.jsonLines(Sample.documents(20)))
    var reader = try CorpusReader(paths: [file])
    let model = try Trainer(configuration: configuration, threads: 1, seed: 0)
      .train(&reader).model
    let explanation = try explain("Hoàng Sa tàu cá", model: model)
    let normalized = try #require(explanation.normalized)
    #expect(normalized.normalizer == "reversing")
    #expect(String(decoding: normalized.text, as: UTF8.self) == "cá tàu sa hoàng")
    #expect(explanation.labels.flatMap(\.evidence).contains { $0.phrase == "cá tàu" })
    for evidence in explanation.labels.flatMap(\.evidence) {
      for place in evidence.places {
        #expect(!place.inTitle)
        #expect(String(decoding: normalized.text[place.bytes], as: UTF8.self) == evidence.phrase)
      }
    }
  }
}
