import NhanCore
import TestSupport
import Testing

@testable import NhanPipeline

@Suite struct LabelSetsTests {
  private static let labels = ["biển", "biên giới", "giải thưởng", "chỉ đạo"].map { Label(key: $0) }

  /// What `targets` should give, document by document.
  private static func values(_ documents: [[String]], _ labels: [Label]) -> [UInt8] {
    documents.flatMap { own in labels.map { own.contains($0.key) ? 1 : 0 } }
  }

  private static func documents(_ seed: UInt64) -> [[String]] {
    var random = SeededGenerator(seed: seed)
    return (0..<Int.random(in: 0...40, using: &random)).map { _ in
      labels.map(\.key).shuffled(using: &random).prefix(Int.random(in: 0...3, using: &random)).map { $0 }
    }
  }

  @Test(arguments: 0..<50 as Range<UInt64>) func targetsAreThoseOfTheDocuments(seed: UInt64) {
    let documents = Self.documents(seed)
    var sets = LabelSets()
    // In parts, each of which meets the labels in an order of its own.
    for part in Parallel.chunks(of: documents.count, size: 7) {
      var own = LabelSets()
      for labels in documents[part] { own.append(labels) }
      sets.append(contentsOf: own)
    }
    #expect(sets.count == documents.count)
    #expect(sets.keys.sorted() == Set(documents.joined()).sorted())
    #expect(sets.emptyCount == documents.count(where: \.isEmpty))
    #expect(sets.targets(Self.labels).values == Self.values(documents, Self.labels))
    let some = Array(Self.labels[1...2])
    #expect(sets.targets(some).values == Self.values(documents, some))

    var random = SeededGenerator(seed: seed)
    let chosen = documents.indices.filter { _ in Bool.random(using: &random) }
    let selected = sets.selecting(chosen)
    #expect(selected.targets(Self.labels).values == Self.values(chosen.map { documents[$0] }, Self.labels))
  }
}
