import NhanCore
import TestSupport
import Testing

@testable import NhanStages

/// The fast way of `word-ngrams` beside the plain one, which looks up every n-gram and counts them all.
@Suite struct WordNgramTests {
  private static let words = [
    "biển", "đảo", "biên", "giới", "tàu", "cá", "đồn", "trao", "ký", "nghiêng", "a", "qng_90123", "thưởng",
    "…",
    "x²", "½", "3,5%",
  ]

  /// Texts of few words, so that n-grams repeat; with lines, and now and then longer than a window.
  private static func texts(_ count: Int, _ generator: inout SeededGenerator) -> TextBatch {
    var batch = TextBatch()
    for _ in 0..<count {
      let length =
        Int.random(in: 0..<40, using: &generator) == 0 ? 5000 : Int.random(in: 0..<60, using: &generator)
      var body = ""
      for _ in 0..<length {
        body += words[min(Int.random(in: 0..<40, using: &generator), words.count - 1)]
        body += ["\n", ", ", " ", " ", " ", "\u{2009}", "«"].randomElement(using: &generator)!
      }
      let title = Bool.random(using: &generator) ? "trao giải \(words.randomElement(using: &generator)!)" : ""
      batch.append(title: title.utf8, body: body.utf8)
    }
    return batch
  }

  private static func someOptions(_ generator: inout SeededGenerator) -> [(String, JSONValue)] {
    let sizes = [[1], [2], [1, 2], [3], [1, 3], [2, 4], [1, 2, 3], [5]].randomElement(using: &generator)!
    var given: [(String, JSONValue)] = [
      ("sizes", .array(sizes.map { .integer($0) })),
      ("minimum-documents", .integer(Int.random(in: 1...4, using: &generator))),
      ("maximum-share", .double([0.2, 0.5, 1].randomElement(using: &generator)!)),
      ("opening", .integer([0, 30, 400].randomElement(using: &generator)!)),
    ]
    if Bool.random(using: &generator) {
      given.append(("maximum-features", .integer(Int.random(in: 1...60, using: &generator))))
    }
    if Bool.random(using: &generator) {
      given.append(
        ("fields", .object([("title", .double(2)), ("opening", .double(1)), ("body", .double(0))])))
    }
    if Bool.random(using: &generator) { given.append(("marks", .bool(true))) }
    if Bool.random(using: &generator) { given.append(("separate", .array([.string("title")]))) }
    if Int.random(in: 0..<4, using: &generator) == 0 {
      given += [("columns", .string("hashed")), ("bits", .integer(12))]
    }
    return given
  }

  private static func fit(_ extractor: any FeatureExtractor, _ batches: [TextBatch]) throws -> (
    extractor: any FeatureExtractor, observers: [any FeatureObserver]
  ) {
    let observers = try batches.map { batch in
      let observer = extractor.makeObserver()
      try observer.observe(batch)
      return observer
    }
    return (try extractor.fit(observers), observers)
  }

  private static func sorted(_ rows: CSRMatrix) -> [[String]] {
    (0..<rows.rowCount).map { row in
      rows.entries(ofRow: row).map { "\(rows.columns[$0]) \(rows.values[$0])" }.sorted()
    }
  }

