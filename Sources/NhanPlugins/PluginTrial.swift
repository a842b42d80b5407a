import NhanCore

/// Tries a plugin's stages with what a run may meet: the work behind `nhan plugin check`.
public struct PluginTrial: Sendable {
  /// One thing that was tried.
  public struct Outcome: Sendable {
    /// The stage and what was tried: `naive-bayes: empty batch`.
    public var name: String
    /// What was wrong; `nil` if nothing was.
    public var problem: String?
  }

  /// Looks at the plugin in a child process: the outcomes in order; the last one has a problem if the child did not
  /// survive it.
  /// - Parameter command: the program and its arguments, to which the file and the options are appended; calls `serve`.
  /// - Throws: `NhanError` (failure) when the plugin cannot be loaded at all.
  public static func run(
    _ file: String, options: String, command: [String], seconds: Double
  ) throws(NhanError) -> [Outcome] {
    let child = try ChildProcess(
      command + [file, options], errors: .inherited, givesInput: false, takesResult: true)
    let remains = child.collect(seconds: seconds)
    var outcomes: [Outcome] = []
    var running: String?
    var isComplete = false
    for line in remains.result.split(separator: 0x0a) {
      guard let value = try? JSONValue(parsing: Array(line)) else { continue }
      if let message = value["error"]?.stringValue {
        throw NhanError(
          .failure, code: value["code"]?.stringValue ?? "plugin-open", message, at: Place(file: file),
          hint: value["hint"]?.stringValue)
      }
      if let name = value["begin"]?.stringValue { running = name }
      if let name = value["end"]?.stringValue {
        outcomes.append(Outcome(name: name, problem: value["problem"]?.stringValue))
        running = nil
      }
      if value["complete"] != nil { isComplete = true }
    }
    guard !isComplete else { return outcomes }
    let end = remains.status.map { "the process ended with \(ChildProcess.words(for: $0))" }
    outcomes.append(
      Outcome(
        name: running ?? "ending", problem: end ?? "not done within \(seconds) seconds"))
    return outcomes
  }

  /// The child's side: tries every stage and writes a JSON line before and after each trial to descriptor 3.
  /// - Parameter options: of the stages, as a JSON object; defaults are filled in.
  public static func serve(_ file: String, options: String) {
    func write(_ members: [(key: String, value: JSONValue)]) {
      let line = JSONValue.object(members).serialized() + [0x0a]
      _ = line.withUnsafeBytes { OutputFile.write($0, to: 3) }
    }
    do {
      let library = try PluginLibrary(file)
      let given = ConfigNode(json: try JSONValue(parsing: Array(options.utf8)))
      for table in library.stages {
        let schema = try OptionSchema(jsonSchema: table.description.schema, of: table.description.name)
        let values = try schema.validate(given.mapping ?? [], of: "'\(table.description.name)'", at: nil)
        let trials = StageTrials(table, library.identity, options: values.json.serialized())
        for (name, body) in trials.all {
          let full = "\(table.description.name): \(name)"
          write([("begin", .string(full))])
          var problem: String?
          do { try body() } catch { problem = "\(error)" }
          write([("end", .string(full)), ("problem", problem.map { .string($0) } ?? .null)])
        }
      }
      write([("complete", .bool(true))])
    } catch let error as NhanError {
      write([
        ("error", .string(error.message)), ("code", .string(error.code)),
        ("hint", error.hint.map { .string($0) } ?? .null),
      ])
    } catch { write([("error", .string("\(error)"))]) }
  }
}

/// The trials of one stage.
private struct StageTrials {
  private let stage: PluginStage
  /// The same without the host's optional functions.
  private let bareStage: PluginStage
  /// The same with an option that its schema does not have.
  private let misledStage: PluginStage

