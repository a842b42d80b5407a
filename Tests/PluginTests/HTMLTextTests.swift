import NhanCore
import NhanPlugins
import Testing

/// Articles out of pages. Where libxml2 is not installed, the stage must say so.
@Suite struct HTMLTextTests {
  private func normalized(_ page: [UInt8], title: String = "") throws -> (title: String, body: String)? {
    let factory = try #require(try PluginLibrary(Paths.plugin("HTMLText")).normalizers.first)
    let normalizer: any Normalizer
    do { normalizer = try factory.make(try factory.options.values("{}")) } catch let error as NhanError {
      #expect(error.message.contains("libxml2.so.2 is not installed"))
      return nil
    }
    var input = TextBatch()
    input.append(title: Array(title.utf8), body: page)
    var output = TextBatch()
    try normalizer.normalize(input, into: &output)
    let extent = output.extents[0]
    return (
      String(decoding: output.bytes[extent.title], as: UTF8.self),
      String(decoding: output.bytes[extent.body], as: UTF8.self)
    )
  }

  private static let page = """
    <!DOCTYPE html><html><head><title>Tàu cá - Báo</title><style>p{}</style></head><body>
    <nav><a href=/>Trang chủ</a></nav><header>Đăng nhập</header>
    <article><h1>Tàu cá <em>gặp nạn</em></h1><p>Sáng 5/3, tàu &amp; 12 <b>ngư dân</b>&nbsp;gặp nạn.<p>Dòng<br>sau
       đó. <div><a href=x>Xem thêm: tin khác</a></div><script>var x = "<p>";</script>
    <p>Đọc <a href=y>tin</a> về biển đảo quê hương.</article>
    <footer>Bản quyền</footer></body></html>
    """

  @Test func theArticleAndItsTitleStay() throws {
    guard let found = try normalized(Array(Self.page.utf8)) else { return }
    #expect(found.title == "Tàu cá gặp nạn")
    #expect(
      found.body
        == "Sáng 5/3, tàu & 12 ngư dân\u{a0}gặp nạn.\nDòng\nsau đó.\nĐọc tin về biển đảo quê hương.\n")
  }

  @Test func aTitleOfTheRecordIsKept() throws {
    guard let found = try normalized(Array(Self.page.utf8), title: "Tiêu đề") else { return }
    #expect(found.title == "Tiêu đề" && found.body.hasPrefix("Tàu cá gặp nạn\n"))
  }

  @Test func otherCharacterSetsAreRead() throws {
    let page =
      Array("<html><head><meta charset=iso-8859-1><title>caf".utf8) + [0xe9] + Array("</title><body><p>".utf8)
      + [0xe0] + Array(" la carte".utf8)
    guard let found = try normalized(page) else { return }
    #expect(found.title == "café" && found.body == "à la carte\n")
  }

  @Test(arguments: ["", "Văn bản thường <b>không</b> phải trang", "<p>một đoạn</p>", "a < b > c"])
  func textsThatAreNoPagesPass(text: String) throws {
    guard let found = try normalized(Array(text.utf8)) else { return }
    #expect(found.body == text)
  }

  /// Damaged pages: every prefix of one, and one with random bytes in it.
  @Test func damagedPagesDoNoHarm() throws {
    let page = Array(Self.page.utf8)
    for end in stride(from: 0, to: page.count, by: 13) { _ = try normalized(Array(page[..<end])) }
    var generator = SplitMix(seed: 3)
    for _ in 0..<50 {
      var damaged = page
      for _ in 0..<20 {
        damaged[Int.random(in: 20..<page.count, using: &generator)] = .random(in: 0...255, using: &generator)
      }
      _ = try normalized(damaged)
    }
  }
}
