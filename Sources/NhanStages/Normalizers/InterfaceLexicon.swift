/// Words of web pages' interfaces, Vietnamese and English: what shape alone cannot tell from an article's
/// words.
///
/// Phrases are looked up by a hash of their folded words, so that case, composition and punctuation do not
/// matter.
struct InterfaceLexicon: Sendable {
  /// What a phrase says about the line it makes.
  enum Kind: Sendable {
    /// A button, a link of the page itself, a network's name: the line is no text if such phrases make all of
    /// it.
    case control
    /// A button's word that a text may hold on a line of its own: it counts only beside other interface.
    case word
    /// The name of a section, as in menus; also a heading an article could have.
    case section
    /// A heading over links to other articles.
    case related
    /// A heading over readers' comments or the form for them.
    case comments
    /// The beginning of a line that addresses the page's user.
    case prompt
    /// The beginning of such a line that might also begin a sentence: it counts only without a sentence's
    /// end.
    case opening
    /// What stands before a colon: a list of tags, a link, an imprint. It counts only before a colon.
    case label
  }

  /// The longest phrase, in words.
  static let longestPhrase = 7

  static let shared = InterfaceLexicon()

  private var kinds: [UInt64: Kind] = [:]
  private var prefixes: [UInt64: Kind] = [:]
  private var firstWords: Set<UInt64> = []

  /// Whether any phrase begins with the word with a hash: most lines of articles do not.
  func hasPhrase(beginningWith hash: UInt64) -> Bool { firstWords.contains(hash) }

  /// What the phrase with a hash is.
  func kind(ofPhrase hash: UInt64) -> Kind? { kinds[hash] }

  /// What a line that begins with the phrase is.
  func kind(ofPrefix hash: UInt64) -> Kind? { prefixes[hash] }

