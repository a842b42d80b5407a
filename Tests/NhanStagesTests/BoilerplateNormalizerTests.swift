import Foundation
import NhanCore
import NhanStages
import Testing

private func makeNormalizer(_ options: (String, JSONValue)...) throws -> BoilerplateNormalizer {
  let entries = options.map { ConfigNode.Entry(key: $0.0, place: nil, value: ConfigNode(json: $0.1)) }
  return BoilerplateNormalizer(
    options: try BoilerplateNormalizer.options.validate(entries, of: "normalizer 'boilerplate'", at: nil))
}

private func strip(_ page: [UInt8], title: String = "", with normalizer: BoilerplateNormalizer) -> [UInt8] {
  var input = TextBatch()
  input.append(title: Array(title.utf8), body: page)
  var output = TextBatch()
  normalizer.normalize(input, into: &output)
  return Array(output.bytes[output.extents[0].body])
}

private func strip(_ page: String, title: String = "") throws -> String {
  String(decoding: strip(Array(page.utf8), title: title, with: try makeNormalizer()), as: UTF8.self)
}

private func lines(_ text: String) -> [String] { text.split(separator: "\n").map(String.init) }

/// A page whose lines are marked `+` when they are the article's and `-` when they are not.
private struct MarkedPage: CustomTestStringConvertible {
  var name: String
  var title = ""
  var marked: String

  var testDescription: String { name }
  var text: String { lines(marked).map { String($0.dropFirst(2)) }.joined(separator: "\n\n") + "\n" }
  var kept: [String] { lines(marked).filter { $0.hasPrefix("+") }.map { String($0.dropFirst(2)) } }
}

