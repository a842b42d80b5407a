import Foundation
import TestSupport
import Testing

/// Small labelled data, a configuration, and a model trained on them by the command.
final class Fixture: Sendable {
  let folder = TemporaryFolder()
  /// What training said.
  let training: Output

  /// One for all tests: they read it only.
  static let shared = Result { try Fixture() }

  private init() throws {
    folder.write("config.yaml", Self.configuration)
    for (index, article) in Self.articles(48, seed: 1).enumerated() {
      folder.write("train/\(index + 100).txt", article)
    }
    for (index, article) in Self.articles(18, seed: 2).enumerated() {
      folder.write("test/\(index + 100).txt", article)
    }
    // One that nothing in the text tells, so that figures are not all 1.
    folder.write("test/200.txt", "---\nlabels: [awards]\nform: tin\n---\nHôm nay\n\nTheo người dân.\n")
    for (name, text) in Self.unlabelled { folder.write("articles/\(name).txt", text) }
    training = try Command.nhan(
      "train", "--config", "config.yaml", "--data", "train", "--output", "model.safetensors", in: folder)
  }

  /// The tolerance is far below what golden files show, so that they hold with any BLAS.
  static let configuration = """
    labels: {seas: "Biển, đảo", awards: Khen thưởng, orders: Chỉ đạo}
    normalizers: [{use: boilerplate}, {use: unicode}]
    features: [{use: word-ngrams}, {use: document-numbers, minimum-documents: 1}]
    classifier: {use: logistic, l2: 0.1, tolerance: 1e-8}

    """

  static let labels = ["seas", "awards", "orders"]
  private static let words = [
    ["tàu cá", "Hoàng Sa", "hải quân", "ngư dân", "đảo Lý Sơn", "biển Đông"],
    ["giải thưởng", "huân chương", "trao tặng", "vinh danh", "bằng khen", "lễ khen thưởng"],
    ["chỉ thị", "Thủ tướng", "yêu cầu", "công văn", "ban hành", "837/QĐ-TTg"],
  ]
  private static let filler = [
    "ngày", "hôm nay", "theo", "người dân", "tỉnh", "thành phố", "trong", "năm", "cùng", "các", "đã",
  ]

  /// Articles with front matter, each with one label, two or none.
  static func articles(_ count: Int, seed: UInt64) -> [String] {
    var state = seed
    func below(_ bound: Int) -> Int {
      // SplitMix64 (Steele, Lea, Flood 2014).
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return Int((z ^ (z >> 31)) % UInt64(bound))
    }
    return (0..<count).map { index in
      var own = [index % 3]
      if below(5) == 0 { own = [] }
      if below(6) == 0 { own.append((index + 1) % 3) }
      var parts = (0..<10).map { _ in filler[below(filler.count)] }
      for label in own {
        for _ in 0..<3 { parts.insert(words[label][below(6)], at: below(parts.count)) }
      }
      let names = own.map { labels[$0] }.joined(separator: ", ")
      return """
        ---
        title: Bài số \(index)
        labels: [\(names)]
        form: \(index % 2 == 0 ? "tin" : "bài")
        ---
        \(parts.joined(separator: " ")).

        """
    }
  }

  static let unlabelled: [(name: String, text: String)] = [
    (
      "1 biển",
      "Tàu cá Quảng Ngãi gặp nạn gần Hoàng Sa\n\nHải quân đã đưa các ngư dân về đảo Lý Sơn hôm nay.\n"
    ),
    (
      "2 khen",
      "Trao tặng huân chương\n\nLễ khen thưởng vinh danh các người dân trong năm; bằng khen cho tỉnh.\n"
    ),
    ("3 lệnh", "Thủ tướng yêu cầu\n\nChỉ thị ban hành ngày hôm nay theo công văn 837/QĐ-TTg, \"khẩn\".\n"),
    (
      "4 cả hai",
      "Vinh danh ngư dân\n\nHải quân trao tặng bằng khen cho tàu cá ở biển Đông, giải thưởng của năm.\n"
    ),
    ("5 không", "=Không có gì\n\nHôm nay trong thành phố.\n"),
    ("6 NFD", "Ta\u{300}u ca\u{301} ở Hoa\u{300}ng Sa\n\nNgư dân &amp; h&#7843;i quân.\n"),
  ]

  /// The unlabelled articles as JSONL, with the ids that they have as files of `articles`.
  static let lines = Data(
    unlabelled.map { name, text in
      let escaped = text.replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
      return #"{"id":"articles/\#(name).txt","text":"\#(escaped)"}"# + "\n"
    }.joined().utf8)
}

/// The shared data with its model.
func fixture() throws -> TemporaryFolder {
  let fixture = try Fixture.shared.get()
  try #require(fixture.training.status == 0, "\(fixture.training.messages)")
  return fixture.folder
}
