import NhanCore
import NhanPlugins
import PluginTestSupport
import Testing

/// Loading plugins, and refusing those that are wrong.
@Suite struct HostTests {
  private func code(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "none"
    } catch let error as NhanError { return error.code } catch { return "\(error)" }
  }

  @Test(arguments: [
    ("NO_ENTRY", "plugin-symbol"), ("NULL_TABLE", "plugin-table"), ("ABI=0", "plugin-abi"),
    ("SCHEMA=\"{\"", "bad-plugin-schema"), ("NAME=\"Bad name\"", "plugin-table"),
    ("CONCURRENCY=7", "plugin-table"), ("ON_LOAD=abort()", "plugin-crashed"),
    ("ON_LOAD=*(volatile int*)0=0", "plugin-crashed"), ("ON_LOAD=_exit(0)", "plugin-crashed"),
    ("ON_LOAD=raise(9)", "plugin-crashed"), ("ON_LOAD=exit(0)", "plugin-crashed"),
    ("ON_LOAD=fork()", "plugin-crashed"),
    ("ON_LOAD=puts(\"hello\")", "plugin-prints"), ("ON_LOAD=fputs(\"hello\",stderr)", "plugin-prints"),
  ])
  func eachDefectHasItsOwnMessage(macro: String, expected: String) throws {
    let scratch = Scratch()
    let file = try scratch.library("x", from: "normalizer.c", defining: [macro])
    #expect(code { _ = try PluginProbe.ofCommand.describe(file) } == expected)
    // The search reports it and goes on.
    _ = try scratch.library("good", from: "normalizer.c")
    let found = PluginSearch(folders: [.init(scratch.path)], probe: .ofCommand).find()
    #expect(found.libraries.map(\.identity.id) == ["copy"])
    #expect(found.problems.map(\.code) == [expected])
    #expect(found.problems.allSatisfy { $0.place?.file == file })
  }

  @Test(arguments: ["for(;;)pause()", "if(fork()==0)for(;;)pause()", "for(;;)puts(\"more and more\")"])
  func aHangingPluginIsLeftOut(load: String) throws {
    let scratch = Scratch()
    let file = try scratch.library("x", from: "normalizer.c", defining: ["ON_LOAD=\(load)"])
    _ = try scratch.library("good", from: "normalizer.c")
    var short = PluginProbe.ofCommand
    short.seconds = 0.5
    #expect(code { _ = try short.describe(file) } == "plugin-hangs")
    let found = PluginSearch(folders: [.init(scratch.path)], probe: short).find()
    #expect(found.libraries.map(\.identity.id) == ["copy"] && found.problems.map(\.code) == ["plugin-hangs"])
  }

  /// What is wrong is said with what was found and what was expected.
  @Test func messagesSayBothSides() throws {
    let scratch = Scratch()
    func message(_ macro: String) throws -> String {
      do {
        _ = try PluginLibrary(
          try scratch.library("x\(macro.utf8.count)", from: "normalizer.c", defining: [macro]))
        return ""
      } catch let error as NhanError { return error.message }
    }
    #expect(
      try message("ABI=0")
        == "the plugin was built for interface version 0, this program takes 1 and later")
    #expect(try message("NO_ENTRY") == "the library does not export 'nhan_plugin_entry'")
    #expect(
      try message("CONCURRENCY=7")
        == "not a valid plugin: stage 'copy' has the concurrency 7, expected 1, 2 or 3")
  }

  /// Tables only grow at their ends, so one of a later version is read as far as it is known.
  @Test func aPluginOfALaterVersionWorks() throws {
    let scratch = Scratch()
    let library = try PluginLibrary(try scratch.library("later", from: "normalizer.c", defining: ["ABI=99"]))
    #expect(library.description.abi == 99)
    let factory = try #require(library.normalizers.first)
    var output = TextBatch()
    try factory.make(try factory.options.values("{}")).normalize(batch(["a"]), into: &output)
    #expect(texts(of: output) == ["a"])
  }

  /// Only named folders and the installation's are searched.
  @Test func theCurrentFolderIsNotSearched() throws {
    let scratch = Scratch()
    _ = try scratch.library("here", from: "normalizer.c", defining: ["ID=\"here\""])
    let list = "cd '\(scratch.path)' && '\(Paths.command)' plugin list"
    #expect(try !run(["sh", "-c", list]).output.contains("here"))
    #expect(try run(["sh", "-c", list + " --plugins ."]).output.contains("here"))
  }

  @Test func otherFilesAreNoPlugins() throws {
    let scratch = Scratch()
    let text = try scratch.write("not a library, but long enough to hold a header", to: "libtext.so")
    #expect(code { _ = try PluginLibrary(text) } == "not-a-plugin")
    // The same library, said to be for another machine: e_machine is at byte 18.
    let file = try scratch.library("x", from: "normalizer.c")
    var bytes = try MappedFile.map(file).withUnsafeBytes { Array($0) }
    bytes[18] = bytes[18] == 183 ? 62 : 183
    let other = try OutputFile(scratch.file("libother.so"))
    try other.write(bytes)
    try other.commit()
    do {
      _ = try PluginLibrary(scratch.file("libother.so"))
      Issue.record("loaded")
    } catch let error {
      #expect(error.code == "plugin-architecture")
      #expect(error.message.contains("aarch64") && error.message.contains("x86_64"))
    }
  }

  @Test func theSameIdTwiceIsReportedUnlessTheFileIsTheSame() throws {
    let scratch = Scratch()
    _ = try scratch.library("a", from: "normalizer.c")
    try run(["cp", scratch.file("liba.so"), scratch.file("libb.so")])
    let same = PluginSearch(folders: [.init(scratch.path)], probe: .ofCommand).find()
    #expect(same.libraries.count == 1 && same.problems.isEmpty)
    _ = try scratch.library("c", from: "normalizer.c", defining: ["VERSION=\"2\""])
    _ = try scratch.library("d", from: "normalizer.c", defining: ["ID=\"other\""])
    let found = PluginSearch(folders: [.init(scratch.path)], probe: .ofCommand).find()
    #expect(found.libraries.count == 1)
    #expect(found.problems.map(\.code) == ["duplicate-plugin", "duplicate-plugin"])
    #expect(found.problems[0].message.contains("liba.so") && found.problems[0].message.contains("version 2"))
    #expect(found.problems[1].message.contains("'copy' is offered twice"))
  }

  @Test func aNamedFolderMustExist() {
    let found = PluginSearch(
      folders: [.init("/nonexistent"), .init("/nonexistent-too", isNamed: false)], probe: nil
    ).find()
    #expect(found.problems.map(\.code) == ["plugin-folder"])
  }

  @Test(arguments: ["NHAN_SERIAL", "NHAN_PER_THREAD", "NHAN_PARALLEL"])
  func concurrencyIsObeyed(_ concurrency: String) throws {
    let scratch = Scratch()
    let file = try scratch.library("x", from: "normalizer.c", defining: ["CONCURRENCY=\(concurrency)"])
    let factory = try #require(try PluginLibrary(file).normalizers.first)
    let normalizer = try factory.make(try factory.options.values("{}"))
    let input = batch((0..<20).map { "text \($0)" })
    // The fixture fails when it is entered as it says it must not be.
    let outputs = try Parallel.map(count: 32, threads: 8) { _, _ in
      var output = TextBatch()
      try normalizer.normalize(input, into: &output)
      return texts(of: output)
    }
    #expect(outputs.allSatisfy { $0 == texts(of: input) })
  }

  @Test func aDocumentFailsAlone() throws {
    let scratch = Scratch()
    let factory = try #require(
      try PluginLibrary(try scratch.library("x", from: "normalizer.c")).normalizers.first)
    var output = TextBatch()
    try factory.make(try factory.options.values("{}")).normalize(batch(["a", "fail", "b"]), into: &output)
    #expect(texts(of: output) == ["a", "", "b"])
    #expect(output.failures.mapValues(\.message) == [1: "normalizer 'copy': it says fail"])
  }

  @Test func aWrongCountOfDocumentsIsAnError() throws {
    let scratch = Scratch()
    let factory = try #require(
      try PluginLibrary(try scratch.library("x", from: "normalizer.c", defining: ["FORGET"])).normalizers
        .first)
    var output = TextBatch()
    #expect(throws: NhanError.self) {
      try factory.make(try factory.options.values("{}")).normalize(batch(["a", "b"]), into: &output)
    }
  }

  @Test func optionsFollowThePluginsSchema() throws {
    let scratch = Scratch()
    let file = try scratch.library("x", from: "normalizer.c", defining: ["REFUSE"])
    let factory = try #require(try PluginLibrary(file).normalizers.first)
    #expect(throws: NhanError.self) { try factory.options.values(#"{"size": 10}"#) }
    #expect(throws: NhanError.self) { try factory.options.values(#"{"sise": 1}"#) }
    // What arrives is the whole object, defaults filled in.
    do {
      _ = try factory.make(try factory.options.values("{}"))
      Issue.record("made")
    } catch let error as NhanError { #expect(error.message.hasSuffix(#"refused: {"size":3}"#)) }
  }

  @Test func aPluginOfTheFirstVersionWorks() throws {
    let scratch = Scratch()
    let file = try scratch.library("old", from: "learner.c", header: Paths.fixtures + "/version1")
    let library = try PluginLibrary(file)
    #expect(library.description.abi == 1)
    let factory = try #require(library.extractors.first)
    let extractor = try factory.make(try factory.options.values("{}"))
    let observers = (0..<3).map { _ in extractor.makeObserver() }
    for (index, observer) in observers.enumerated() {
      try observer.observe(batch([String(repeating: "x", count: index + 1)]))
    }
    let fitted = try extractor.fit(observers)
    var rows = CSRMatrix(columnCount: 1)
    try fitted.makeWorker().extract(batch(["abc", ""]), into: &rows)
    // Without merge all observers share an instance: 1 + 2 + 3 bytes were seen.
    #expect(rows.values == [0.5, 0])
    #expect(fitted.occurrences(inDocument: 0, of: batch(["abc"])).isEmpty)

    let classifiers = try #require(library.classifiers.first)
    let learned = try classifiers.make(try classifiers.options.values("{}"))
      .fit(rows, TargetMatrix(labelCount: 2, values: [1, 0, 1, 1]), task: .multiLabel, threads: 2).classifier
    var scores: [Float] = []
    try learned.score(rows, into: &scores)
    #expect(scores == [1, 0.5, 1, 0.5])
    #expect(learned.linear == nil)
    var archive = TensorArchive()
    learned.save(to: &archive)
    #expect(throws: NhanError.self) {
      try classifiers.make(try classifiers.options.values("{}")).load(
        from: archive, columnCount: 1, labelCount: 3)
    }
  }
}
