import Foundation
import Testing

@testable import NhanQuality

/// What the bytes of a text say of its encoding, against Foundation's normal forms.
@Suite struct TextFormTests {
  private static let text =
    "Đồng chí Nguyễn Trọng Nghĩa dự Hội nghị tại đảo Lý Sơn; tổ chức ở Thừa Thiên Huế."

  @Test func composedTextIsFine() {
    let form = TextForm(Array(Self.text.precomposedStringWithCanonicalMapping.utf8))
    #expect(form.problems(invalid: 0) == [])
    let letters = Self.text.precomposedStringWithCanonicalMapping.unicodeScalars.count { $0.value > 0x7F }
    #expect(form.composed == letters)
  }

  @Test func everyVietnameseMarkCounts() {
    let decomposed = Self.text.decomposedStringWithCanonicalMapping
    let marks = decomposed.unicodeScalars.count { (0x300...0x36F).contains($0.value) }
    let form = TextForm(Array(decomposed.utf8))
    #expect(form.marks == marks && marks > 20)
    #expect(form.problems(invalid: 0) == ["\(marks) letters are decomposed (NFD); save it as NFC"])
  }

  @Test func mixedFormsAreNamed() {
    let text =
      Self.text.precomposedStringWithCanonicalMapping + "biển".decomposedStringWithCanonicalMapping
    let problems = TextForm(Array(text.utf8)).problems(invalid: 0)
    #expect(problems.count == 1 && problems[0].hasPrefix("mixed forms: 2 letters are decomposed"))
  }

  @Test func utf8ReadAsLatin1IsFound() throws {
    let misread = try #require(
      String(bytes: Array(Self.text.precomposedStringWithCanonicalMapping.utf8), encoding: .isoLatin1))
    let problems = TextForm(Array(misread.utf8)).problems(invalid: 0)
    #expect(problems.contains { $0.hasPrefix("UTF-8 that was read as Latin-1") })
  }

  @Test func lostLettersAreFound() {
    let problems = TextForm(Array("bi\u{FFFD}n \u{FFFD}".utf8)).problems(invalid: 3)
    #expect(
      problems == ["3 invalid UTF-8 sequences", "2 replacement characters (U+FFFD), where letters were lost"])
  }
}
