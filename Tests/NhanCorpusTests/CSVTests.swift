import NhanCore
import NhanCorpus
import TestSupport
import Testing

@Suite struct CSVTests {
  let folder = TemporaryFolder()

  @Test func columnsAndQuoting() throws {
    let file = folder.write(
      "a.csv",
      "\u{FEFF}ID, Text ,\"labels\",nguồn,title\r\n"
        + "1,\"hai, \"\"ba\"\"\r\nbốn\",\"a; b|c,a\",báo,Tít\r\n" + "\r\n" + ",năm,,,\n" + "2,\"\",,,\"t\"")
    let records = try read(file)
    #expect(records.map(\.id) == ["1", "\(file):5", "2"])
    #expect(records.map(\.text) == ["hai, \"ba\"\r\nbốn", "năm", ""])
    #expect(records.map(\.labels) == [["a", "b", "c"], [], []])
    #expect(records.map(\.title) == ["Tít", "", "t"])
    #expect(records.map(\.metadata) == ["báo", "", ""].map { .object([("nguồn", .string($0))]) })
    #expect(records.map(\.place) == [2, 5, 6].map { Place(file: file, line: $0) })
  }

  @Test func separators() throws {
    let tsv = folder.write("a.tsv", "id\ttext\n1\ta, b; c\n2\t\"x\ty\"\n")
    #expect(try read(tsv).map(\.text) == ["a, b; c", "x\ty"])
    #expect(try read(tsv).map(\.labels) == [nil, nil])
    let semicolon = folder.write("s.csv", "id;text;labels\n1;a, b;x|y\n")
    #expect(try read(semicolon).map(\.text) == ["a, b"])
    #expect(try read(semicolon).map(\.labels) == [["x", "y"]])
  }

  @Test(
    arguments: [
      ("1,a\n2\n3,b\n", [nil, "ragged-row", nil], [2, 3, 4]),
      ("1,a\n2,b,c\n3,b\n", [nil, "ragged-row", nil], [2, 3, 4]),
      ("1,a\n2,b\"c\n3,b\n", [nil, "broken-quote", nil], [2, 3, 4]),
      ("1,a\n2,\"b\"c\n3,b\n", [nil, "broken-quote", nil], [2, 3, 4]),
      // Never closed: found at the end of the file.
      ("1,a\n2,\"b\n3,c\n4,d", [nil, "broken-quote", nil, nil], [2, 3, 4, 5]),
      // Closed by the next opening quote.
      ("1,a\n2,\"b\n3,\"c\"\n4,d", [nil, "broken-quote", nil, nil], [2, 3, 4, 5]),
      // Behind a cell that spans lines.
      ("1,\"a\nb\"\n\"x\ny\",z\"\n3,c", [nil, "broken-quote", nil], [2, 4, 6]),
      ("1,\"a\0\"\n2,b", ["not-text", nil], [2, 3]),
      ("1,\n2,b", ["empty-document", nil], [2, 3]),
    ] as [(String, [String?], [Int])])
  func failuresAndRecovery(rows: String, codes: [String?], lines: [Int]) throws {
    let file = folder.write("f.csv", "id,text\n" + rows)
    for chunkSize in [1, 7, 1 << 20] {
      let records = try read(file, chunkSize: chunkSize)
      #expect(records.map(\.failure?.code) == codes)
      #expect(records.map(\.place) == lines.map { Place(file: file, line: $0) })
    }
  }

  @Test func raggedRowSaysHowManyCells() throws {
    let failure = try #require(try read(folder.write("f.csv", "id,text,title\n1,2\n"))[0].failure)
    #expect(failure.message == "the row has 2 cells, expected 3")
  }

