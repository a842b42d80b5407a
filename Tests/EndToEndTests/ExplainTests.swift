import Foundation
import Testing

@Suite struct ExplainTests {
  @Test func text() throws {
    let output = try Command.nhan("explain", "--model", "model.safetensors", "articles", in: try fixture())
    #expect(output.status == 0 && output.messages.isEmpty)
    try Golden.expect("explain.txt", output.text)
    let short = try Command.nhan(
      "explain", "--model", "model.safetensors", "--phrases", "1", "articles/1 biển.txt", in: try fixture())
    #expect(short.lines.filter { $0.contains("  for ") }.allSatisfy { !$0.contains(", ") })
    let none = try Command.nhan(
      "explain", "--model", "model.safetensors", "--phrases", "0", in: try fixture())
    #expect(none.status == 2 && none.messages.contains("--phrases is 0"))
  }

  /// Every place leads to the phrase, in the file as it lies on the disk.
  @Test func placesLeadToThePhrasesInTheFiles() throws {
    let output = try Command.nhan(
      "explain", "--model", "model.safetensors", "--format", "json", "articles", "test", in: try fixture())
    #expect(output.status == 0 && output.lines.count == Fixture.unlabelled.count + 19)
    try Golden.expect("explain.json", output.lines.prefix(2).joined(separator: "\n") + "\n")
    var checked = 0
    for line in output.lines {
      let record = try json(line)
      let file = try fixture().read(try #require(record["id"] as? String))
      for label in try #require(record["labels"] as? [[String: Any]]) {
        let evidence = try #require(label["evidence"] as? [[String: Any]])
        let bias = try #require(label["bias"] as? Double)
        let sum = evidence.reduce(bias) { $0 + ($1["contribution"] as? Double ?? .nan) }
        #expect(abs(sum - (label["score"] as? Double ?? .nan)) < 1e-3)
        for item in evidence {
          let phrase = try #require(item["phrase"] as? String)
          for place in try #require(item["places"] as? [[String: Any]])
          where place["field"] as? String == "text" {
            let bytes = try #require(place["file-bytes"] as? [Int])
            let found = String(decoding: file[bytes[0]..<bytes[1]], as: UTF8.self)
            #expect(found.lowercased() == phrase.lowercased())
            checked += 1
          }
        }
      }
    }
    #expect(checked > 500)
  }

  @Test func standardInputIsExplainedLikeFiles() throws {
    let files = try Command.nhan("explain", "--model", "model.safetensors", "articles", in: try fixture())
    let piped = try Command.nhan(
      "explain", "--model", "model.safetensors", "-", in: try fixture(), input: Fixture.lines)
    #expect(piped.text == files.text)
  }
}
