import NhanCore
import NhanPlugins
import PluginTestSupport
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Words found, against a slow search over strings.
@Suite struct WordSegmenterTests {
  private func extractor(_ options: String = "{}") throws -> any FeatureExtractor {
    let factory = try #require(try PluginLibrary(Paths.plugin("WordSegmenter")).extractors.first)
    return try factory.make(try factory.options.values(options))
  }

  private func fitted(
    _ texts: [String], _ options: String = "{}", observers count: Int = 1
  ) throws -> any FeatureExtractor {
    let extractor = try extractor(options)
    let observers = (0..<count).map { _ in extractor.makeObserver() }
    for (index, text) in texts.enumerated() { try observers[index % count].observe(batch([text])) }
    return try extractor.fit(observers)
  }

  /// Texts of few syllables, so that some stand together more often than by chance; a comma parts phrases.
  private static func texts(seed: UInt64) -> [String] {
    var generator = SeededGenerator(seed: seed)
    let parts = [
      "biển đông", "gia đình", "xe", "đi", "nhà máy nước", "đông", "nước", "gia", "ở", "máy bay", "bay",
    ]
    return (0..<40).map { _ in
      (0..<12).map { _ in
        parts.randomElement(using: &generator)! + (Int.random(in: 0..<5, using: &generator) == 0 ? "," : "")
      }.joined(separator: " ")
    }
  }

  private static func phrases(_ text: String) -> [[String]] {
    text.split(separator: ",").map { $0.split(separator: " ").map(String.init) }
  }

  /// The words by definition: normalized pointwise mutual information over strings.
  private static func words(_ texts: [String], count minimum: Int, association: Double, longest: Int) -> Set<
    String
  > {
    var counts: [[String]: Double] = [:]
    var total = 0.0
    for phrase in texts.flatMap(phrases) {
      total += Double(phrase.count)
      for first in phrase.indices {
        for last in first..<min(first + longest, phrase.count) {
          counts[Array(phrase[first...last]), default: 0] += 1
        }
      }
    }
    var words: Set<[String]> = []
    for length in 2...longest {
      for (sequence, count) in counts where sequence.count == length && count >= Double(minimum) {
        let beginning = Array(sequence.dropLast())
        if length > 2, !words.contains(beginning) { continue }
        let whole = count / total
        let independent = counts[beginning]! / total * counts[[sequence.last!]]! / total
        if log(whole / independent) / -log(whole) >= association { words.insert(sequence) }
      }
    }
    return Set(words.map { $0.joined(separator: " ") })
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func wordsAreThoseOfTheDefinition(seed: UInt64) throws {
    let texts = Self.texts(seed: seed)
    let options = #"{"minimum-count": 3, "minimum-association": 0.3, "maximum-syllables": 3}"#
    let extractor = try fitted(texts, options, observers: 3)
    let expected = Self.words(texts, count: 3, association: 0.3, longest: 3)
    #expect(!expected.isEmpty && extractor.columnCount == expected.count)
    // The longest word at each syllable.
    for text in texts {
      var found: [String] = []
      for phrase in Self.phrases(text) {
        var at = 0
        while at < phrase.count {
          let word = (2...3).reversed().first {
            at + $0 <= phrase.count && expected.contains(phrase[at..<at + $0].joined(separator: " "))
          }
          if let word { found.append(phrase[at..<at + word].joined(separator: " ")) }
          at += word ?? 1
        }
      }
      let input = batch([text])
      let occurrences = extractor.occurrences(inDocument: 0, of: input)
      #expect(occurrences.map { String(decoding: input.bytes[$0.range], as: UTF8.self) } == found)
      var rows = CSRMatrix(columnCount: extractor.columnCount)
      try extractor.makeWorker().extract(input, into: &rows)
      #expect(Set(rows.columns) == Set(occurrences.map { UInt32($0.column) }))
      let length = rows.values.reduce(0) { $0 + $1 * $1 }
      #expect(found.isEmpty || abs(length - 1) < 1e-5)
    }
  }

  @Test func whatIsLearnedDoesNotDependOnHowTextsAreDealt() throws {
    let texts = Self.texts(seed: 9)
    var states: [[UInt8]] = []
    for (observers, texts) in [(1, texts), (4, texts), (3, Array(texts.reversed()))] {
      var archive = TensorArchive()
      try fitted(texts, #"{"minimum-count": 3}"#, observers: observers).save(to: &archive)
      states.append(Array(try archive.elements("state", of: UInt8.self, shape: [nil])))
    }
    #expect(states[0] == states[1] && states[0] == states[2])
  }

  /// Cut and changed states are refused with a sentence, or borne.
  @Test func aDamagedStateDoesNoHarm() throws {
    let texts = Self.texts(seed: 2)
    let fresh = try extractor()
    var archive = TensorArchive()
    try fitted(texts, #"{"minimum-count": 3}"#).save(to: &archive)
    let state = Array(try archive.elements("state", of: UInt8.self, shape: [nil]))
    var generator = SeededGenerator(seed: 8)
    var refused = 0
    for round in 0..<600 {
      var bytes = state
      if round % 3 == 0 {
        bytes.removeLast(Int.random(in: 1...bytes.count, using: &generator))
      } else {
        // Most damage to the header, which says where things are.
        let end = round % 3 == 1 ? min(200, bytes.count) : bytes.count
        for _ in 0..<4 {
          bytes[Int.random(in: 0..<end, using: &generator)] = .random(in: 0...255, using: &generator)
        }
      }
      var damaged = TensorArchive()
      damaged.put("state", bytes)
      do {
        let loaded = try fresh.load(from: damaged)
        var rows = CSRMatrix(columnCount: loaded.columnCount)
        try loaded.makeWorker().extract(batch(Array(texts.prefix(3))), into: &rows)
        #expect(
          rows.columns.allSatisfy { Int($0) < loaded.columnCount } && rows.values.allSatisfy { $0.isFinite })
      } catch let error as NhanError {
        refused += 1
        #expect(!error.message.isEmpty)
      }
    }
    #expect(refused > 200)
  }

  @Test func itsConfigurationWorks() throws {
    let tagged = try Scratch().useConfiguration(of: "WordSegmenter")
    #expect(tagged.status == 0, "\(tagged.errors)")
    let lines = tagged.output.split(separator: "\n")
    #expect(lines.count == 24 && lines.indices.allSatisfy { lines[$0].contains(Articles.labels[$0]) })
  }
}
