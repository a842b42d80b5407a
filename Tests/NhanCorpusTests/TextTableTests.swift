import NhanCorpus
import Testing

@Suite struct TextTableTests {
  @Test(arguments: [
    ("", 0), ("abc", 3), ("Việt Nam", 8), ("Vie\u{302}\u{323}t Nam", 8), ("Trường Sa", 9),
    ("Tru\u{31B}o\u{31B}\u{300}ng Sa", 9), ("đ", 1), ("漢字", 4), ("ｶﾅ", 2), ("カナ", 4), ("한글", 4),
    ("\u{1112}\u{1161}\u{11AB}", 2), ("😀", 2), ("🇻🇳", 2), ("a\u{200B}b", 2), ("\u{1B}[31m", 4),
    ("a\u{AD}b", 3),
    ("Ａ", 2), ("…", 1), ("─", 1), ("☀", 1), ("⌚", 2), ("\u{7F}", 0), ("✗", 1),
  ])
  func widths(text: String, width: Int) {
    #expect(DisplayWidth.of(text) == width)
  }

  @Test(arguments: [
    ("Trường Sa", 9, "Trường Sa"), ("Trường Sa", 8, "Trường …"), ("Trường Sa", 1, "…"), ("Trường Sa", 0, ""),
    ("Vie\u{302}\u{323}t", 4, "Vie\u{302}\u{323}t"), ("Vie\u{302}\u{323}tx", 4, "Vie\u{302}\u{323}…"),
    ("漢字x", 4, "漢…"), ("漢字", 3, "漢…"), ("漢字", 2, "…"),
  ])
  func truncation(text: String, width: Int, expected: String) {
    let result = DisplayWidth.truncating(text, to: width)
    #expect(result.utf8Bytes == expected.utf8Bytes)
    #expect(DisplayWidth.of(result) <= width)
  }

  @Test func golden() {
    var table = TextTable(columns: [.init("nhãn"), .init("F1", alignment: .right)])
    table.rows = [
      ["Biển, đảo", "0.93"], ["Bie\u{302}n giơ\u{301}i", "1"], ["漢字", ""], ["thiếu"], ["thừa", "1", "x"],
    ]
    let expected = [
      "┌───────────┬──────┐", "│ nhãn      │   F1 │", "├───────────┼──────┤", "│ Biển, đảo │ 0.93 │",
      "│ Bie\u{302}n giơ\u{301}i │    1 │", "│ 漢字      │      │", "│ thiếu     │      │",
      "│ thừa      │    1 │",
      "└───────────┴──────┘", "",
    ].joined(separator: "\n")
    #expect(table.rendered().utf8Bytes == expected.utf8Bytes)
  }

  @Test func flexibleColumnsGiveWayFirst() {
    var table = TextTable(columns: [.init("id"), .init("title", isFlexible: true)])
    table.rows = [["1234567890", "một tiêu đề rất dài"]]
    #expect(table.columnWidths(fitting: nil) == [10, 19])
    #expect(table.columnWidths(fitting: 100) == [10, 19])
    #expect(table.columnWidths(fitting: 30) == [10, 13])
    #expect(table.rendered(width: 30).contains("│ 1234567890 │ một tiêu đề … │"))
    // Then the others; at last each has one character.
    #expect(table.columnWidths(fitting: 15) == [7, 1])
    #expect(table.columnWidths(fitting: 1) == [1, 1])
  }

  @Test func cellsCannotCommandTheTerminal() {
    var table = TextTable(columns: [.init("a")])
    table.rows = [["x\u{1B}[2Jy\n\tz\u{7}\u{202E}\u{9B}\u{2028}e"]]
    #expect(table.rendered().contains("│ x[2Jy  z e │"))
  }
}