private let pages = [
  MarkedPage(
    name: "log-in prompt, doubled caption, share bar",
    marked: """
      - Đăng nhập
      - Đăng nhập để lưu bài viết và nhận thêm quà tặng mỗi tuần
      - Facebook
      + Làng nghề mây tre Phú Lễ tìm lối ra cho sản phẩm truyền thống
      + Sau nhiều năm vắng khách, các hộ làm mây tre ở Phú Lễ đã bắt đầu bán hàng qua mạng và nhận đơn từ nước ngoài.
      + Bà Sáu chẻ nan trước hiên nhà trong một buổi chiều cuối tháng chạp
      - Bà Sáu chẻ nan trước hiên nhà trong một buổi chiều cuối tháng chạp
      + Theo hợp tác xã, doanh thu quý vừa rồi tăng gấp đôi so với cùng kỳ, chủ yếu nhờ các đơn hàng rổ và đèn trang trí.
      + Lê Minh
      - Chia sẻ: Facebook Zalo Twitter
      - In bài viết
      """),
  MarkedPage(
    name: "menu, breadcrumb, time stamp, related cards to the end",
    marked: """
      - Trang chủ Kinh tế Nông nghiệp
      - 08:15 | 03/04/2021 GMT+7
      + Nông dân Đồng Sen chuyển sang trồng lúa hữu cơ
      - aa
      + Vụ xuân năm nay, hơn hai trăm hộ ở xã Đồng Sen đã bỏ phân hóa học để trồng lúa theo hướng dẫn của kỹ sư huyện.
      - Hướng dẫn ủ phân từ rơm rạ tại ruộng nhà Hướng dẫn ủ phân từ rơm rạ tại ruộng nhà
      - Rơm sau khi gặt được gom thành đống, tưới men vi sinh rồi phủ bạt trong vòng bốn mươi ngày thì có thể ...
      + Ông Tư Hiền cho biết năng suất giảm nhẹ nhưng giá bán cao hơn, tính ra mỗi sào vẫn lãi thêm gần một triệu đồng.
      - Tin cùng chuyên mục
      - Giá cà phê vượt mốc trăm nghìn đồng một ký
      - Giá cà phê vượt mốc trăm nghìn đồng một ký
      - Sáng nay thương lái ở Tây Nguyên trả giá cao nhất kể từ đầu vụ, nhiều nhà vườn vẫn chưa muốn bán.
      - Tàu cá trúng đậm luồng cá cơm đầu mùa
      - Tàu cá trúng đậm luồng cá cơm đầu mùa
      - Chỉ sau một đêm, nhiều tàu cập cảng với khoang đầy cá và bán hết ngay trên bờ trước khi trời sáng.
      - Đọc nhiều
      - anh dep mua nuoc noi mien tay nam nay
      - Xin chờ trong giây lát...
      """),
  MarkedPage(
    name: "English skip links, headline said twice, file names",
    marked: """
      - Skip Navigation Links
      - Skip to main content
      - Khánh thành cầu Bến Đá sau ba năm thi công
      - Tin theo lĩnh vực Giao thông và xây dựng
      + Khánh thành cầu Bến Đá sau ba năm thi công
      + Sáng nay, cây cầu nối hai bờ sông Trà đã thông xe, rút ngắn quãng đường tới trung tâm huyện còn mười phút.
      - cau-ben-da-01.jpg
      + Các đại biểu cắt băng thông xe
      + Cầu dài bốn trăm mét, rộng mười hai mét, được xây bằng vốn ngân sách tỉnh và đóng góp của người dân hai xã.
      - IMG_2231.PNG
      + Người dân đi bộ qua cầu trong ngày đầu
      + Ông chủ tịch xã nói rằng từ nay học sinh không phải qua đò ngang, và hàng hóa ra chợ cũng nhanh hơn nhiều.
      """),
  MarkedPage(
    name: "blog with an advertisement and a comment form",
    marked: """
      + Sổ tay leo núi: mười điều nên nhớ trước khi lên đường
      - dsc 20190412083015
      + Muốn có một chuyến đi an toàn, bạn nên tập đi bộ đường dài trước đó ít nhất một tháng và mang giày đã quen chân.
      -  • Gian hàng ★ Đồ phượt giá rẻ ★ Giao nhanh trong ngày ✔️ Đổi trả miễn phí ☎ Gọi ngay
      + Hãy chia nhỏ bữa ăn trong ngày, uống nước đều đặn, và đừng ngại quay xuống nếu thời tiết bắt đầu xấu đi.
      + Nguồn: Sổ tay của câu lạc bộ
      - Trả lời
      - Email của bạn sẽ không được hiển thị công khai. Các trường bắt buộc được đánh dấu *
      - Bình luận *
      - Tên *
      - Lưu tên của tôi, email, và trang web trong trình duyệt này cho lần bình luận kế tiếp của tôi.
      """),
  MarkedPage(
    name: "category above, form and footer below",
    marked: """
      - Thời sự
      + Thành phố mở thêm ba tuyến xe buýt điện
      - Thứ ba, 12/03/2024 - 14:20
      + Từ đầu tháng sau, ba tuyến xe buýt điện mới sẽ nối bến xe miền Tây với các khu dân cư ở phía nam thành phố.
      + Giá vé giữ nguyên như các tuyến hiện có, học sinh và người cao tuổi được giảm một nửa khi xuất trình thẻ.
      + Hoàng Nam
      - Thích và chia sẻ bài viết qua
      - Nhập bình luận của bạn:
      - Ý kiến bạn đọc (3)
      - Cho hỏi tuyến này chạy tới mấy giờ
      - Gửi
      - © 2024 Báo Phương Nam. All rights reserved.
      - Giấy phép số 12/GP-BTTTT
      """),
  MarkedPage(
    name: "related box in the middle, links behind labels",
    marked: """
      + Bảo tàng tỉnh nhận hơn trăm hiện vật từ người dân
      + Đợt vận động kéo dài sáu tháng đã giúp bảo tàng có thêm nhiều cổ vật quý, trong đó có một trống đồng còn nguyên.
      + Giám đốc bảo tàng cho biết mọi hiện vật đều được ghi tên người tặng và sẽ trưng bày luân phiên trong năm.
      - Tin liên quan
      - Phát hiện mộ cổ khi đào móng nhà
      - Triển lãm gốm Chăm lần đầu ra mắt công chúng
      + Người tặng nhiều nhất là một thầy giáo về hưu, ông đã sưu tầm suốt bốn mươi năm và giữ gìn rất cẩn thận.
      + Ông nói mình chỉ mong lớp trẻ được tận mắt nhìn thấy những gì cha ông từng làm ra bằng đôi tay.
      - Xem thêm: Cách giữ đồ gỗ cũ khỏi mối mọt
      - >> Những bảo tàng tư nhân đáng ghé
      - Từ khóa: bảo tàng, cổ vật, trống đồng
      """),
  MarkedPage(
    name: "many menu lines, links and footer without a heading",
    marked: """
      - Đăng ký
      - Tìm kiếm
      - Thế giới
      - Pháp luật
      - Tuyến bài dài kỳ
      - Video
      + Cứu kịp thời năm ngư dân bị chìm tàu trong đêm
      + Thu Hà
      + Gần nửa đêm qua, tàu kiểm ngư đã tiếp cận và đưa toàn bộ năm người lên bờ an toàn sau sáu giờ lênh đênh.
      + Sức khỏe các ngư dân đã ổn định, họ được chăm sóc tại trạm y tế xã đảo trước khi về nhà với gia đình.
      - Hàng trăm hộ dân vùng trũng sơ tán trước giờ bão đổ bộ
      - Đội bóng tỉnh nhà giành vé vào vòng chung kết sau loạt luân lưu
      - Trường làng có thư viện mới nhờ nhóm cựu học sinh
      - Chợ nổi đông khách trở lại trong dịp nghỉ lễ dài ngày
      - Phiên bản di động
      - Liên hệ quảng cáo
      """),
  MarkedPage(
    name: "title given apart and said again as a picture's description",
    title: "Lễ hội đua ghe ngo thu hút hàng vạn người xem",
    marked: """
      - Menu
      - Chia sẻ
      - Kinh doanh | Xã hội | Thể thao | Video
      + Lễ hội đua ghe ngo thu hút hàng vạn người xem
      + Hai bên bờ sông từ sáng sớm đã chật kín người, ai cũng muốn tìm cho mình một chỗ đứng thật gần đích đến.
      - LỄ HỘI ĐUA GHE NGO THU HÚT HÀNG VẠN NGƯỜI XEM
      + Đội ghe chùa Tum Núp về nhất với thời gian kỷ lục, hơn đội đứng thứ hai chỉ nửa thân ghe ở phút cuối.
      - Về đầu trang
      - Quay lại
      """),
  MarkedPage(
    name: "cards of other articles without a heading",
    marked: """
      + Hội sách cũ trở lại phố đi bộ sau hai năm vắng bóng
      + Hơn năm mươi gian sách cũ đã dựng xong từ chiều qua, nhiều cuốn in từ trước năm bảy lăm được bày bán giá rẻ.
      + Ban tổ chức mời các nhà văn đến ký tặng, và dành riêng một góc cho trẻ nhỏ đọc sách cùng cha mẹ mỗi tối.
      - Xe đạp công cộng hút khách dịp cuối tuần
      - Xe đạp công cộng hút khách dịp cuối tuần
      - Chỉ trong hai ngày, hàng nghìn lượt người đã thuê xe để dạo quanh hồ, đông nhất là vào lúc sáng sớm.
      - Quán cà phê trong hẻm cũ đổi thay từng ngày
      - Quán cà phê trong hẻm cũ đổi thay từng ngày
      - Chủ quán là đôi vợ chồng trẻ, họ giữ lại bức tường gạch và chiếc quạt trần đã quay được nửa thế kỷ.
      """),
]

