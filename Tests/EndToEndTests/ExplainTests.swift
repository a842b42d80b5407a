import Foundation
import TestSupport
import Testing

@Suite struct ExplainTests {
  @Test func text() throws {
    let output = try Command.nhan("explain", "--model", "model.safetensors", "articles", in: try fixture())
    #expect(output.status == 0 && output.messages.isEmpty)
    try Golden.expect("explain.txt", output.text)
    let short = try Command.nhan(
      "explain", "--model", "model.safetensors", "--phrases", "1", "articles/1 biển.txt", in: try fixture())
    let supporting = short.lines.filter { $0.contains("  for ") }
    #expect(!supporting.isEmpty)
    #expect(
      supporting.allSatisfy { $0.components(separatedBy: ", ").count == ($0.contains(" more ") ? 2 : 1) })
    let none = try Command.nhan(
      "explain", "--model", "model.safetensors", "--phrases", "0", in: try fixture())
    #expect(none.status == 2 && none.messages.contains("--phrases is 0"))
  }

  /// Checks that every place of a list of phrases leads to the phrase, in bytes and in characters of the file; gives
  /// how many there are.
  private func check(_ evidence: [[String: Any]], in file: Data) throws -> Int {
    let characters = Array(String(decoding: file, as: UTF8.self).unicodeScalars)
    var count = 0
    for item in evidence {
      let phrase = try #require(item["phrase"] as? String)
      for (index, place) in try #require(item["places"] as? [[String: Any]]).enumerated() {
        let bytes = try #require(place["file-bytes"] as? [Int])
        let found = Array(file[bytes[0]..<bytes[1]])
        let scalars = try #require(place["file-characters"] as? [Int])
        var text = String.UnicodeScalarView()
        text.append(contentsOf: characters[scalars[0]..<scalars[1]])
        #expect(found == Array(String(text).utf8), "\(phrase)")
        // One phrase may stand there in several spellings; the first is its name.
        if index == 0 { #expect(found == Array(phrase.utf8)) }
        count += 1
      }
    }
    return count
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
        checked += try check(evidence, in: file)
      }
    }
    #expect(checked > 500)
  }

  /// A saved page with everything that moves text about on the way to the model.
  private static let page = """
    \u{FEFF}---
    title: "😀 Ngư dân và hải quân"
    labels: [seas]
    nguồn: đảo
    ---
    Trang chủ | Thời sự | Kinh tế | Thể thao
    Đăng nhập
    Ta\u{300}u ca\u{301} ở Hoa\u{300}ng Sa 🇻🇳
    Hai chiếc t&#224;u c&aacute; của ngư dân 𝐁 được hải quân cứu; huân chương hòa bình và hoà bình được trao tặng hôm nay.
    Chia sẻ: Facebook Zalo Twitter
    Theo người dân, tàu cá, ngư dân và hải\u{200B} quân đã về đảo Lý Sơn trong ngày 😀, biển Đông lặng.
    Bình luận (0)

    """

  @Test func placesInAFileWithEverythingThatMovesText() throws {
    let folder = TemporaryFolder()
    folder.write("page.txt", Self.page)
    let model = try fixture().path("model.safetensors")
    let file = Data(Self.page.utf8)
    let output = try Command.nhan(
      "explain", "--model", model, "--format", "json", "page.txt", in: folder)
    let labels = try #require(try json(output.text)["labels"] as? [[String: Any]])
    let evidence = try #require(labels[0]["evidence"] as? [[String: Any]])
    #expect(try check(evidence, in: file) > 20)
    func spellings(_ phrase: String, _ field: String = "text") throws -> [String] {
      let item = try #require(evidence.first { ($0["phrase"] as? String) == phrase }, "\(phrase)")
      return try #require(item["places"] as? [[String: Any]]).filter { $0["field"] as? String == field }
        .map { place in
          let bytes = try #require(place["file-bytes"] as? [Int])
          return String(decoding: file[bytes[0]..<bytes[1]], as: UTF8.self)
        }
    }
    let boats = try spellings("Ta\u{300}u ca\u{301}")
    #expect(
      boats.map { Array($0.utf8) }
        == ["Ta\u{300}u ca\u{301}", "t&#224;u c&aacute;", "tàu cá"].map { Array($0.utf8) })
    #expect(try spellings("Ngư dân", "title") == ["Ngư dân"])
    #expect(try spellings("Ngư dân") == ["ngư dân", "ngư dân"])
    #expect(
      try spellings("hải quân").map { Array($0.utf8) }
        == [Array("hải quân".utf8), Array("hải\u{200B} quân".utf8)])
    // classify gives the same places.
    let tagged = try Command.nhan("classify", "--model", model, "--evidence", "100", "page.txt", in: folder)
    let reasons = try #require(
      (try json(tagged.text)["evidence"] as? [String: [String: Any]])?["seas"])
    let supporting = try #require(reasons["for"] as? [[String: Any]])
    let expected = evidence.filter { ($0["contribution"] as? Double ?? 0) > 0 }
    #expect(supporting as NSArray == expected as NSArray)
  }

  /// What is shown and what is not add up to the score, in both formats.
  @Test(arguments: [1, 2, 5]) func whatIsShownAndWhatIsNotAddUp(shown: Int) throws {
    let output = try Command.nhan(
      "classify", "--model", "model.safetensors", "--evidence", "\(shown)", "articles", "test",
      in: try fixture())
    var hidden = 0
    for line in output.lines {
      for (_, reasons) in try #require(try json(line)["evidence"] as? [String: [String: Any]]) {
        let phrases = try ["for", "against"].flatMap { side in
          let list = try #require(reasons[side] as? [[String: Any]])
          #expect(list.count <= shown)
          return list
        }
        let others = try #require(reasons["others"] as? [String: Any])
        hidden += try #require(others["phrases"] as? Int)
        let sum = phrases.reduce(try #require(reasons["bias"] as? Double)) {
          $0 + ($1["contribution"] as? Double ?? .nan)
        }
        let rest = try #require(others["contribution"] as? Double)
        #expect(abs(sum + rest - (reasons["score"] as? Double ?? .nan)) < 1e-4)
      }
    }
    #expect(hidden > 100)

    let text = try Command.nhan(
      "explain", "--model", "model.safetensors", "--phrases", "\(shown)", "articles", in: try fixture())
    let number = /[+-]\d+\.\d{3}/
    var expected: Double?
    var sum = 0.0
    var checked = 0
    for line in text.lines + ["  ● end"] {
      let numbers = line.matches(of: number).compactMap { Double($0.output) }
      if line.wholeMatch(of: #/  [●◐○] .*/#) != nil {
        if let expected {
          #expect(abs(sum - expected) < 0.0006 * Double(2 * shown + 4))
          checked += 1
        }
        (expected, sum) = (numbers.first, numbers.dropFirst().reduce(0, +))
      } else if line.hasPrefix("      ") {
        sum += numbers.reduce(0, +)
      }
    }
    #expect(checked == 3 * Fixture.unlabelled.count)
  }

  @Test func standardInputIsExplainedLikeFiles() throws {
    let files = try Command.nhan("explain", "--model", "model.safetensors", "articles", in: try fixture())
    let piped = try Command.nhan(
      "explain", "--model", "model.safetensors", "-", in: try fixture(), input: Fixture.lines)
    #expect(piped.text == files.text)
  }
}
