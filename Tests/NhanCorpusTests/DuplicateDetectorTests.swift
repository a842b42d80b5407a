import NhanCore
import NhanCorpus
import TestSupport
import Testing

@Suite struct DuplicateDetectorTests {
  private func document(_ id: String, line: Int?) -> Record {
    .document(Document(id: id, text: [0x78], place: Place(file: "f.jsonl", line: line)))
  }

  @Test func laterOnesAreFailures() {
    var detector = DuplicateDetector()
    #expect(Summary(detector.check(document("a", line: 1))).failure == nil)
    #expect(Summary(detector.check(document("b", line: nil))).failure == nil)
    let second = Summary(detector.check(document("a", line: 3)))
    #expect(second.id == "a")
    #expect(second.failure?.code == "duplicate-id")
    #expect(second.failure?.kind == .record)
    #expect(second.failure?.message == "the id 'a' was given before, at f.jsonl:1")
    #expect(second.failure?.place == Place(file: "f.jsonl", line: 3))
    #expect(Summary(detector.check(document("a", line: 4))).failure?.message.hasSuffix("f.jsonl:1") == true)
    #expect(Summary(detector.check(document("b", line: 5))).failure?.message.hasSuffix("at f.jsonl") == true)
    let failure = Record.failure(id: "a", NhanError(.record, code: "x", "y"))
    #expect(Summary(detector.check(failure)).failure?.code == "x")
  }

  @Test func agreesWithAListOfTheLast() {
    var random = SeededGenerator(seed: 11)
    var detector = DuplicateDetector(capacity: 16)
    var last: [(id: String, line: Int)] = []
    var duplicates = 0
    for line in 1...5000 {
      let id = "id-\(random.below(40))"
      let found = Summary(detector.check(document(id, line: line))).failure
      if let first = last.first(where: { $0.id == id }) {
        duplicates += 1
        #expect(found?.message == "the id '\(id)' was given before, at f.jsonl:\(first.line)")
      } else {
        #expect(found == nil)
        last.append((id, line))
        if last.count > 16 { last.removeFirst() }
      }
    }
    #expect(duplicates > 1000)
  }
}
