import NhanCore
import NhanCorpus
import TestSupport
import Testing

@Suite struct DuplicateDetectorTests {
  private func document(_ id: String, file: String = "f.jsonl", line: Int?) -> Record {
    .document(Document(id: id, text: [0x78], place: Place(file: file, line: line)))
  }

  @Test func laterOnesAreFailures() {
    let detector = DuplicateDetector()
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

  /// Of files with few and with many ids, remembering few and more than its first table holds.
  @Test(arguments: [1, 16, 300, 8000], [1, 7, 900])
  func agreesWithTheLastByName(capacity: Int, lines: Int) {
    var random = SeededGenerator(seed: 11)
    let detector = DuplicateDetector(capacity: capacity)
    var known: [String: String] = [:]
    // In their order, the forgotten ones at the front.
    var ids: [String] = []
    var duplicates = 0
    for line in 1...max(5000, 3 * capacity) {
      let id = "id-\(random.below(2 * capacity + 8))"
      let file = "\(line / lines).jsonl"
      let found = Summary(detector.check(document(id, file: file, line: line))).failure
      if let first = known[id] {
        duplicates += 1
        #expect(found?.message == "the id '\(id)' was given before, at \(first)")
      } else {
        #expect(found == nil)
        known[id] = "\(file):\(line)"
        ids.append(id)
        if ids.count > capacity { known[ids[ids.count - 1 - capacity]] = nil }
      }
    }
    #expect(duplicates > 400 && ids.count > 2 * capacity / 3)
  }
}
