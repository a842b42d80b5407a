import Glibc
import NhanCore
import NhanCorpus
import TestSupport
import Testing

@testable import NhanPipeline

@Suite struct TaggerTests {
  private let folder = TemporaryFolder()

  /// What became of a record, in a form that can be compared.
  private struct Result: Equatable, Sendable {
    var id: String?
    var probabilities: [Float] = []
    var labels: [Int] = []
    var code: String?

    init(_ outcome: Outcome) {
      switch outcome {
      case .failure(let id, let error):
        self.id = id
        code = error.code
      case .tagged(let tagged):
        id = tagged.document.id
        probabilities = tagged.probabilities
        labels = tagged.labels
      }
    }
  }

  private static func run(_ paths: [String], threads: Int = 1, chunkSize: Int = 1024) throws -> [Result] {
    var reader = try CorpusReader(paths: paths, chunkSize: chunkSize)
    var results: [Result] = []
    try Tagger(model: try Sample.model.get(), threads: threads).run(&reader) {
      results += $0.map { Result($0) }
    }
    return results
  }

  @Test func folderFileAndPipeGiveTheSame() throws {
    // Ids in the order in which a folder is walked.
    let documents = Sample.documents(90, seed: 4).sorted { $0.id + ".txt" < $1.id + ".txt" }
    for document in documents {
      let title = String(decoding: document.title, as: UTF8.self)
      let text = String(decoding: document.text, as: UTF8.self)
      folder.write(
        "articles/\(document.id).txt", "---\nid: \(document.id)\ntitle: \(title)\n---\n\(text)")
    }
    let expected = try Tagger(model: try Sample.model.get()).tag(documents).map { Result(.tagged($0)) }
    #expect(expected.map(\.id) == documents.map(\.id))
    let lines = Sample.jsonLines(documents, labelled: false)
    let file = folder.write("articles.jsonl", lines)
    for threads in [1, 2, 5] {
      #expect(try Self.run([folder.path("articles")], threads: threads) == expected)
      #expect(try Self.run([file], threads: threads) == expected)
      // Small enough for the pipe's buffer.
      var ends: [CInt] = [0, 0]
      #expect(pipe(&ends) == 0)
      #expect(lines.count < 60_000)
      _ = lines.withUnsafeBytes { OutputFile.write($0, to: ends[1]) }
      close(ends[1])
      defer { close(ends[0]) }
      #expect(try Self.run(["/dev/fd/\(ends[0])"], threads: threads) == expected)
    }
    for chunkSize in [64, 1 << 20] { #expect(try Self.run([file], chunkSize: chunkSize) == expected) }
  }

  @Test func failuresStandInTheirPlace() throws {
    let lines = """
      {"id": "a", "text": "tàu cá Hoàng Sa"}
      {"id": "b"}
      {"id": "c", "text": "công văn của Thủ tướng"}
      {"id": "a", "text": "lại là a"}
      nothing
      {"id": "e", "text": ""}
      {"text": "không có id"}
      """
    let file = folder.write("mixed.jsonl", lines)
    for threads in [1, 2, 5] {
      for chunkSize in [16, 4096] {
        let results = try Self.run([file], threads: threads, chunkSize: chunkSize)
        #expect(results.map(\.id) == ["a", "b", "c", "a", nil, "e", "\(file):7"])
        #expect(
          results.map(\.code) == [
            nil, "missing-text", nil, "duplicate-id", "bad-json", "empty-document", nil,
          ])
        #expect(results[0].labels == [2] && results[2].labels == [1])
      }
    }
  }

  @Test func aDocumentIsTaggedTheSameInAnyCompany() throws {
    let documents = Sample.documents(130, seed: 12)
    let tagger = Tagger(model: try Sample.model.get(), threads: 2)
    let together = try tagger.tag(documents).map(\.probabilities)
    for index in stride(from: 0, to: documents.count, by: 13) {
      #expect(try tagger.tag([documents[index]])[0].probabilities == together[index])
    }
    #expect(try tagger.tag([]).isEmpty)
  }

  @Test func decisionsFollowTheThresholds() throws {
    let model = try Sample.model.get()
    for tagged in try Tagger(model: model).tag(Sample.documents(50, seed: 3)) {
      let given = model.labels.indices.filter { tagged.probabilities[$0] >= model.thresholds[$0] }
      #expect(tagged.labels == given)
    }
  }

  @Test func titlesAreFoundWhereThereIsNone() throws {
    let page =
      "Đăng nhập\n\nTàu cá về bến\nHôm nay các ngư dân đã trở về đất liền sau hai tuần trên biển Đông.\n"
    let place = Place(file: "p")
    let documents = [
      Document(id: "1", text: Array(page.utf8), place: place),
      Document(id: "2", title: Array("Đã có".utf8), text: Array(page.utf8), place: place),
    ]
    let found = try Tagger(model: try Sample.model.get(), findsTitles: true).tag(documents).map(\.foundTitle)
    #expect(found[0].map { String(decoding: $0, as: UTF8.self) } == "Tàu cá về bến")
    #expect(found[1] == nil)
    let unasked = try Tagger(model: try Sample.model.get()).tag(documents)
    #expect(unasked.allSatisfy { $0.foundTitle == nil && $0.explanation == nil })
  }

  @Test func replacementsAreCounted() throws {
    let bytes = Array("tàu cá ".utf8) + [0xff] + Array(" về bến ".utf8) + [0xc3] + Array(" bình an".utf8)
    let document = Document(id: "1", text: bytes, place: Place(file: "p"))
    #expect(try Tagger(model: try Sample.model.get()).tag([document])[0].replacements == 2)
  }
}

@Suite struct NearMissTests {
  @Test func labelsNotGivenWithHalfOfWhatItTakes() throws {
    let model = try Sample.model.get()
    let thresholds = model.thresholds
    let near = thresholds.indices.map { $0 == 1 ? thresholds[1] * 0.6 : $0 == 2 ? thresholds[2] : 0 }
    #expect(model.decide(near) == [2] && model.nearMisses(near) == [1])
    #expect(model.nearMisses(thresholds.map { $0 * 0.4 }).isEmpty)
    #expect(model.nearMisses(thresholds.map { $0 * 0.5 }) == [0, 1, 2])
    let single = try Sample.train(
      Sample.documents(60, single: true), yaml: Sample.yaml + "\ntask: single-label"
    ).model
    #expect(single.nearMisses([0.5, 0.3, 0.2]) == [1])
    #expect(single.nearMisses([0.8, 0.1, 0.1]).isEmpty)
  }
}
