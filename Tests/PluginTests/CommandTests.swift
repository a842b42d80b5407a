import NhanCore
import PluginTestSupport
import Testing

/// Plugins from the command line to the tags.
@Suite struct CommandTests {
  private static let configuration = """
    labels: [sea, border]
    normalizers: [{use: legacy-encodings}, {use: unicode}]
    features: [{use: word-ngrams, minimum-documents: 1}, {use: words, minimum-count: 3}]
    classifier: {use: naive-bayes, smoothing: 0.5}
    validation: {folds: 3}
    """

  private func train(_ scratch: Scratch, _ arguments: [String] = []) throws -> RunResult {
    let data = try scratch.write(Articles.lines, to: "articles.jsonl")
    let configuration = try scratch.write(Self.configuration, to: "config.yaml")
    return try run(
      [Paths.command, "train", "--config", configuration, "--data", data, "--output", scratch.file("model")]
        + arguments)
  }

  private func classify(_ scratch: Scratch, _ command: String = Paths.command, _ arguments: [String] = [])
    throws
    -> RunResult
  {
    try run(
      [command, "classify", "--model", scratch.file("model"), scratch.file("articles.jsonl")] + arguments)
  }

  @Test func aModelRemembersItsPlugins() throws {
    let scratch = Scratch()
    let trained = try train(scratch)
    #expect(trained.status == 0, "\(trained.errors)")
    let tagged = try classify(scratch)
    #expect(tagged.status == 0, "\(tagged.errors)")
    #expect(tagged.output.split(separator: "\n").count == 24)
    #expect(tagged.output.contains(#"{"id":"0","labels":["sea"]"#))
    for threads in ["1", "4"] {
      #expect(try classify(scratch, Paths.command, ["--threads", threads]).output == tagged.output)
    }
    let described = try run([Paths.command, "model", "show", scratch.file("model")])
    #expect(described.output.contains(#""id": "naive-bayes""#) && described.output.contains(#""sha256""#))

    let without = try classify(scratch, Paths.command, ["--no-plugins"])
    #expect(without.status == 3)
    #expect(without.errors.contains("naive-bayes 1.0.0") && without.errors.contains("--no-plugins"))
  }

  /// An installation of its own, so that its plugins can be changed: the command beside copies of them.
  @Test func aChangedPluginIsRefused() throws {
    let scratch = Scratch()
    #expect(try train(scratch).status == 0)
    let expected = try classify(scratch).output
    try run(["mkdir", "-p", scratch.file("bin"), scratch.file("lib/nhan/plugins")])
    let command = scratch.file("bin/nhan")
    try run(["cp", Paths.command, command])
    for plugin in ["NaiveBayes", "WordSegmenter", "LegacyEncodings"] {
      try run(["cp", Paths.plugin(plugin), scratch.file("lib/nhan/plugins")])
    }
    // The same files elsewhere serve as well.
    #expect(try classify(scratch, command).output == expected)
    // A byte behind the end changes nothing but the digest.
    try run(["sh", "-c", "printf x >> \(scratch.file("lib/nhan/plugins/libNaiveBayes.so"))"])
    let refused = try classify(scratch, command)
    #expect(refused.status == 3 && refused.output.isEmpty)
    #expect(refused.errors.contains("was trained with plugin naive-bayes 1.0.0, SHA-256"))
    #expect(refused.errors.contains("--allow-plugin-mismatch"))
    let allowed = try classify(scratch, command, ["--allow-plugin-mismatch"])
    #expect(allowed.status == 0 && allowed.output == expected)
    // And one that is gone is missed by name.
    try run(["rm", scratch.file("lib/nhan/plugins/libNaiveBayes.so")])
    let missing = try classify(scratch, command)
    #expect(missing.status == 3 && missing.errors.contains("naive-bayes 1.0.0 (naive-bayes)"))
  }