private let cleanArticles = [
  """
  Mưa lớn gây ngập nhiều tuyến đường ở nội thành

  Cơn mưa kéo dài hai giờ chiều nay khiến nhiều tuyến đường ngập sâu, xe máy chết máy hàng loạt.

  Tại ngã tư Bình Triệu, nước ngập gần nửa bánh xe, cảnh sát phải ra điều tiết từ lúc bốn giờ chiều.
  Trung tâm thoát nước cho biết đã huy động toàn bộ máy bơm.

  Hải An
  """,
  """
  Gặp lại

  - Anh về bao giờ?
  - Tối qua.
  - Sao không gọi?
  Anh cười, không trả lời. Ngoài sân, mưa vẫn rơi đều trên những tàu lá chuối đã rách bươm vì trận gió đêm trước.
  - Mẹ khỏe không?
  - Khỏe.
  - Ừ.
  """,
  """
  Thủ tục cấp lại giấy phép lái xe

  Người dân có thể nộp hồ sơ trực tuyến hoặc tại bộ phận một cửa. Hồ sơ gồm:
  - Đơn đề nghị theo mẫu
  - Bản sao căn cước
  - Giấy khám sức khỏe còn hạn
  - Hai ảnh cỡ ba nhân bốn
  1. Nộp hồ sơ
  2. Đóng lệ phí
  3. Nhận kết quả sau năm ngày làm việc
  """,
  """
  Qua cầu

  Chiều buông xuống bến sông quê
  Con đò lặng lẽ chở về tiếng ru
  Heo may gợi nhớ mùa thu
  Lá vàng rơi xuống mịt mù lối xưa
  Ai đi để lại câu thưa
  Để tôi đứng đợi gió mưa một mình
  """,
  """
  Điểm tin sáng

  Giá xăng giảm lần thứ ba liên tiếp
  Chiều nay giá xăng giảm hơn ba trăm đồng mỗi lít. Đây là lần giảm thứ ba trong tháng.
  Cầu vượt thép được sơn lại
  Công việc làm vào ban đêm để tránh kẹt xe. Dự kiến xong trước ngày mười lăm.
  Trường học nghỉ vì rét
  Học sinh tiểu học được nghỉ khi nhiệt độ dưới mười độ. Nhà trường báo qua tin nhắn.
  """,
  """
  Hỏi đáp về bảo hiểm y tế

  Hỏi: Tôi làm việc tự do thì có được mua bảo hiểm y tế theo hộ gia đình hay không, và mua ở đâu?
  Trả lời:
  Bạn được mua theo hộ gia đình tại nơi cư trú. Từ người thứ hai trở đi mức đóng sẽ giảm dần theo quy định hiện hành.
  Khi đi khám, bạn nhớ mang theo thẻ hoặc dùng ứng dụng trên điện thoại để quầy tiếp nhận tra cứu nhanh hơn.
  """,
  """
  THÔNG BÁO

  Về việc tạm ngừng cấp nước

  Để súc rửa đường ống, nhà máy nước sẽ tạm ngừng cấp nước cho phường Bến Nghé từ tám giờ sáng chủ nhật tuần này.

  Trả lời

  Người dân hỏi khi nào có nước trở lại, nhà máy cho biết sẽ mở van ngay khi xong việc, chậm nhất là sáu giờ chiều.

  Bình luận

  Nhiều hộ đã chủ động trữ nước từ hôm trước nên sinh hoạt không bị ảnh hưởng nhiều trong ngày nghỉ cuối tuần.
  """,
  """
  Kế hoạch phát triển du lịch cộng đồng

  Huyện vừa công bố kế hoạch năm năm, đặt mục tiêu đón một trăm nghìn lượt khách và tạo việc làm cho thanh niên.

  Mục tiêu chung

  Phát triển du lịch gắn với giữ rừng, giữ nghề và giữ tiếng nói của đồng bào trên địa bàn ba xã vùng cao.

  Giải pháp chính

  Mở lớp dạy nghề, hỗ trợ vay vốn, làm lại đường vào bản, đồng thời quảng bá hình ảnh trên các kênh truyền thông…

  Tổ chức thực hiện

  Ủy ban nhân dân các xã báo cáo kết quả hằng quý về phòng văn hóa để tổng hợp, theo dõi và điều chỉnh kịp thời./.
  """,
  """
  Công văn về phòng cháy mùa khô

  Căn cứ Luật Phòng cháy và chữa cháy;
  Căn cứ Chỉ thị số 12/CT-UBND ngày 05/01/2022 về tăng cường phòng cháy;
  Xét đề nghị của Chi cục Kiểm lâm;
  Ủy ban nhân dân huyện yêu cầu các xã, thị trấn thực hiện ngay những việc sau đây:
  Điều 1. Tuần tra rừng mỗi ngày hai lượt.
  Điều 2. Cấm đốt nương khi có gió mạnh.
  Nơi nhận: Như trên; Lưu: VT
  """,
  """
  Council approves new bus lanes

  The city council voted on Tuesday to build twelve kilometres of bus lanes along the river, starting next spring.
  "We waited ten years for this," said one driver.
  Critics say that the plan takes away parking space and that nobody asked the shops along the road what they think.
  Work begins in March.
  """,
  """
  Người thầy của bản

  Hai mươi năm trước, thầy Páo một mình đi bộ ba ngày đường để lên dựng lớp học đầu tiên bằng tre nứa.

  "Có chữ thì mới hết nghèo", thầy nói. Rồi thầy chia sẻ những ngày đầu đến từng nhà xin cho trẻ đi học.

  Quảng cáo bằng miệng

  Không có loa, thầy nhờ người già trong bản kể lại cho nhau nghe chuyện lớp học sau mỗi phiên chợ.

  (Ảnh: Vàng A Sáng)

  Bài và ảnh: Thào Mỷ
  """,
  "Một bài chỉ có một dòng, không có dấu xuống dòng, kể chuyện người bán vé số trả lại tiền cho khách đánh rơi.",
]

