import Foundation
import TestSupport
import Testing

@Suite struct DataCheckTests {
  private let folder = TemporaryFolder()

  private func check(_ arguments: String...) throws -> Output {
    try Command.run([Command.binary, "data", "check"] + arguments, in: folder)
  }

  private static func article(_ labels: String, _ text: String) -> String {
    "---\nlabels: [\(labels)]\n---\n\(text)\n"
  }

  private static let story = """
    Sáng nay ngư dân xã đảo đã kéo được chiếc tàu cá bị nạn về cảng sau hai ngày đêm vật lộn với sóng to gió lớn ở \
    ngoài khơi. Bộ đội biên phòng cho biết cả mười hai thuyền viên đều khỏe mạnh và đang được chăm sóc tại trạm xá.
    """

  @Test func cleanDataPass() throws {
    folder.write("train/a.txt", Self.article("seas", "Tàu cá về bến bình an trong chiều muộn hôm qua."))
    folder.write("test/b.txt", Self.article("seas", "Giá lúa vụ mùa năm nay tăng nhẹ ở miền Tây."))
    let output = try check("train", "test", "--minimum-documents", "1")
    #expect(output.status == 0 && output.messages.isEmpty, "\(output.messages)\(output.text)")
  }

  /// Each fault is found, named with its file, and fails the check.
  @Test func everyFaultIsFound() throws {
    folder.write("config.yaml", Fixture.configuration)
    folder.write("train/story.txt", Self.article("seas", Self.story))
    folder.write(
      "train/near.txt", Self.article("seas", Self.story.replacing("hai ngày", with: "ba ngày")))
    folder.write("test/copy.txt", Self.article("seas", Self.story))
    folder.write(
      "train/rare.txt", Self.article("orders", "Công văn khẩn về việc phòng chống bão số năm."))
    folder.write("train/unknown.txt", Self.article("see", "Một bài có nhãn mà cấu hình không biết đến."))
    folder.write("train/string.txt", "---\nlabels: seas\n---\nNhãn không phải là danh sách.\n")
    folder.write("train/open.txt", "---\nlabels: [seas]\nKhông có dòng kết thúc.\n")
    let decomposed = "Chủ tịch nước trao huân chương".decomposedStringWithCanonicalMapping
    folder.write("train/nfd.txt", Self.article("awards", decomposed + " cho các thầy cô giáo vùng cao."))
    let garbled = String(decoding: "Thủ tướng đã ký".utf8.map(UInt16.init), as: UTF16.self)
    folder.write("train/garbled.txt", Self.article("orders", garbled + " một văn bản mới trong tuần."))
    folder.write(
      "train/page.txt",
      Self.article(
        "awards",
        """
        Trang chủ
        Đăng nhập
        Nghệ sĩ được trao tặng danh hiệu cao quý trong buổi lễ trang trọng tại nhà hát thành phố tối qua.
        Chia sẻ Facebook Zalo
        Bình luận (0)
        """))
    let output = try check(
      "train", "test", "--config", "config.yaml", "--format", "json", "--minimum-documents", "2")
    #expect(output.status == 1)
    let report = try json(output.text)
    let findings = try #require(report["findings"] as? [[String: Any]])
    for (kind, file) in [
      ("near-duplicate", "train/near.txt"), ("leak", "test/copy.txt"), ("record", "train/unknown.txt"),
      ("record", "train/string.txt"), ("record", "train/open.txt"), ("encoding", "train/nfd.txt"),
      ("encoding", "train/garbled.txt"), ("boilerplate", "train/page.txt"),
    ] {
      let found = findings.contains { finding in
        let text = String(describing: finding)
        return finding["kind"] as? String == kind && text.contains(file)
      }
      #expect(found, "\(kind) of \(file) in \(output.text)")
    }
    #expect(findings.contains { $0["kind"] as? String == "rare-label" })
    for kind in ["record", "near-duplicate", "leak", "rare-label", "encoding"] {
      #expect(output.messages.contains("too many findings of '\(kind)'"), "\(output.messages)")
    }
    let allowed = ["record", "near-duplicate", "leak", "rare-label", "encoding", "repeated-sentence"].flatMap
    {
      ["--allow", "\($0)=any"]
    }
    let tolerant = try Command.run(
      [Command.binary, "data", "check", "train", "test", "--minimum-documents", "2"] + allowed, in: folder)
    #expect(tolerant.status == 0 && tolerant.messages.isEmpty, "\(tolerant.messages)")
  }

  /// A label that nothing in the text speaks for, in data that otherwise say what they are.
  @Test func doubtedLabelsAreNamedWithTheirEvidence() throws {
    folder.write("config.yaml", Fixture.configuration)
    for (index, article) in Fixture.articles(60, seed: 7).enumerated() {
      folder.write("train/\(index).txt", article)
    }
    folder.write(
      "train/wrong.txt",
      Self.article(
        "orders", "Hôm nay tàu cá của ngư dân gần Hoàng Sa, hải quân đưa về đảo Lý Sơn, biển Đông."))
    let output = try check(
      "train", "--config", "config.yaml", "--doubt", "0.9", "--allow", "doubtful-label=0", "--allow",
      "near-duplicate=any", "--allow", "repeated-sentence=any")
    #expect(output.status == 1 && output.messages.contains("'doubtful-label'"), "\(output.messages)")
    let line = try #require(output.lines.first { $0.contains("wrong.txt") && $0.contains("lacks") })
    #expect(line.contains("'seas'") && line.contains("by these phrases: "), "\(line)")
  }

  @Test(arguments: [["-"], ["nowhere"], ["train", "--allow", "nonsense=1"], ["train", "--show=-1"]])
  func wrongUse(arguments: [String]) throws {
    folder.write("train/a.txt", Self.article("seas", "Tàu cá về bến."))
    let output = try Command.run([Command.binary, "data", "check"] + arguments, in: folder)
    #expect(output.status > 0 && !output.messages.isEmpty && output.bytes.isEmpty || arguments == ["nowhere"])
    #expect(output.status != 0)
  }
}