  /// Extends the hash of a phrase by a word (FNV-1a).
  static func extend(_ hash: UInt64, by word: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var hash = (hash ^ 0x20) &* 0x100_0000_01B3
    for byte in word { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return hash
  }

  /// The hash of no words.
  static let emptyHash: UInt64 = 0xCBF2_9CE4_8422_2325

  private init() {
    for (kind, phrases) in Self.phrases {
      for phrase in phrases.split(separator: "|") {
        let hash = Self.hash(of: phrase)
        firstWords.insert(Self.hash(of: phrase.prefix { $0 != " " }))
        if [.prompt, .opening, .label].contains(kind) { prefixes[hash] = kind } else { kinds[hash] = kind }
      }
    }
  }

  /// The phrases below are written folded already: lower case, composed, new tone marks.
  private static func hash(of phrase: Substring) -> UInt64 {
    phrase.split(separator: " ").reduce(emptyHash) { hash, word in
      Array(word.utf8).withUnsafeBufferPointer { extend(hash, by: $0) }
    }
  }

  private static let phrases: [(Kind, String)] = [
    (
      .control,
      """
      đăng nhập|đăng ký|đăng xuất|đăng kí|quên mật khẩu|trang chủ|trang nhất|tìm kiếm|menu|danh mục|\
      chia sẻ|chia sẻ bài viết|in bài|in bài viết|in trang|lưu bài|gửi bài|gửi email|gửi cho bạn bè|\
      sao chép liên kết|sao chép|copy link|link bài gốc|lấy link|xem thêm|tải thêm|xem tiếp|xem tất cả|\
      xem toàn màn hình|đọc tiếp|về đầu trang|lên đầu trang|trang trước|trang sau|bài trước|bài sau|\
      bài tiếp theo|quảng cáo|liên hệ quảng cáo|liên hệ toà soạn|toà soạn|đặt báo|rss|sitemap|sơ đồ trang|\
      điều khoản sử dụng|chính sách bảo mật|phiên bản di động|phiên bản mobile|bản in|cỡ chữ|xem cỡ chữ|tăng cỡ chữ|\
      giảm cỡ chữ|aa|nghe đọc bài|nghe bài viết|dừng đọc|giọng nam|giọng nữ|ngôn ngữ|tiếng việt|\
      english|facebook|zalo|twitter|youtube|tiktok|instagram|telegram|linkedin|pinterest|viber|messenger|\
      google news|google|email|fanpage|google plus|app store|google play|hotline|tweet|print|\
      login|log in|sign in|sign up|register|logout|log out|search|back to top|prev|\
      read more|see more|load more|subscribe|advertisement|ads|ad|sponsored|contact us|about us|\
      privacy policy|terms of use|terms of service|skip ad|follow us|main menu
      """
    ),
    (
      .word,
      """
      trả lời|phản hồi|ý kiến|bình luận|thông báo|giới thiệu|trở lại|quay lại|theo dõi|huỷ|nghe|hiện|ẩn|mở|\
      trước|thích|tìm|lưu|gửi|liên hệ|hôm nay|tài khoản|x|tiếp theo|\
      đóng lại|đóng|in|ok|bỏ qua|chấp nhận|đồng ý|cài đặt|contact|close|next|previous|copy|save|follow|\
      like|share|home|nổi bật
      """
    ),
    (
      .section,
      """
      tin tức|thời sự|chính trị|xã hội|kinh tế|kinh doanh|tài chính|chứng khoán|bất động sản|thế giới|\
      quốc tế|pháp luật|an ninh|quân sự|quốc phòng|văn hoá|giải trí|thể thao|bóng đá|giáo dục|khoa học|\
      công nghệ|số hoá|đời sống|sức khoẻ|y tế|du lịch|ẩm thực|xe|ô tô|xe máy|môi trường|bạn đọc|góc nhìn|\
      tâm sự|video|media|podcast|multimedia|emagazine|e magazine|infographic|infographics|longform|tin nóng|\
      tin mới|mới nhất|tin mới nhất|thời tiết|tuổi trẻ|nhịp sống trẻ|giới trẻ|gia đình|phóng sự|đối ngoại|\
      biển đảo|xây dựng đảng|lao động|việc làm|nông nghiệp|chuyên đề|chuyên mục|sự kiện|tin trong nước|\
      trong nước|địa phương|news|politics|world|business|sports|culture|education|health|travel|opinion|\
      technology
      """
    ),
    (
      .related,
      """
      tin liên quan|bài liên quan|tin bài liên quan|các tin liên quan|bài viết liên quan|tin tức liên quan|\
      nội dung liên quan|có thể bạn quan tâm|bạn có thể quan tâm|có thể bạn thích|bạn có thể thích|tin khác|\
      các tin khác|bài khác|các bài khác|các tin bài khác|tin bài khác|các bài viết khác|bài viết khác|\
      tin cùng chuyên mục|cùng chuyên mục|bài cùng chuyên mục|tin cùng loại|tin mới hơn|tin cũ hơn|\
      các tin mới hơn|các tin cũ hơn|các tin đã đưa|tin đã đưa|đọc nhiều|đọc nhiều nhất|tin đọc nhiều|\
      xem nhiều|xem nhiều nhất|tin xem nhiều|tin nổi bật|đọc thêm|đừng bỏ lỡ|đáng quan tâm|được quan tâm|\
      tin mới cập nhật|bài mới nhất|bài viết mới|cùng tác giả|tin tài trợ|bài đọc nhiều|tin cùng chủ đề|\
      cùng chủ đề|dòng sự kiện|related articles|related news|related posts|related|most read|trending|\
      you may also like|recommended|recent posts|more news|latest news
      """
    ),
    (
      .comments,
      """
      ý kiến bạn đọc|để lại bình luận|viết bình luận|gửi bình luận|ý kiến của bạn|bình luận bài viết|\
      bình luận của bạn|gửi ý kiến|gửi phản hồi|comments|comment|leave a reply|leave a comment|\
      post a comment|add a comment
      """
    ),
    (
      .prompt,
      """
      email của bạn sẽ không|các trường bắt buộc được|nhập bình luận|bạn cần đăng nhập để|\
      vui lòng đăng nhập để|mời bạn đăng nhập|thích và chia sẻ bài|chia sẻ bài viết|xin chờ trong giây lát|\
      vui lòng chờ|đang tải dữ liệu|đang tải|skip to|skip ribbon|your email address will not|\
      required fields are|we use cookies|all rights reserved|copyright|powered by|turn on more accessible|\
      turn off more accessible|lưu tên của tôi|trình duyệt của bạn không hỗ trợ|nhập mã xác nhận|\
      bản quyền thuộc về|cấm sao chép dưới mọi|ghi rõ nguồn khi|please enable javascript|\
      this website uses cookies
      """
    ),
    (
      .opening,
      """
      đăng nhập để|đăng nhập bằng|đăng nhập với|đăng ký nhận|theo dõi chúng tôi|giấy phép số|\
      giấy phép hoạt động|giấy phép xuất bản|chia sẻ qua|chia sẻ lên|trang chủ|quảng cáo trang|sign in to|\
      log in to|sign up for|subscribe to|share this|share on|click to share|click here to
      """
    ),
    (
      .label,
      """
      từ khoá|tags|tag|thẻ|xem thêm|đọc thêm|mời xem|tin liên quan|bài liên quan|tổng biên tập|\
      phó tổng biên tập|chịu trách nhiệm nội dung|chịu trách nhiệm xuất bản|cơ quan chủ quản|hotline|\
      đường dây nóng|lượt xem|ý kiến bạn đọc|phiên bản|chia sẻ|related|read more|see also|share|views
      """
    ),
  ]
}