@Suite struct BoilerplateNormalizerTests {
  @Test(arguments: pages)
  fileprivate func keepsTheArticleOfAPage(page: MarkedPage) throws {
    #expect(lines(try strip(page.text, title: page.title)) == page.kept)
  }

  @Test(arguments: pages)
  fileprivate func seesThroughCaseCompositionAndSpaces(page: MarkedPage) throws {
    // The page's own spelling must not matter: decomposed, with no-break spaces and Windows line ends.
    let disguised = { (text: String) in
      text.decomposedStringWithCanonicalMapping.replacingOccurrences(of: " ", with: "\u{A0}")
    }
    let page = MarkedPage(name: page.name, title: page.title, marked: disguised(page.marked))
    let text = page.text.replacingOccurrences(of: "\n", with: "\r\n")
    let kept = try strip(text, title: page.title).replacingOccurrences(of: "\r\n", with: "\n")
    #expect(lines(kept).map { Array($0.utf8) } == page.kept.map { Array($0.utf8) })
  }

  @Test(arguments: cleanArticles)
  func cleanArticlesPassWhole(article: String) throws {
    for text in [article, article + "\n", "\n\n" + article.replacingOccurrences(of: "\n", with: "\r\n")] {
      #expect(try strip(text) == text)
    }
  }