  @Test func trainingIsTheSameAtAnyNumberOfThreads() throws {
    let scratch = Scratch()
    var models: [[UInt8]] = []
    for threads in ["1", "3"] {
      #expect(try train(scratch, ["--threads", threads]).status == 0)
      models.append(try MappedFile.map(scratch.file("model")).withUnsafeBytes { Array($0) })
    }
    #expect(models[0] == models[1])
  }

  @Test func configurationsAreCheckedAgainstThePluginsSchema() throws {
    let scratch = Scratch()
    func check(_ classifier: String) throws -> RunResult {
      let file = try scratch.write(
        "features: [{use: word-ngrams}]\nclassifier: {\(classifier)}\n", to: "config.yaml")
      return try run([Paths.command, "config", "check", file])
    }
    #expect(try check("use: naive-bayes, smoothing: 2").status == 0)
    let wrong = try check("use: naive-bayes, smoothing: none")
    #expect(wrong.status == 2 && wrong.errors.contains("config.yaml:2:"))
    #expect(try check("use: naive-bayes, smothing: 2").errors.contains("did you mean 'smoothing'?"))
    #expect(try check("use: naive-base").errors.contains("did you mean 'naive-bayes'?"))
    let schema = try run([Paths.command, "config", "schema"])
    #expect(schema.output.contains("the program and its arguments; no shell is involved"))
    #expect(schema.output.contains("pseudo-count added to the count of every column"))
  }