  @Test(arguments: 0..<60)
  func learnsAndGivesWhatThePlainWayDoes(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let given = Self.someOptions(&generator)
    let batches = [Self.texts(25, &generator), Self.texts(15, &generator)]
    let options = try TermVectorizerTests.options(given + [("norm", .string("none"))])
    let source = WordNgrams(
      sizes: options.ints("sizes"), kind: options.bool("marks") ? .withMarks : .plain)
    let fast = try Self.fit(WordNgramVectorizer(options), batches)
    let plain = try Self.fit(TermVectorizer(source: source, options: options), batches)
    var (a, b) = (TensorArchive(), TensorArchive())
    fast.extractor.save(to: &a)
    plain.extractor.save(to: &b)
    for name in b.tensors.keys {
      #expect(
        a.tensors[name]!.bytes.withUnsafeBytes { Array($0) }
          == b.tensors[name]!.bytes.withUnsafeBytes { Array($0) },
        "\(name) with \(given)")
    }
    for batch in batches {
      #expect(
        Self.sorted(try TermVectorizerTests.rows(fast.extractor, batch))
          == Self.sorted(try TermVectorizerTests.rows(plain.extractor, batch)), "\(given)")
    }
  }

  @Test(arguments: 0..<20)
  func recallsTheRowsOfTheTexts(seed: UInt64) throws {
    var generator = SeededGenerator(seed: 1000 + seed)
    let extractor = WordNgramVectorizer(try TermVectorizerTests.options(Self.someOptions(&generator)))
    let batches = (0..<4).map { _ in Self.texts(9, &generator) }
    let observers = [extractor.makeObserver(), extractor.makeObserver()]
    for (index, batch) in batches.enumerated() { try observers[index % 2].observe(batch) }
    let fitted = try extractor.fit(observers)
    let worker = try #require(fitted.makeWorker() as? any RecallingWorker)
    for (index, batch) in batches.enumerated() {
      #expect(observers[index % 2].remembersTexts)
      var recalled = CSRMatrix(columnCount: fitted.columnCount)
      try worker.recall(batch: index / 2, of: observers[index % 2], into: &recalled)
      #expect(recalled == (try TermVectorizerTests.rows(fitted, batch)))
    }
  }

  /// Some that share a huge page with what is kept, and some that do not.
  @Test func forgettingBatchesKeepsTheOthers() throws {
    let batches = (0..<3).map { number in
      var batch = TextBatch()
      let body = String(repeating: "một hai ba ", count: 1 << 17) + "bốn \(number)"
      batch.append(title: "".utf8, body: body.utf8)
      return batch
    }
    let extractor = WordNgramVectorizer(
      try TermVectorizerTests.options([("minimum-documents", .integer(1))]))
    let observer = extractor.makeObserver()
    for batch in batches { try observer.observe(batch) }
    let fitted = try extractor.fit([observer])
    let worker = try #require(fitted.makeWorker() as? any RecallingWorker)
    func recalled(_ batch: Int) throws -> CSRMatrix {
      var rows = CSRMatrix(columnCount: fitted.columnCount)
      try worker.recall(batch: batch, of: observer, into: &rows)
      return rows
    }
    let expected = try (0..<3).map(recalled)
    observer.forget(batch: 1)
    #expect(try recalled(0) == expected[0])
    observer.forget(batch: 0)
    #expect(try recalled(2) == expected[2])
    observer.forget(batch: 2)
  }

  /// More different words than a stream can number in its short units.
  @Test func recallsManyDifferentWords() throws {
    var batch = TextBatch()
    for part in 0..<2 {
      batch.append(title: "".utf8, body: (0..<62_000).map { "từ\($0 + part)" }.joined(separator: " ").utf8)
    }
    let extractor = WordNgramVectorizer(
      try TermVectorizerTests.options([("sizes", .array([.integer(1)])), ("norm", .string("none"))]))
    let observer = extractor.makeObserver()
    try observer.observe(batch)
    let fitted = try extractor.fit([observer])
    // All but the first and the last word stand in both.
    #expect(fitted.columnCount == 61_999)
    let worker = try #require(fitted.makeWorker() as? any RecallingWorker)
    var recalled = CSRMatrix(columnCount: fitted.columnCount)
    try worker.recall(batch: 0, of: observer, into: &recalled)
    #expect(Self.sorted(recalled) == Self.sorted(try TermVectorizerTests.rows(fitted, batch)))
  }

  /// Words that the normalizer has found give the same vocabulary and the same rows as the texts they were found in; also
  /// where the numbers of the first batch's words have been given to others by the second.
  @Test(arguments: 0..<30, [20, 1 << 16])
  func wordsFoundBeforeStandForTheTexts(seed: UInt64, numberLimit: Int) throws {
    var generator = SeededGenerator(seed: 2000 + seed)
    let options = try TermVectorizerTests.options(Self.someOptions(&generator) + [("norm", .string("none"))])
    let unicode = UnicodeNormalizer(
      options: try UnicodeNormalizer.options.validate([], of: "normalizer 'unicode'", at: nil))
    let folder = unicode.makeWorker(numberLimit: numberLimit)
    let raw = [Self.texts(20, &generator), Self.texts(12, &generator)]
    let found = try raw.map { batch in
      var output = TextBatch()
      output.asksForWords = options.bool("marks") ? .withMarks : .plain
      try folder.normalize(batch, into: &output)
      #expect(output.words?.count ?? 0 > 0)
      return output
    }
    #expect(found[0].words?.isCurrent == (numberLimit > 20))
    let plain = found.map { batch in
      var batch = batch
      batch.asksForWords = nil
      return batch
    }
    let extractor = WordNgramVectorizer(options)
    #expect(extractor.readsWords == found[0].asksForWords)
    let (ofWords, ofTexts) = (
      try Self.fit(extractor, found).extractor, try Self.fit(extractor, plain).extractor
    )
    var (a, b) = (TensorArchive(), TensorArchive())
    ofWords.save(to: &a)
    ofTexts.save(to: &b)
    #expect(Safetensors.serialize(a) == Safetensors.serialize(b))
    for (withWords, batch) in zip(found, plain) {
      #expect(
        Self.sorted(try TermVectorizerTests.rows(ofWords, withWords))
          == Self.sorted(try TermVectorizerTests.rows(ofTexts, batch)))
    }
  }

  @Test(arguments: 0..<200)
  func hashesAreThoseOfTheWordsOneByOne(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let pieces: [[UInt8]] =
      Self.words.map { Array($0.utf8) } + [
        [0x20], [0x20], [0x0A], [0xC2, 0xA0], [0xE2, 0x80, 0x9C], [0xE3, 0x80, 0x82],
      ]
      + [
        [0xC2], [0xE2, 0x80], [0xFF], [0x00], Array("…«»–".utf8), Array("ΑΒΓ中文字".utf8), [0x7F], [0x60],
        [0x40],
      ]
    let text = (0..<Int.random(in: 0..<60, using: &generator)).flatMap { _ in
      pieces.randomElement(using: &generator)!
    }
    let range = text.isEmpty ? 0..<0 : Int.random(in: 0...text.count / 3, using: &generator)..<text.count
    let scanner = WordScanner()
    let kind = [WordKind.plain, .withMarks].randomElement(using: &generator)!
    text.withUnsafeBufferPointer { bytes in
      var expected: [UInt64] = []
      scanner.forEachWord(bytes, in: range, kind: kind) { start, end, afterBreak in
        if afterBreak { expected.append(0) }
        expected.append(TermHash.word(bytes, start, end))
      }
      // In portions, as windows take them.
      var found: [UInt64] = []
      var position = WordScanner.Position(range, kind)
      withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 7) { words in
        while !position.isAtEnd {
          let count = scanner.hashes(
            bytes, from: &position, into: words.baseAddress!, capacity: 7)
          found += words[..<count]
        }
      }
      #expect(found == expected)
    }
  }

  @Test func stopsAreTheBytesThatAreNoPlainWordBytes() {
    for byte in UInt8.min ... .max {
      let isWord =
        byte >= 0x80
        ? ![0xC2, 0xE2, 0xE3].contains(byte)
        : byte == 0x5F || (0x30...0x39).contains(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A)
      for place in 0..<8 {
        // Among word bytes that could carry into it or borrow from it.
        let others: UInt64 = 0xBF7A_5F30_FF61_C339 & ~(0xFF << UInt64(8 * place))
        let stops = WordScanner.stops(in: others | UInt64(byte) << UInt64(8 * place))
        #expect(stops == (isWord ? 0 : 0x80 << UInt64(8 * place)), "\(byte) at \(place)")
      }
    }
  }
}