  @Test(arguments: [
    "", "\n \n", "Đăng nhập\nTrang chủ\n", "Chia sẻ\n\nBình luận", "\u{A0}", "Trang chủ", "anh-1.jpg\n",
  ])
  func keepsEverythingIfNothingWouldRemain(text: String) throws { #expect(try strip(text) == text) }

  @Test func invalidBytesAreCopied() throws {
    let sentence = Array(
      "Một câu đủ dài để được xem như một đoạn văn của bài báo này, dù có lẫn byte hỏng ".utf8)
    let paragraph = sentence + [0xFF, 0xE1, 0xBA, 0x2E, 0x0A]
    let page = Array("Đăng nhập\n".utf8) + paragraph + [0xC3, 0x0A] + Array("Chia sẻ\n".utf8)
    #expect(strip(page, with: try makeNormalizer()) == paragraph + [0xC3, 0x0A])
  }

  @Test func originsAndExtentsAreExact() throws {
    var input = TextBatch(tracksOrigins: true)
    for page in pages { input.append(title: Array(page.title.utf8), body: Array(page.text.utf8)) }
    var output = TextBatch(tracksOrigins: true)
    try makeNormalizer().normalize(input, into: &output)
    let origins = try #require(output.origins)
    #expect(origins.count == output.bytes.count && output.count == pages.count)
    for (byte, span) in zip(output.bytes, origins) {
      #expect(span.end == span.start + 1 && input.bytes[Int(span.start)] == byte)
    }
    #expect(zip(origins, origins.dropFirst()).allSatisfy { $0.start < $1.start })
    for (extent, page) in zip(output.extents, pages) {
      #expect(Array(output.bytes[extent.title]) == Array(page.title.utf8))
      #expect(lines(String(decoding: output.bytes[extent.body], as: UTF8.self)) == page.kept)
    }
  }

  @Test func repetitionsCanBeKept() throws {
    let text = """
      Hội chợ hoa xuân mở cửa từ ngày hai mươi tháng chạp

      Năm nay hội chợ có hơn ba trăm gian hàng đến từ nhiều tỉnh, người xem được vào cửa tự do suốt mười ngày.

      Gian hàng đào rừng hút khách ngay từ sáng đầu tiên

      Gian hàng đào rừng hút khách ngay từ sáng đầu tiên
      """
    let keeping = strip(Array(text.utf8), with: try makeNormalizer(("repetitions", .bool(false))))
    #expect(keeping == Array(text.utf8))
    #expect(lines(try strip(text)) == Array(lines(text).dropLast()))
  }

  @Test func theLengthOfAParagraphCanBeChosen() throws {
    let text = "Menu\nMột trang nào đó\nTin ngắn trong ngày\nTrời nắng, gió nhẹ, biển lặng sóng.\nChia sẻ\n"
    let short = strip(Array(text.utf8), with: try makeNormalizer(("minimum-syllables", .integer(6))))
    #expect(String(decoding: short, as: UTF8.self) == lines(text)[1...3].joined(separator: "\n") + "\n")
  }

  @Test func hugePagesAndHugeLinesAreRead() throws {
    let paragraph = "Đoạn văn này đủ dài để không ai nhầm với một liên kết, và nó kết thúc bằng dấu chấm. "
    let line = String(repeating: paragraph, count: 1_000)
    #expect(try strip("Đăng nhập\n" + line) == line)
    let many = String(
      repeating: "Trang chủ\n" + paragraph + "\nTin liên quan\nMột liên kết nào đó ở đây\n", count: 1_000)
    let kept = try strip(many)
    #expect(kept.hasPrefix(paragraph) && !kept.contains("Trang chủ"))
  }
}
