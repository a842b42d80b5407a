import NhanCore
import NhanCorpus
import TestSupport
import Testing

@Suite struct FastTextTests {
  let folder = TemporaryFolder()
  let lines =
    "__label__borders __label__awards  Tin biên giới\r\n\nkhông nhãn\n  __label__a\tmột\n__label__ x\n__label__b \n"

  @Test(arguments: ["a.ft", "a.fasttext", "a.txt"])
  func lines(name: String) throws {
    // A text file counts as fastText lines when it begins with a label.
    let file = folder.write(name, "\u{FEFF}" + lines)
    for chunkSize in [1, 16, 1 << 20] {
      let records = try read(file, chunkSize: chunkSize)
      #expect(records.map(\.id) == ["\(file):1", "\(file):3", "\(file):4", nil, nil])
      #expect(records.map(\.text) == ["Tin biên giới", "không nhãn", "một", "", ""])
      #expect(records.map(\.labels) == [["borders", "awards"], nil, ["a"], nil, nil])
      #expect(records.map(\.failure?.code) == [nil, nil, nil, "bad-labels", "empty-document"])
      #expect(records.map(\.place) == [1, 3, 4, 5, 6].map { Place(file: file, line: $0) })
    }
  }

  @Test func labelsBelowBlankLinesInText() throws {
    let file = folder.write("b.txt", "\n \n__label__x chữ")
    #expect(try read(file)[0].labels == ["x"])
    #expect(try read(file)[0].place == Place(file: file, line: 3))
  }

  @Test func nulSpoilsItsLineOnly() throws {
    let records = try read(folder.write("n.ft", "__label__a aaaa\n__label__a b\0\n__label__a c"))
    #expect(records.map(\.failure?.code) == [nil, "not-text", nil])
  }
}