  init(_ table: StageTable, _ identity: PluginIdentity, options: [UInt8]) {
    stage = PluginStage(table, identity, options: options)
    bareStage = PluginStage(table, identity, options: options, host: .bare)
    misledStage = PluginStage(table, identity, options: Array(#"{"no-such-option":true}"#.utf8))
  }

  var all: [(name: String, body: () throws -> Void)] {
    let common: [(name: String, body: () throws -> Void)] = [
      ("unknown option is refused", refusesUnknownOption),
      ("host without optional functions", bearsBareHost),
    ]
    let texts: [(name: String, body: () throws -> Void)] = [
      ("empty batch", { _ = try process(TextBatch()) }),
      ("empty text", { _ = try process(batch([[]])) }),
      (
        "text of 10 MB",
        { _ = try process(batch([Self.long])) }
      ),
      ("invalid UTF-8", { _ = try process(batch([[0xff, 0xc3, 0x28, 0x00, 0xe1, 0xba], Self.sentence])) }),
    ]
    let always: [(name: String, body: () throws -> Void)] = [
      ("same input twice", givesTheSame), ("many threads", bearsThreads),
    ]
    let states: [(name: String, body: () throws -> Void)] = [
      ("save and load of state", keepsState), ("damaged state", bearsDamagedState),
    ]
    switch stage.table.description.kind {
    case .normalizer: return common + texts + always
    case .features: return common + texts + always + states
    case .classifier:
      return common + [("rows without entries", { _ = try process(TextBatch()) })] + always
        + states
    }
  }

  private static let sentence = Array("Tàu cá Quảng Ngãi gặp nạn gần quần đảo Hoàng Sa, số 12.\n".utf8)

  private static var long: [UInt8] {
    var text = sentence
    while text.count < 10_000_000 { text += text }
    return text
  }

  private func batch(_ texts: [[UInt8]]) -> TextBatch {
    var batch = TextBatch()
    for text in texts { batch.append(title: [], body: text) }
    return batch
  }

  private var sample: TextBatch {
    batch((0..<24).map { Array("tin số \($0): ".utf8) + Self.sentence + Array("biên giới \($0 % 3)".utf8) })
  }

  private func failure(_ message: String) -> NhanError { NhanError(.failure, code: "plugin-check", message) }

  private func refusesUnknownOption() throws {
    if let _ = try? misledStage.makeInstance() {
      throw failure("init took the unknown option 'no-such-option'")
    }
  }

  private func bearsBareHost() throws {
    _ = try prepared(bareStage)(sample)
  }

  /// What the stage makes of texts (of rows, for a classifier), in a form that can be compared.
  private func process(_ texts: TextBatch) throws -> Output { try prepared(stage)(texts) }

  private enum Output: Equatable {
    case texts([UInt8], [TextBatch.Extent])
    case rows(CSRMatrix)
    case scores([Float])
  }

  /// The stage, fitted where it learns, as a function.
  private func prepared(_ stage: PluginStage) throws -> @Sendable (TextBatch) throws -> Output {
    switch stage.table.description.kind {
    case .normalizer:
      let normalizer = try PluginNormalizer(stage)
      return { texts in
        var output = TextBatch()
        try normalizer.normalize(texts, into: &output)
        return .texts(output.bytes, output.extents)
      }
    case .features:
      let extractor = try fittedExtractor(stage)
      return { texts in
        var rows = CSRMatrix(columnCount: extractor.columnCount)
        try extractor.makeWorker().extract(texts, into: &rows)
        return .rows(rows)
      }
    case .classifier:
      let classifier = try fittedClassifier(stage)
      return { texts in
        var scores: [Float] = []
        try classifier.score(Self.rows(max(1, texts.count)), into: &scores)
        return .scores(scores)
      }
    }
  }

  private func fittedExtractor(_ stage: PluginStage) throws -> any FeatureExtractor {
    let extractor = try PluginExtractor(stage)
    let observer = extractor.makeObserver()
    try observer.observe(sample)
    try observer.observe(TextBatch())
    return try extractor.fit([observer])
  }

  /// Rows of made-up numbers, every fifth empty.
  private static func rows(_ count: Int) -> CSRMatrix {
    var rows = CSRMatrix(columnCount: 50)
    for row in 0..<count {
      for column in stride(from: row % 7, to: row % 5 == 0 ? 0 : 50, by: 3 + row % 4) {
        rows.columns.append(UInt32(column))
        rows.values.append(1 / Float(1 + column))
      }
      rows.closeRow()
    }
    return rows
  }

  private func fittedClassifier(_ stage: PluginStage) throws -> any Classifier {
    let targets = TargetMatrix(labelCount: 3, values: (0..<60).map { $0 % 3 == $0 / 3 % 3 ? 1 : 0 })
    return try PluginClassifier(stage).fit(Self.rows(20), targets, task: .multiLabel, threads: 2).classifier
  }

  private func givesTheSame() throws {
    let run = try prepared(stage)
    let first = try run(sample)
    let second = try run(sample)
    let again = try prepared(stage)(sample)
    guard stage.table.description.isDeterministic else { return }
    if first != second {
      throw failure("the second run gave something else; it says that it is deterministic")
    }
    if first != again {
      throw failure("a second instance gave something else; it says that it is deterministic")
    }
  }

  private func bearsThreads() throws {
    let run = try prepared(stage)
    let texts = sample
    let expected = try run(texts)
    let outputs = try Parallel.map(count: 64, threads: 8) { _, _ in try run(texts) }
    if stage.table.description.isDeterministic, outputs.contains(where: { $0 != expected }) {
      throw failure("8 threads gave something else than one; it says '\(stage.concurrency.rawValue)'")
    }
  }

  private func keepsState() throws {
    var archive = TensorArchive()
    let expected: Output
    if stage.table.description.kind == .features {
      let fitted = try fittedExtractor(stage)
      fitted.save(to: &archive)
      expected = try extract(fitted)
    } else {
      let fitted = try fittedClassifier(stage)
      fitted.save(to: &archive)
      expected = try score(fitted)
    }
    if try loaded(archive) != expected {
      throw failure("the loaded state gives something else than the saved one")
    }
  }

  /// States that were cut, lengthened or changed must be refused or borne; a crash ends the trial.
  private func bearsDamagedState() throws {
    var archive = TensorArchive()
    if stage.table.description.kind == .features {
      try fittedExtractor(stage).save(to: &archive)
    } else {
      try fittedClassifier(stage).save(to: &archive)
    }
    let state = Array(try archive.elements("state", of: UInt8.self, shape: [nil]))
    var variants: [[UInt8]] = [[], state.dropLast(), Array(state.prefix(state.count / 2)), state + [0]]
    for index in stride(from: 0, to: state.count, by: max(1, state.count / 32)) {
      var changed = state
      changed[index] ^= 0xff
      variants.append(changed)
    }
    for variant in variants {
      var damaged = TensorArchive()
      damaged.put("state", variant)
      _ = try? loaded(damaged)
    }
  }

  /// What the stage makes of the sample with a state.
  private func loaded(_ archive: TensorArchive) throws -> Output {
    stage.table.description.kind == .features
      ? try extract(try PluginExtractor(stage).load(from: archive))
      : try score(try PluginClassifier(stage).load(from: archive, columnCount: 50, labelCount: 3))
  }

  private func extract(_ extractor: any FeatureExtractor) throws -> Output {
    var rows = CSRMatrix(columnCount: extractor.columnCount)
    try extractor.makeWorker().extract(sample, into: &rows)
    return .rows(rows)
  }

  private func score(_ classifier: any Classifier) throws -> Output {
    var scores: [Float] = []
    try classifier.score(Self.rows(24), into: &scores)
    return .scores(scores)
  }
}