@Suite struct VocabularyTests {
  @Test func findsTermsMarkersAndNothingElse() {
    var generator = SeededGenerator(seed: 5)
    let terms = (0..<3000).map { _ in UInt64.random(in: 1 ... .max, using: &generator) }
    let vocabulary = Vocabulary(
      TensorElements(Array(terms[..<2000])), markers: TensorElements(Array(terms[2000..<2500])))
    var places = [UInt32](repeating: 7, count: terms.count)
    vocabulary.find(terms, count: terms.count, into: &places)
    #expect(places[..<2000].enumerated().allSatisfy { $1 == UInt32($0) + 1 })
    #expect(places[2000..<2500].allSatisfy { $0 == Vocabulary.marker })
    #expect(places[2500...].allSatisfy { $0 == 0 })
  }
}

@Suite struct TermCounterTests {
  @Test(arguments: [1, 2, 3])
  func countsDocumentsLikeADictionary(counters count: Int) throws {
    var generator = SeededGenerator(seed: 9)
    let counters = (0..<count).map { _ in TermCounter() }
    var expected: [UInt64: UInt32] = [:]
    for document in 0..<300 {
      let terms = (0..<Int.random(in: 0..<200, using: &generator)).map { _ in
        // Some crowd at the end of the table, from where the search goes on at its beginning.
        document % 2 == 0
          ? UInt64.random(in: 1...5000, using: &generator) &* 0x9E37_79B9_7F4A_7C15
          : UInt64.max - UInt64.random(in: 0..<300, using: &generator)
      }
      counters[document % count].beginDocument()
      counters[document % count].count(terms, count: terms.count)
      for term in Set(terms) { expected[term, default: 0] += 1 }
    }
    for minimum in [1, 2, 5, 40] {
      let found = try TermCounter.terms(of: counters, minimum: minimum)
      #expect(
        Dictionary(uniqueKeysWithValues: found.map { ($0.term, $0.documents) })
          == expected.filter { $0.value >= minimum })
    }
    #expect(counters.reduce(0) { $0 + $1.documents } == 300)
  }

  @Test(arguments: [0, 1, 2, 30, 3000])
  func sortsByDocumentsAndTermAsByComparing(terms count: Int) {
    var generator = SeededGenerator(seed: 10)
    let terms = (0..<count).map { _ in
      CountedTerm(
        term: UInt64.random(in: 0...UInt64.max, using: &generator),
        documents: UInt32.random(in: 1...40, using: &generator) * UInt32.random(in: 1...40, using: &generator)
      )
    }
    #expect(CountedTerm.sorted(terms) == terms.sorted())
  }
}

@Suite struct LinearScoresTests {
  @Test(arguments: [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 50, 65, 90])
  func areTheSumsOfTheDefinition(labels: Int) {
    var generator = SeededGenerator(seed: UInt64(labels))
    var rows = CSRMatrix(columnCount: 30)
    for count in [20, 0, 3] {
      for _ in 0..<count {
        rows.columns.append(UInt32.random(in: 0..<30, using: &generator))
        rows.values.append(Float.random(in: 0...1, using: &generator))
      }
      rows.closeRow()
    }
    let weights = (0..<30 * labels).map { _ in Float.random(in: -1...1, using: &generator) }
    let before = (0..<3 * labels).map { _ in Float.random(in: -1...1, using: &generator) }
    var scores = before
    LinearScores.add(rows, weights, labels: labels, to: &scores)
    for row in 0..<3 {
      for label in 0..<labels {
        let expected = rows.entries(ofRow: row).reduce(Double(before[row * labels + label])) {
          $0 + Double(rows.values[$1]) * Double(weights[Int(rows.columns[$1]) * labels + label])
        }
        #expect(abs(Double(scores[row * labels + label]) - expected) < 1e-5)
      }
    }
  }
}