  @Test func programsAreStages() throws {
    let scratch = Scratch()
    let script = try scratch.write(
      #"""
      while read -r line; do
        case "$line" in *"số 4 "*) kill -9 $$ ;; *) printf '%s\n' "$line" ;; esac
      done
      """#, to: "program.sh")
    let data = try scratch.write(Articles.lines, to: "articles.jsonl")
    let configuration = try scratch.write(
      """
      normalizers: [{use: program, command: [sh, \(script)]}, {use: unicode}]
      features: [{use: word-ngrams}]
      classifier: {use: logistic}
      validation: {folds: 0}
      """, to: "config.yaml")
    let trained = try run([
      Paths.command, "train", "--config", configuration, "--data", data, "--output", scratch.file("model"),
    ])
    #expect(trained.status == 1 && trained.errors.contains("1 record could not be used"))
    let tagged = try run([Paths.command, "classify", "--model", scratch.file("model"), data])
    let lines = tagged.output.split(separator: "\n")
    #expect(tagged.status == 1 && lines.count == 24)
    #expect(lines[4].contains(#""code":"program-failed""#) && lines[5].contains(#""labels":["border"]"#))
    #expect(lines.count { $0.contains("program-failed") } == 1)
    // An explanation says which stage cannot tell places.
    let one = try scratch.write(Articles.texts[0], to: "one.txt")
    let explained = try run([
      Paths.command, "explain", "--model", scratch.file("model"), "--format", "json", one,
    ])
    #expect(explained.output.contains(#""untraced-normalizer":"program""#))
  }

  @Test func aModelRemembersItsPrograms() throws {
    let scratch = Scratch()
    let script = try scratch.write("exec cat\n", to: "copy.sh")
    let data = try scratch.write(Articles.lines, to: "articles.jsonl")
    let configuration = try scratch.write(
      """
      normalizers: [{use: program, command: [sh, \(script), not-a-file]}, {use: unicode}]
      features: [{use: word-ngrams}]
      classifier: {use: logistic}
      validation: {folds: 0}
      """, to: "config.yaml")
    let model = scratch.file("model")
    let trained = try run([
      Paths.command, "train", "--config", configuration, "--data", data, "--output", model,
    ])
    #expect(trained.status == 0, "\(trained.errors)")
    let arguments = [Paths.command, "classify", "--model", model, data]
    let expected = try run(arguments)
    #expect(expected.status == 0)
    let shown = try JSONValue(parsing: Array(try run([Paths.command, "model", "show", model]).output.utf8))
    let program = try #require(shown["programs"]?.arrayValue?.first)
    #expect(program["command"]?.arrayValue?.compactMap(\.stringValue) == ["sh", script, "not-a-file"])
    let files = program["files"]?.arrayValue ?? []
    #expect(files.count == 1 && files[0]["path"]?.stringValue == script)
    let digest = try run(["sha256sum", script]).output.prefix(64)
    #expect(files[0]["sha256"]?.stringValue == String(digest))

    try scratch.write("# As before, in other words.\nexec cat\n", to: "copy.sh")
    let refused = try run(arguments)
    #expect(refused.status == 3 && refused.output.isEmpty)
    #expect(refused.errors.contains("trained with the program 'sh \(script) not-a-file'"))
    #expect(refused.errors.contains("had SHA-256 \(digest.prefix(16))…; now it has SHA-256 "))
    let allowed = try run(arguments + ["--allow-plugin-mismatch"])
    #expect(allowed.status == 0 && allowed.output == expected.output)

    try run(["rm", script])
    let missing = try run(arguments)
    #expect(missing.status == 3 && missing.errors.contains("there is no such file here"))
    let without = try run(arguments + ["--no-plugins"])
    #expect(without.status == 3)
    #expect(without.errors.contains("needs the program 'sh \(script) not-a-file', but --no-plugins"))
    let untrained = try run([
      Paths.command, "train", "--config", configuration, "--data", data, "--output", model, "--no-plugins",
    ])
    #expect(untrained.status == 2 && untrained.errors.contains("unknown normalizer 'program'"))
  }

  @Test func aSerialStageIsNamed() throws {
    let scratch = Scratch()
    _ = try scratch.library("serial", from: "normalizer.c", defining: ["CONCURRENCY=NHAN_SERIAL"])
    let data = try scratch.write(Articles.lines, to: "articles.jsonl")
    let configuration = try scratch.write(
      """
      plugins: [.]
      normalizers: [{use: copy}]
      features: [{use: word-ngrams}]
      classifier: {use: logistic}
      """, to: "config.yaml")
    // The folder is relative to the configuration.
    let trained = try run([
      Paths.command, "train", "--config", configuration, "--data", data, "--output", scratch.file("model"),
    ])
    #expect(trained.status == 0 && trained.errors.contains("stage 'copy' runs one call at a time"))
    // A model knows no place: the folder must be named.
    let arguments = [Paths.command, "classify", "--model", scratch.file("model"), data]
    #expect(try run(arguments).status == 3)
    #expect(try run(arguments + ["--plugins", scratch.path]).status == 0)
    #expect(try run(arguments, environment: ["NHAN_PLUGIN_PATH=\(scratch.path)"]).status == 0)
  }

  @Test(arguments: ["c", "swift"], ["normalizer", "features", "classifier"])
  func aNewPluginBuildsAndWorksAsItStands(language: String, kind: String) throws {
    let scratch = Scratch()
    let folder = scratch.file("my-stage")
    let written = try run([
      Paths.command, "plugin", "new", "my-stage", "--kind", kind, "--language", language, "--output", folder,
    ])
    #expect(written.status == 0, "\(written.errors)")
    let made = try run(["make", "-C", folder, "test"])
    #expect(made.status == 0, "\(made.output)\(made.errors)")
  }

  /// An installation knows its plugins and has everything that new ones are built with.
  @Test func anInstalledCopySuffices() throws {
    let scratch = Scratch()
    let installed = try run([
      "sh", "-c", "cd '\(Paths.root)' && Scripts/install.sh '\(scratch.file("usr"))' '\(Paths.products)'",
    ])
    #expect(installed.status == 0, "\(installed.errors)")
    let command = scratch.file("usr/bin/nhan")
    let listed = try run([command, "plugin", "list"])
    #expect(
      listed.status == 0 && listed.output.contains("naive-bayes") && listed.output.contains("word-segmenter"))
    for language in ["c", "swift"] {
      let folder = scratch.file("in-\(language)")
      let written = try run([
        command, "plugin", "new", "mine", "--kind", "features", "--language", language, "--output", folder,
      ])
      #expect(written.status == 0, "\(written.errors)")
      let made = try run(["make", "-C", folder, "test"])
      #expect(made.status == 0, "\(made.output)\(made.errors)")
      try expectModelFollowsPlugin(in: folder, language, command)
    }
    let package = try MappedFile.map(scratch.file("in-swift/Package.swift")).withUnsafeBytes {
      String(decoding: $0, as: UTF8.self)
    }
    #expect(package.contains("usr/share/nhan/Kit"))
    try run(["rm", "-r", scratch.file("usr/share/nhan/Kit")])
    let without = try run([
      command, "plugin", "new", "mine", "--kind", "features", "--language", "swift", "--output",
      scratch.file("x"),
    ])
    #expect(
      without.status == 2 && without.errors.contains("usr/share/nhan/Kit") && without.errors.contains("--kit")
    )
  }

  /// An installation has libraries that plugins need, Swift's runtime above all, beside the command.
  @Test func whatAPluginNeedsMayLieBesideTheCommand() throws {
    let scratch = Scratch()
    let command = scratch.file("bin/nhan")
    let plugins = scratch.file("plugins")
    let made = try run([
      "sh", "-ec",
      """
      mkdir '\(scratch.path)/bin' '\(plugins)'
      echo 'int nhan_test_answer(void);' > '\(scratch.path)/answer.h'
      cp '\(Paths.command)' '\(command)'
      cd '\(scratch.path)'
      echo 'int nhan_test_answer(void) { return 42; }' | cc -shared -fPIC -Wl,-soname,libanswer.so -o libanswer.so -x c -
      cc -std=gnu11 -shared -fPIC -I '\(Paths.header)' '-DON_LOAD=nhan_test_answer()' \
        -include answer.h -o plugins/libcopy.so '\(Paths.fixtures)/normalizer.c' -L. -lanswer -lm
      """,
    ])
    #expect(made.status == 0, "\(made.errors)")
    let arguments = [command, "plugin", "list", "--plugins", plugins]
    let without = try run(arguments)
    #expect(without.errors.contains("libanswer.so: cannot open"), "\(without.errors)")
    try run(["mv", scratch.file("libanswer.so"), scratch.file("bin")])
    let with = try run(arguments)
    #expect(
      with.status == 0 && with.output.contains("libcopy.so") && with.errors.isEmpty,
      "\(with.output)\(with.errors)")
  }

  /// A plugin's model does the same after a rebuild, and is refused after a change.
  private func expectModelFollowsPlugin(in folder: String, _ language: String, _ command: String) throws {
    let (libraries, source) =
      language == "c" ? (folder, "Mine.c") : (folder + "/.build/release", "Sources/Mine/Mine.swift")
    let tags = try MappedFile.map(folder + "/test/tags.jsonl").withUnsafeBytes {
      String(decoding: $0, as: UTF8.self)
    }
    let arguments = [
      command, "classify", "--plugins", libraries, "--model", folder + "/test/model.safetensors",
      folder + "/test/articles.jsonl",
    ]
    try run(["rm", "-rf", folder + "/.build", folder + "/libMine.so"])
    #expect(try run(["make", "-C", folder, "build"]).status == 0)
    let again = try run(arguments)
    #expect(again.status == 0 && again.output == tags, "\(again.errors)")
    try run(["sed", "-i", "s/0\\.1\\.0/0.2.0/", folder + "/" + source])
    #expect(try run(["make", "-C", folder, "build"]).status == 0)
    let changed = try run(arguments)
    #expect(changed.status == 3 && changed.errors.contains("trained with plugin mine 0.1.0, SHA-256"))
    #expect(changed.errors.contains("is version 0.2.0, SHA-256"), "\(changed.errors)")
  }
}