  @Test func missingColumn() throws {
    let file = folder.write("m.csv", "id,texts,title\n1,a,b\n2,c,d\n")
    let records = try read(file)
    #expect(records.count == 1)
    let failure = try #require(records[0].failure)
    #expect(failure.code == "missing-column")
    #expect(failure.message == "there is no column 'text', found 'id', 'texts', 'title'")
    #expect(failure.hint == "did you mean 'texts'? name the column that holds the articles 'text'")
    #expect(failure.place == Place(file: file, line: 1))
  }

  @Test func badHeaders() throws {
    #expect(try read(folder.write("d.csv", "id,text,Text\n1,a,b"))[0].failure?.code == "duplicate-column")
    #expect(try read(folder.write("q.csv", "id,te\"xt\n1,a"))[0].failure?.code == "broken-quote")
    #expect(try read(folder.write("e.csv", "")).isEmpty)
    #expect(try read(folder.write("h.csv", "text")).isEmpty)
  }

  @Test func aCellWithoutEndIsBounded() throws {
    // 17 MiB behind an open quote: taken for a broken one, and the rows behind it are read.
    var bytes = Array("id,text\n1,\"x\n".utf8)
    let row = Array("2,một hàng dài vừa phải để đầy tệp\n".utf8)
    var rows = 0
    while bytes.count < 17 << 20 {
      bytes += row
      rows += 1
    }
    let records = try read(folder.write("long.csv", bytes))
    #expect(records.count == rows + 1)
    #expect(records[0].failure?.code == "broken-quote")
    #expect(records.dropFirst().allSatisfy { $0.failure == nil })
  }

  /// Quotes every cell that needs it, or at random.
  private func encode(_ cell: String, _ random: inout SeededGenerator) -> String {
    let needs = cell.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
    guard needs || random.below(3) == 0 else { return cell }
    return "\"" + cell.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
      + "\""
  }

  @Test func randomTablesComeBackHoweverTheyAreCut() throws {
    var random = SeededGenerator(seed: 8)
    let alphabet = ["a", "đ", "ả", "\"", ",", "\n", "\r", "\r\n", ";", " "]
    for _ in 0..<150 {
      let newline = random.below(2) == 0 ? "\n" : "\r\n"
      var table = "text,note,id" + newline
      var cells: [[String]] = []
      for row in 0..<random.below(12) {
        let texts = (0..<2).map { _ in (0..<random.below(9)).map { _ in alphabet[random.below(10)] }.joined()
        }
        cells.append(["x" + texts[0], texts[1], "\(row)"])
        table += cells[row].map { encode($0, &random) }.joined(separator: ",") + newline
      }
      let file = folder.write("r.csv", table)
      for chunkSize in [1, 2, 3, 1 + random.below(60), 1 << 20] {
        let records = try read(file, chunkSize: chunkSize)
        #expect(records.map(\.text.utf8Bytes) == cells.map(\.[0].utf8Bytes))
        #expect(records.map(\.id) == cells.map(\.[2]))
        #expect(records.map { $0.metadata["note"]?.stringValue?.utf8Bytes } == cells.map(\.[1].utf8Bytes))
      }
    }
  }

  @Test func damagedTablesAreReadAlikeHoweverTheyAreCut() throws {
    var random = SeededGenerator(seed: 9)
    let pieces = ["a", "\"", "\"\"", ",", "\n", "\r\n", "x,y\n", "\"a\nb\"", "đ"]
    var failures = 0
    for _ in 0..<300 {
      let table = "text,id\n" + (0..<random.below(30)).map { _ in pieces[random.below(9)] }.joined()
      let file = folder.write("d.csv", table)
      let whole = try read(file)
      failures += whole.count { $0.failure != nil }
      for chunkSize in [1, 2, 1 + random.below(30)] {
        #expect(try read(file, chunkSize: chunkSize) == whole, "\(table.debugDescription)")
      }
    }
    #expect(failures > 300)
  }
}

extension String {
  /// Strings compare by canonical equivalence, bytes do not.
  var utf8Bytes: [UInt8] { Array(utf8) }
}
