import NhanCore
import NhanCorpus
import TestSupport
import Testing

@Suite struct JSONLinesTests {
  let folder = TemporaryFolder()

  @Test func fieldsAndMetadata() throws {
    let file = folder.write(
      "a.jsonl",
      "\u{FEFF}" + #"{"id":"x1","title":"Biển\n\"đảo\"","text":"Ho\u00e0ng Sa\\","labels":["b","a","b"]}"#
        + "\r\n\n  \t\n" + #" {"n":1.5,"text":"t","id":7.50,"meta":{"a":[null]},"labels":[],"n":"x"} "# + "\n"
        + #"{"text":"no id","title":null,"labels":null,"id":null}"# + "\n" + #"{"te\u0078t":"last","id":""}"#)
    let records = try read(file)
    #expect(records.count == 4)
    #expect(records[0].id == "x1")
    #expect(records[0].title == "Biển\n\"đảo\"")
    #expect(records[0].text == "Hoàng Sa\\")
    #expect(records[0].labels == ["b", "a"])
    #expect(records[0].metadata == .object([]))
    #expect(records[0].place == Place(file: file, line: 1))
    #expect(records[1].id == "7.50")
    #expect(records[1].labels == [])
    #expect(
      records[1].metadata
        == .object([("n", .double(1.5)), ("meta", .object([("a", .array([.null]))])), ("n", .string("x"))]))
    #expect(records[1].place == Place(file: file, line: 4))
    #expect(records[2].id == "\(file):5")
    #expect(records[2].labels == nil)
    #expect(records[3].id == "\(file):6")
    #expect(records[3].text == "last")
    #expect(records.allSatisfy { $0.failure == nil && $0.textOffset == nil })
  }

  @Test(
    arguments: [
      (#"{"id":"a"}"#, "missing-text", "a", nil, "there is no 'text', expected a string"),
      (#"{"text":5,"id":"a"}"#, "bad-text", "a", nil, "'text' is a number, expected a string"),
      (#"{"text":null}"#, "bad-text", nil, nil, "'text' is null, expected a string"),
      (#"{"id":[1],"text":"x"}"#, "bad-id", nil, nil, "'id' is a list, expected a string or a number"),
      (#"{"id":3,"title":{},"text":"x"}"#, "bad-title", "3", nil, "'title' is a mapping, expected a string"),
      (
        #"{"id":3,"text":"x","labels":"borders"}"#, "bad-labels", "3", nil,
        "'labels' is a string, expected a list of names"
      ),
      (
        #"{"text":"x","labels":[1]}"#, "bad-labels", nil, nil,
        "'labels' is a list with something else than names in it, expected a list of names"
      ),
      (
        #"{"text":"x","labels":[""]}"#, "bad-labels", nil, nil,
        "'labels' is a list with something else than names in it, expected a list of names"
      ),
      (
        #"{"id":"a","text":" \n\t","title":"  "}"#, "empty-document", "a", nil,
        "found nothing but white space, expected a title or a text"
      ),
      (#"{"id":"a","text":"x""#, "bad-json", "a", 21, "the input ends, expected ',' or '}'"),
      (#"{"id":"a","text":"x"} y"#, "bad-json", "a", 23, "found 'y', expected the end of the input"),
      (#"["a"]"#, "bad-json", nil, 1, "found '[', expected '{'"),
      (#"{"n":1e999,"text":"x"}"#, "bad-json", nil, 6, "the number is too large for a double"),
      (
        "{\"text\":\"a\tb\"}", "bad-json", nil, 11,
        "found the byte 0x09, expected a character or an escape such as \\n in a string"
      ),
      ("{\"id\":\"a\",\"text\":\"x\0\"}", "not-text", "a", nil, "found NUL bytes, expected UTF-8 text"),
    ] as [(String, String, String?, Int?, String)])
  func failures(line: String, code: String, id: String?, column: Int?, message: String) throws {
    let file = folder.write("f.ndjson", "\n" + line + "\n{\"text\":\"fine\"}")
    let records = try read(file)
    #expect(records.count == 2)
    let failure = try #require(records[0].failure)
    #expect(failure.code == code)
    #expect(failure.kind == .record)
    #expect(failure.message == message)
    #expect(failure.place == Place(file: file, line: 2, column: column))
    #expect(records[0].id == id)
    #expect(records[1].text == "fine")
  }

  @Test func hintsShowTheRightForm() throws {
    let file = folder.write("f.jsonl", #"{"text":"x","labels":"biên \"giới\""}"#)
    #expect(try read(file)[0].failure?.hint == #"write "labels": ["biên \"giới\""], or [] for none"#)
  }

  @Test func aFewInvalidBytesStay() throws {
    let bytes = Array("{\"text\":\"đảo đảo đảo ".utf8) + [0xC3] + Array("\"}".utf8)
    let file = folder.write("i.jsonl", bytes)
    var reader = try CorpusReader(paths: [file])
    guard case .document(let document) = reader.readAll()[0] else {
      Issue.record("not a document")
      return
    }
    #expect(document.text == Array("đảo đảo đảo ".utf8) + [0xC3])
  }

  @Test func legacyEncodingIsNamed() throws {
    // Three valid bytes and two invalid ones: 40 %.
    let bytes = Array("{\"id\":1,\"text\":\"ả".utf8) + [0xB8, 0xB5] + Array("\"}".utf8)
    let failure = try #require(try read(folder.write("t.jsonl", bytes))[0].failure)
    #expect(failure.code == "not-utf8")
    #expect(failure.message == "40 % of the non-ASCII bytes are not UTF-8")
    #expect(failure.hint?.contains("iconv") == true)
    #expect(failure.hint?.contains("TCVN3") == true)
    #expect(failure.hint?.contains("VNI") == true)
    #expect(failure.hint?.contains("WINDOWS-1258") == true)
    // Three of ten is not more than 30 %.
    let border = Array("{\"text\":\"ảđđ".utf8) + [0xFF, 0x20, 0xFE, 0x20, 0xC3] + Array("\"}".utf8)
    #expect(try read(folder.write("b.jsonl", border))[0].failure == nil)
  }

  @Test(
    arguments: [[0xFF, 0xFE, 0x7B, 0], [0xFE, 0xFF, 0, 0x7B], [0, 0, 0xFE, 0xFF], [0x7B, 0, 0x22, 0]]
      as [[UInt8]])
  func utf16FileIsOneFailure(head: [UInt8]) throws {
    for name in ["u.jsonl", "u.csv", "u.ft"] {
      let file = folder.write(name, head + [0x0A, 0, 0x0A, 0])
      let records = try read(file)
      #expect(records.count == 1)
      #expect(records[0].failure?.code == "not-text")
      #expect(records[0].failure?.place == Place(file: file))
      #expect(records[0].failure?.hint?.contains("iconv -f UTF-16 -t UTF-8") == true)
    }
  }

  @Test func emptyFileHasNoRecords() throws {
    #expect(try read(folder.write("e.jsonl", "")).isEmpty)
    #expect(try read(folder.write("b.jsonl", "\u{FEFF}")).isEmpty)
  }
}
