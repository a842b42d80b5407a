import NhanCore
import NhanPlugins
import PluginTestSupport
import TestSupport
import Testing

/// Plugins that break the rules: each time a sentence, never a crash.
@Suite struct FuzzTests {
  private let scratch: Scratch
  private let library: PluginLibrary

  init() throws {
    scratch = Scratch()
    library = try PluginLibrary(try scratch.library("wild", from: "wild.c"))
  }

  private func make<Product>(
    _ factories: [StageFactory<Product>], _ what: String, seed: Int = 0
  ) throws -> Product {
    let factory = try #require(factories.first)
    return try factory.make(try factory.options.values(#"{"do": "\#(what)", "seed": \#(seed)}"#))
  }

  /// The message of the error; empty if there was none.
  private func message(_ body: () throws -> Void) throws -> String {
    do {
      try body()
      return ""
    } catch let error as NhanError { return error.message }
  }

  private static let three = ["một", "", "ba"]

  private func normalize(_ what: String, seed: Int = 0, tracking: Bool) throws -> TextBatch {
    var input = TextBatch(tracksOrigins: tracking)
    for text in Self.three { input.append(title: [], body: Array(text.utf8)) }
    var output = TextBatch(tracksOrigins: tracking)
    try make(library.normalizers, what, seed: seed).normalize(input, into: &output)
    return output
  }

  private func extract(_ what: String, seed: Int = 0) throws -> (rows: CSRMatrix, failures: [Int: NhanError])
  {
    let extractor = try make(library.extractors, what, seed: seed)
    let observer = extractor.makeObserver()
    try observer.observe(batch(Self.three))
    let fitted = try extractor.fit([observer])
    var rows = CSRMatrix(columnCount: fitted.columnCount)
    let worker = fitted.makeWorker()
    try worker.extract(batch(Self.three), into: &rows)
    return (rows, worker.failures)
  }

  private func score(_ what: String) throws -> (scores: [Float], linear: (any LinearWeights)?) {
    var rows = CSRMatrix(columnCount: 4)
    for _ in 0..<3 { rows.closeRow() }
    let fitted = try make(library.classifiers, what).fit(
      rows, TargetMatrix(labelCount: 2, values: [1, 0, 1, 0, 0, 1]), task: .multiLabel, threads: 1)
    var scores: [Float] = []
    try fitted.classifier.score(rows, into: &scores)
    return (scores, fitted.classifier.linear)
  }

  @Test(arguments: [
    ("", ""), ("init-mute", "failed: it gave no reason"), ("init-no-utf8", "failed: \u{fffd}\u{fffd}("),
    ("init-null", "failed: "), ("outside", "gave the origin 0..4294967295 in a batch of 7 bytes"),
    ("backwards", "gave the origin 1..0 in a batch of 7 bytes"), ("some-origins", ""),
    ("null", "appended 5 bytes at NULL"), ("huge", "appended 18446744073709551615 bytes at an address"),
    ("titles", "ended the title of document 1 twice"), ("double", "gave 6 documents for 3"),
    ("nothing", "gave 0 documents for 3"), ("open", "did not end its last document"),
    ("status", "failed: it gave no reason"), ("fail-null", ""),
  ])
  func normalizersOutOfOrder(what: String, expected: String) throws {
    let found = try message { _ = try normalize(what, tracking: true) }
    #expect(expected.isEmpty ? found.isEmpty : found.hasSuffix(expected), "\(found)")
  }

  @Test func someOriginsAreNone() throws {
    #expect(try normalize("some-origins", tracking: true).origins == nil)
    #expect(try normalize("fail-null", tracking: true).failures.count == 3)
  }

  @Test(arguments: [
    ("", ""), ("observe", "failed: it gave no reason"), ("fit", "failed: it gave no reason"),
    ("save", "failed: it gave no reason"), ("load", "failed: it gave no reason"), ("save-null", ""),
    ("save-huge", ""),
    ("columns", "has 18446744073709551615 columns, at most 4294967295 are possible"),
    ("column", "gave column 4 of 4"), ("nan", "gave a value that is no finite number"),
    ("infinite", "gave a value that is no finite number"), ("null", "gave a row of 1 entries and NULL"),
    ("huge", "gave a row of 18446744073709551615 entries and NULL"), ("few", "gave 2 rows for 3 documents"),
    ("many", "gave 6 rows for 3 documents"), ("unsorted", ""), ("fail-null", ""),
    ("extract", "failed: it gave no reason"),
  ])
  func extractorsOutOfOrder(what: String, expected: String) throws {
    let found = try message { _ = try extract(what) }
    #expect(expected.isEmpty ? found.isEmpty : found.hasSuffix(expected), "\(found)")
  }

  @Test func occurrencesOutsideAreLeftOut() throws {
    let extractor = try make(library.extractors, "")
    let input = batch(Self.three)
    #expect(
      try extractor.fit([]).occurrences(inDocument: 0, of: input) == [
        FeatureOccurrence(column: 1, range: 0..<5)
      ])
    #expect(try extractor.fit([]).occurrences(inDocument: 1, of: input).isEmpty)
  }

  @Test(arguments: [
    ("", ""), ("fit", "failed: it gave no reason"), ("score", "failed: it gave no reason"),
    ("few", "left out a score, or gave one that is not finite"),
    ("nan", "left out a score, or gave one that is not finite"),
    ("infinite", "left out a score, or gave one that is not finite"), ("linear", ""),
    ("weights", "left out a weight, or gave one that is not finite"),
    ("nan-weights", "left out a weight, or gave one that is not finite"),
  ])
  func classifiersOutOfOrder(what: String, expected: String) throws {
    let found = try message {
      let linear = try score(what).linear
      #expect((linear == nil) == (what == "linear"))
    }
    #expect(expected.isEmpty ? found.isEmpty : found.hasSuffix(expected), "\(found)")
  }

  /// Calls of the sinks in any order and number: what comes out is whole, or a sentence.
  @Test func randomCallsGiveWholeBatchesOrASentence() throws {
    var whole = 0
    for seed in 0..<3000 {
      for tracking in [false, true] {
        let found = try message {
          let output = try normalize("random", seed: seed, tracking: tracking)
          whole += 1
          #expect(output.count == 3 && output.extents.last?.end == output.bytes.count)
          #expect(output.extents.allSatisfy { $0.start <= $0.bodyStart && $0.bodyStart <= $0.end })
          if let origins = output.origins {
            #expect(origins.count == output.bytes.count)
            #expect(origins.allSatisfy { $0.start <= $0.end && $0.end <= 7 })
          }
        }
        #expect(found.isEmpty || found.hasPrefix("normalizer 'wild-texts' "))
      }
      let found = try message {
        let (rows, failures) = try extract("random", seed: seed)
        whole += 1
        #expect(rows.rowCount == 3 && rows.values.count == rows.columns.count)
        #expect(rows.columns.allSatisfy { $0 < 4 } && rows.values.allSatisfy { $0.isFinite })
        #expect(failures.keys.allSatisfy { rows.entries(ofRow: $0).isEmpty })
      }
      #expect(found.isEmpty || found.hasPrefix("feature extractor 'wild-rows' "))
    }
    #expect(whole > 100)
  }

  /// The report of the process that looks at a plugin, cut, changed, or something else: a description or a sentence.
  @Test func reportsOfAnyKindAreRead() throws {
    let report = library.description.json.serialized()
    var generator = SeededGenerator(seed: 4)
    var reports: [[UInt8]] = [
      report, [], Array("null".utf8), Array("[]".utf8), Array("{}".utf8), Array(#"{"error": {}}"#.utf8),
      Array(#"{"error": 7}"#.utf8), Array(repeatElement(UInt8(ascii: "["), count: 100_000)), report + report,
      Array(#"{"id":"x","version":"1","abi":1e300,"stages":[{}]}"#.utf8),
    ]
    for _ in 0..<150 {
      reports.append(Array(report.prefix(Int.random(in: 0..<report.count, using: &generator))))
      var changed = report
      for _ in 0..<3 {
        changed[Int.random(in: 0..<changed.count, using: &generator)] = .random(
          in: 0...255, using: &generator)
      }
      reports.append(changed)
    }
    let reader = PluginProbe(command: ["sh", "-c", "cat \"$0\" >&3"])
    for (index, report) in reports.enumerated() {
      let file = scratch.file("report")
      let output = try OutputFile(file)
      try output.write(report)
      try output.commit()
      do {
        _ = try reader.describe(file)
        #expect(index != 1)
      } catch {
        #expect(index != 0 && !error.code.isEmpty)
      }
    }
    #expect(
      try reader.describe(try scratch.write(String(decoding: report, as: UTF8.self), to: "whole"))
        == library.description)
  }
}
