import Foundation
import TestSupport
import Testing

/// Input that is broken in every way that occurs: each piece is told of, the rest is processed.
@Suite struct BadInputTests {
  private let folder = TemporaryFolder()

  private func classify(_ paths: String..., input: Data = Data()) throws -> Output {
    try Command.run(
      [Command.binary, "classify", "--model", try fixture().path("model.safetensors")] + paths, in: folder,
      input: input)
  }

  /// The records of an output by id, or by line where there is none.
  private func records(_ output: Output) throws -> [(key: String, labels: [String]?, code: String?)] {
    try output.lines.map { line in
      let record = try json(line)
      let key = record["id"] as? String ?? "line \(record["line"] as? Int ?? 0)"
      let error = record["error"] as? [String: Any]
      #expect(error == nil || (error?["message"] as? String)?.isEmpty == false)
      return (key, record["labels"] as? [String], error?["code"] as? String)
    }
  }

  @Test func aFolderOfBrokenFiles() throws {
    folder.write("in/a good.txt", "Tàu cá ở Hoàng Sa\n")
    folder.write("in/b empty.txt", "")
    folder.write("in/c blank.txt", " \n\t\n")
    folder.write("in/d latin.txt", Data([0x54, 0xe0, 0x75, 0x20, 0x63, 0xe1, 0x20, 0xf4, 0x0a]))
    folder.write("in/e one byte.txt", Data("Tàu cá ".utf8) + [0xff] + Data(" ở Hoàng Sa\n".utf8))
    folder.write("in/f utf16.txt", "Tàu cá".data(using: .utf16)!)
    folder.write("in/g utf16 without mark.txt", "Tàu cá".data(using: .utf16LittleEndian)!)
    folder.write("in/h fence.txt", "---\nlabels: [a]\nkhông đóng\n")
    folder.write("in/i front.txt", "---\nlabels: a: b\n---\nTàu cá\n")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("in/j link.txt"), withDestinationPath: "nowhere")
    folder.write("in/k notes.md", "ghi chú")
    try FileManager.default.createSymbolicLink(atPath: folder.path("in/l loop"), withDestinationPath: ".")
    folder.write("in/m table.csv", "id,body\n1,x\n")
    folder.write("in/n ragged.csv", "id,text\nn1,tàu cá\nn2\nn3,\"mở\nn4,tàu cá\n")
    folder.write("in/o last.txt", "Tàu cá ở Hoàng Sa\n")
    let output = try classify("in")
    #expect(output.status == 1)
    let found = try records(output).map { "\($0.key): \($0.code ?? $0.labels!.joined(separator: " "))" }
    #expect(
      found == [
        "in/a good.txt: seas", "in/b empty.txt: empty-document", "in/c blank.txt: empty-document",
        "in/d latin.txt: not-utf8", "in/e one byte.txt: seas", "in/f utf16.txt: not-text",
        "in/g utf16 without mark.txt: not-text", "in/h fence.txt: unterminated-front-matter",
        "in/i front.txt: bad-front-matter", "in/j link.txt: cannot-open", "line 1: missing-column",
        "n1: seas",
        "line 3: ragged-row", "line 4: broken-quote", "n4: seas", "in/o last.txt: seas",
      ])
    #expect(output.messages.contains("in/e one byte.txt: replaced 1 invalid UTF-8"))
    #expect(output.messages.contains("left out 2 files of unknown format, such as in/k notes.md, in/l loop"))
    #expect(output.messages.contains("11 records could not be used; the others were processed"))
    #expect(output.messages.contains("iconv -f UTF-16"))
    // A single failure is one record, not "records".
    #expect(try classify("in/b empty.txt").messages.contains("1 record could not be used"))
  }

  @Test func brokenLines() throws {
    let lines = """
      {"id": "1", "text": "tàu cá"}
      {"id": "2"}
      {"id": "1", "text": "lần nữa"}
      {"text": 5, "id": "4"}
      [1, 2]

      {"id": "7", "text": "tàu cá", "labels": "seas"}
      {"id": "8", "text": "tàu cá"} rest
      {"id": "9", "text": "tàu \\ud800 cá"}
      {"id": "10", "text": "tàu cá"}
      {"id": "11", "text": "tàu
      """
    let expected = [
      "1: seas", "2: missing-text", "1: duplicate-id", "4: bad-text", "line 5: bad-json", "7: bad-labels",
      "8: bad-json",
    ]
    folder.write("lines.jsonl", lines)
    for output in [try classify("lines.jsonl"), try classify("-", input: Data(lines.utf8))] {
      #expect(output.status == 1)
      let found = try records(output).map { "\($0.key): \($0.code ?? $0.labels!.joined(separator: " "))" }
      #expect(Array(found.prefix(7)) == expected)
      #expect(Array(found.suffix(2)) == ["10: seas", "11: bad-json"])
      #expect(found.count == 10)
      #expect(output.messages.contains(":11:"))
    }
    let explained = try Command.nhan(
      "explain", "--model", try fixture().path("model.safetensors"), "lines.jsonl", in: folder)
    #expect(explained.status == 1 && explained.text.contains("tàu cá"))
    let table = try Command.nhan(
      "classify", "--model", try fixture().path("model.safetensors"), "--format", "table", "lines.jsonl",
      in: folder)
    #expect(table.status == 1 && table.text.contains("✗ missing-text: "))
  }

  @Test func aFileOfFiftyMegabytes() throws {
    let line = "Hôm nay, theo người dân trong tỉnh, tàu cá của ngư dân đã về đảo Lý Sơn.\n"
    let text = "Bài báo lớn\n" + String(repeating: line, count: 50_000_000 / line.utf8.count)
    folder.write("large.txt", text)
    folder.write("small.txt", "Tàu cá")
    let output = try classify("large.txt", "small.txt")
    #expect(output.status == 0, "\(output.messages)")
    #expect(try records(output).map(\.key) == ["large.txt", "small.txt"])
  }

  @Test func whatCannotBeOpenedIsAFailure() throws {
    folder.write("file.txt", "Tàu cá")
    for path in ["nowhere", "file.txt/", "file.txt/inside"] {
      let output = try classify("file.txt", path)
      #expect(output.status == 3 && output.bytes.isEmpty)
      #expect(output.messages.hasPrefix("nhan: error: \(path): cannot be opened: "), "\(output.messages)")
    }
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("dangling"), withDestinationPath: "nowhere")
    #expect(try classify("dangling").status == 3)
    #expect(try classify("-", "-").status == 2)
  }

  @Test func foldersThatMayNotBeRead() throws {
    folder.write("in/good.txt", "Tàu cá")
    folder.write("in/locked/secret.txt", "Tàu cá")
    try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: folder.path("in/locked"))
    defer {
      try? FileManager.default.setAttributes(
        [.posixPermissions: 0o755], ofItemAtPath: folder.path("in/locked"))
    }
    // Permissions bind root only without these capabilities.
    let drop =
      "setpriv --bounding-set=-dac_override,-dac_read_search --inh-caps=-dac_override,-dac_read_search"
    let command =
      "\(geteuid() == 0 ? drop : "") $NHAN classify --model \(try fixture().path("model.safetensors"))"
    let walked = try Command.shell("\(command) in", in: folder)
    #expect(walked.status == 1)
    #expect(walked.text.contains(#"{"id":"in/good.txt","labels""#))
    #expect(walked.text.contains(#"{"file":"in/locked","error":{"code":"cannot-open","#), "\(walked.text)")
    #expect(walked.messages.contains("in/locked: cannot be opened: Permission denied"))
    let named = try Command.shell("\(command) in/locked", in: folder)
    #expect(named.status == 3 && named.messages.contains("Permission denied"))
  }

  @Test func outputAppearsWholeOrNotAtAll() throws {
    folder.write("lines.jsonl", #"{"id":"1","text":"tàu cá"}"#)
    let model = try fixture().path("model.safetensors")
    let nowhere = try Command.nhan(
      "classify", "--model", model, "--output", "no/where.csv", "lines.jsonl", in: folder)
    #expect(nowhere.status == 3 && nowhere.messages.contains("no/where.csv: cannot write: No such file"))
    // An input that fails before anything is read leaves the old output alone.
    folder.write("out", "old")
    let missing = try Command.nhan("classify", "--model", model, "--output", "out", "nowhere", in: folder)
    #expect(missing.status == 3)
    #expect(try folder.read("out") == Data("old".utf8))
    // Failed records do not make the output partial.
    folder.write(
      "bad.jsonl", "{\"id\":\"1\",\"text\":\"tàu cá\"}\nnothing\n{\"id\":\"3\",\"text\":\"x\"}\n")
    let partial = try Command.nhan("classify", "--model", model, "--output", "out", "bad.jsonl", in: folder)
    #expect(partial.status == 1)
    #expect(String(decoding: try folder.read("out"), as: UTF8.self).split(separator: "\n").count == 3)
    #expect(try folder.names() == ["bad.jsonl", "lines.jsonl", "out"])
  }

  @Test func aDiskThatFillsUpLeavesNothingBehind() throws {
    let lines = (0..<3000).map { #"{"id":"\#($0)","text":"tàu cá"}"# }.joined(separator: "\n")
    folder.write("many.jsonl", lines)
    folder.write("out", "old")
    // A limit on the size of files fails a write as a full disk does.
    let output = try Command.shell(
      "trap '' XFSZ; ulimit -f 16; $NHAN classify --model \(try fixture().path("model.safetensors")) --output out many.jsonl",
      in: folder)
    #expect(output.status == 3, "\(output.messages)")
    #expect(output.messages.contains("out: cannot write: File too large"))
    #expect(try folder.read("out") == Data("old".utf8))
    #expect(try folder.names() == ["many.jsonl", "out"])
  }
}
