import NhanCore
import Testing

@testable import NhanPipeline

@Suite struct LabelDoubtsTests {
  private func find(_ documents: [Document], yaml: String = Sample.yaml) throws -> [LabelDoubt] {
    try LabelDoubts(configuration: try Sample.configuration(yaml), strength: 0.8, threads: 1).find(
      in: documents)
  }

  private static func mislabelled(_ document: Document) -> Document {
    document.labelled(document.labels == ["seas"] ? ["awards"] : ["seas"])
  }

  @Test func wrongLabelsAreFoundAndRightOnesLeftAlone() throws {
    var documents = Sample.documents(120, seed: 61)
    // Every label turned into another: these documents speak of the first and carry the second.
    let wrong = [10, 40, 70]
    for row in wrong { documents[row] = Self.mislabelled(documents[row]) }
    let doubts = try find(documents)
    let carried = doubts.filter(\.isCarried)
    #expect(Set(carried.map(\.document)).isSuperset(of: wrong))
    #expect(carried.count <= wrong.count + 2)
    for doubt in carried {
      #expect(doubt.probability <= 0.2 && documents[doubt.document].labels!.contains(doubt.label.key))
    }
    for doubt in doubts.filter({ !$0.isCarried }) {
      #expect(doubt.probability >= 0.8 && !doubt.evidence.isEmpty)
      #expect(doubt.evidence.allSatisfy { $0.contribution > 0 })
    }
    let strengths = doubts.map { min($0.probability, 1 - $0.probability) }
    #expect(strengths == strengths.sorted())
  }

  @Test func documentsThatCannotBeUsedAreLeftOut() throws {
    var documents = Sample.documents(60, seed: 62)
    documents[4] = documents[4].labelled(nil)
    #expect(
      try find(documents, yaml: "labels: [seas, awards, orders]\n" + Sample.yaml).allSatisfy {
        $0.document != 4
      })
    #expect(try find(Array(documents.prefix(1))).isEmpty)
  }

  @Test func oneLabelADocumentIsDoubtedToo() throws {
    var documents = Sample.documents(90, seed: 63, single: true)
    documents[30] = Self.mislabelled(documents[30])
    let doubts = try find(documents, yaml: "task: single-label\n" + Sample.yaml)
    #expect(doubts.filter(\.isCarried).map(\.document) == [30])
  }
}
