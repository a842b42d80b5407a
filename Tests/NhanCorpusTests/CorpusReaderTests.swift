import Glibc
import NhanCore
import NhanCorpus
import TestSupport
import Testing

@Suite struct CorpusReaderTests {
  let folder = TemporaryFolder()

  private func error(_ paths: [String], layout: CorpusLayout = .files) -> NhanError? {
    do {
      _ = try CorpusReader(paths: paths, layout: layout)
      return nil
    } catch { return error }
  }

  @Test func foldersAreWalkedByTheBytesOfThePaths() throws {
    let names = [
      "a/z.txt", "a.txt", "a-b.txt", "B.txt", "đ.txt", "e\u{301}.txt", "é.txt", "a/b/c.txt", "10.txt",
      "9.jsonl",
    ]
    for name in names {
      folder.write(name, name.hasSuffix("jsonl") ? "{\"text\":\"x\",\"id\":\"j\"}" : "text")
    }
    folder.write(".hidden.txt", "x")
    folder.write(".git/x.txt", "x")
    folder.write("picture.png", "x")
    folder.write("README", "x")
    folder.write("a/b/notes.md", "x")
    symlink(folder.path("a.txt"), folder.path("link.txt"))
    symlink(folder.path, folder.path("a/loop"))
    symlink(folder.path("a"), folder.path("linked-folder"))
    let paths = (names + ["link.txt"]).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let expected = paths.map { $0 == "9.jsonl" ? "j" : folder.path($0) }
    for given in [folder.path, folder.path + "/"] {
      var reader = try CorpusReader(paths: [given])
      #expect(reader.readAll().map { Summary($0).id?.utf8Bytes } == expected.map(\.utf8Bytes))
      #expect(reader.skippedFiles.count == 5)
      #expect(
        Set(reader.skippedFiles.examples)
          == Set(
            ["picture.png", "README", "a/b/notes.md", "a/loop", "linked-folder"].map { folder.path($0) }))
    }
  }

  @Test func pathsComeInTheOrderGiven() throws {
    let b = folder.write("b.txt", "b")
    let a = folder.write("a.txt", "a")
    let j = folder.write("sub/j.jsonl", "{\"text\":\"x\",\"id\":\"1\"}\n{\"text\":\"x\",\"id\":\"2\"}")
    #expect(try read(b, j, a, folder.path("sub"), b).map(\.id) == [b, "1", "2", a, "1", "2", b])
    symlink(folder.path("sub"), folder.path("link"))
    #expect(try read(folder.path("link")).map(\.id) == ["1", "2"])
  }

  @Test func badArguments() {
    let missing = error([folder.path("none.jsonl")])
    #expect(missing?.code == "cannot-open")
    #expect(missing?.kind == .failure)
    #expect(missing?.message == "cannot be opened: No such file or directory")
    #expect(missing?.place == Place(file: folder.path("none.jsonl")))
    let unknown = error([folder.write("x.docx", "x")])
    #expect(unknown?.code == "unknown-format")
    #expect(unknown?.kind == .failure)
    #expect(unknown?.message.contains(".jsonl") == true)
    #expect(error(["-", "-"])?.code == "duplicate-path")
    #expect(error(["-", "-"])?.kind == .usage)
    #expect(error([folder.write("x.txt", "x")], layout: .folders)?.code == "not-a-folder")
    #expect(error(["-"], layout: .folders)?.code == "not-a-folder")
    #expect(error([folder.path], layout: .folders) == nil)
  }

  @Test func unreadablePartsAreFailuresInTheirPlace() throws {
    folder.write("a.jsonl", "{\"text\":\"x\",\"id\":\"1\"}")
    folder.makeFolder("b")
    symlink(folder.path("nowhere"), folder.path("c.jsonl"))
    symlink(folder.path("nowhere"), folder.path("d.txt"))
    symlink("e.csv", folder.path("e.csv"))
    folder.write("f.txt", "x")
    var reader = try CorpusReader(paths: [folder.path])
    let first = reader.next()
    var records = try #require(first).records()
    // The folder goes away after it has been listed: even root cannot open it.
    rmdir(folder.path("b"))
    records += reader.readAll()
    let summaries = records.map { Summary($0) }
    #expect(
      summaries.map(\.failure?.code) == [
        nil, "cannot-open", "cannot-open", "cannot-open", "cannot-open", nil,
      ])
    #expect(
      summaries[1...4].map(\.place)
        == ["b", "c.jsonl", "d.txt", "e.csv"].map { Place(file: folder.path($0)) })
    #expect(summaries[1].failure?.message == "cannot be opened: No such file or directory")
    #expect(summaries[4].failure?.message == "cannot be opened: Too many levels of symbolic links")
    #expect(summaries[1...4].allSatisfy { $0.failure?.kind == .record })
    #expect(summaries[5].id == folder.path("f.txt"))
  }

  @Test func namesThatAreNotUTF8() throws {
    folder.write("z.txt", "x")
    let name = Array(folder.path.utf8) + [0x2F, 0x61, 0xFF] + Array(".txt".utf8) + [0]
    name.withUnsafeBytes { _ = close(creat($0.baseAddress!.assumingMemoryBound(to: CChar.self), 0o644)) }
    let records = try read(folder.path)
    #expect(records.map(\.failure?.code) == ["bad-file-name", nil])
    #expect(records[0].place == Place(file: folder.path("a\u{FFFD}.txt")))
  }

  @Test func foldersAsLabels() throws {
    folder.write("awards/a.txt", "a")
    folder.write("awards/deep/b.txt", "---\nlabels: [borders, awards]\n---\nb")
    folder.write(
      "borders/c.jsonl", "{\"text\":\"c\",\"id\":\"c\"}\n{\"text\":\"d\",\"id\":\"d\",\"labels\":[]}")
    folder.write("biển, đảo/e.csv", "id,text\ne,x")
    folder.write("stray.txt", "x")
    let records = try read(folder.path, layout: .folders)
    #expect(
      records.map(\.labels)
        == [["awards"], ["awards", "borders"], ["biển, đảo"], ["borders"], ["borders"], nil])
    #expect(records[5].failure?.code == "no-label-folder")
    #expect(records[5].place == Place(file: folder.path("stray.txt")))
    // The same files without the layout.
    #expect(try read(folder.path)[0].labels == nil)
  }

  @Test func recordsDoNotDependOnTheChunks() throws {
    var random = SeededGenerator(seed: 10)
    let lines = [
      "{\"text\":\"đảo\",\"id\":1}", "{\"id\":2}", "", "  ", "x", "{\"text\":\"a\\nb\",\"k\":[1,2]}",
      "{\"text\":\"y\"}\r",
      "{\"text\":\"" + String(repeating: "dài ", count: 60) + "\"}",
    ]
    for _ in 0..<60 {
      var text = (0..<random.below(40)).map { _ in lines[random.below(lines.count)] }.joined(separator: "\n")
      if random.below(2) == 0 { text += "\n" }
      let file = folder.write("r.jsonl", text)
      // The oracle: one line at a time.
      var expected: [Summary] = []
      for (index, line) in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
        for var record in try read(folder.write("one.jsonl", Array(line))) {
          record.place?.file = file
          record.place?.line = index + 1
          if record.failure != nil {
            record.failure?.place?.file = file; record.failure?.place?.line = index + 1
          }
          if record.failure == nil, record.id?.hasPrefix(folder.path) == true {
            record.id = "\(file):\(index + 1)"
          }
          expected.append(record)
        }
      }
      for chunkSize in [1, 2, 1 + random.below(300), 1 << 20] {
        #expect(try read(file, chunkSize: chunkSize) == expected)
      }
    }
  }

  @Test func chunksAreParsedOnAnyThread() throws {
    let body = (0..<3000).map { "{\"id\":\"\($0)\",\"text\":\"bài số \($0)\"}\n" }.joined()
    folder.write("a.jsonl", body)
    for number in 0..<150 { folder.write("t/\(1000 + number).txt", "---\nlabels: [a]\n---\nbài \(number)") }
    var reader = try CorpusReader(paths: [folder.path], chunkSize: 4096)
    var chunks: [RawChunk] = []
    while let chunk = reader.next() { chunks.append(chunk) }
    #expect(chunks.count > 20)
    let parallel = try Parallel.map(count: chunks.count, threads: 4) { [chunks] item, _ in
      chunks[item].records().map { Summary($0) }
    }
    let expected = try read(folder.path)
    #expect(expected.count == 3150)
    #expect(parallel.flatMap { $0 } == expected)
  }

  @Test func pipesAreRead() throws {
    // A named pipe, written in pieces that do not end at lines.
    let path = folder.path("pipe")
    #expect(mkfifo(path, 0o600) == 0)
    let text = (0..<200).map { "{\"id\":\"\($0)\",\"text\":\"đảo \($0)\"}\n" }.joined()
    // Opened for both, so that neither end waits for the other; the reader then meets the end when it is closed.
    let writer = open(path, O_RDWR)
    var reader = try CorpusReader(paths: [path])
    let bytes = Array(text.utf8)
    #expect(write(writer, bytes, 5000) == 5000)
    let first = reader.next()
    var records = try #require(first).records()
    // What is there in whole lines comes at once, though the pipe is still open.
    #expect(records.count == text.utf8.prefix(5000).count { $0 == 0x0A })
    #expect(write(writer, Array(bytes[5000...]), bytes.count - 5000) == bytes.count - 5000)
    close(writer)
    records += reader.readAll()
    #expect(records.map { Summary($0).id } == (0..<200).map { "\($0)" })
  }

  @Test func largeTextFiles() throws {
    let long = String(repeating: "Biển đảo quê hương. ", count: 50_000)
    let article = folder.write("a.txt", "---\nlabels: [x]\n---\n" + long)
    let lines = folder.write("b.txt", String(repeating: "__label__x một dòng\n", count: 40_000))
    let records = try read(article, lines, article)
    #expect(records.count == 40_002)
    #expect(records[0].text == long)
    #expect(records[40_000].id == "\(lines):40000")
    #expect(records[40_001].labels == ["x"])
  }

  @Test func aLineOfFiftyMegabytes() throws {
    let unit = Array("Trường Sa và Hoàng Sa \\u0111\\n".utf8)
    var bytes = Array("{\"id\":\"first\",\"text\":\"x\"}\n{\"id\":\"long\",\"text\":\"".utf8)
    bytes.reserveCapacity(52 << 20)
    var units = 0
    while bytes.count < 50 << 20 {
      bytes += unit
      units += 1
    }
    bytes += Array("\"}\n{\"id\":\"last\",\"text\":\"x\"}".utf8)
    var reader = try CorpusReader(paths: [folder.write("long.jsonl", bytes)])
    let records = reader.readAll()
    #expect(records.count == 3)
    guard case .document(let document) = records[1], case .document(let last) = records[2] else {
      Issue.record("not documents")
      return
    }
    #expect(document.text.count == units * "Trường Sa và Hoàng Sa đ\n".utf8.count)
    #expect(document.text.suffix(3) == [0xC4, 0x91, 0x0A])
    #expect(last.id == "last")
    #expect(last.place.line == 3)
  }
}
