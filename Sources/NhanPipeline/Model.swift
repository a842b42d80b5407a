import Crypto
import NhanCore
import NhanCorpus
import NhanStages

/// A trained pipeline with its labels, thresholds and calibration: what a model file holds.
public struct Model: Sendable {
  /// The configuration it was trained with, every default written out.
  public let configuration: Configuration
  /// The labels, in the order of scores and probabilities.
  public var labels: [Label] { configuration.labels }
  /// By label: the probability from which on it is given. Not used for `single-label`.
  public let thresholds: [Float]
  /// What is known of its training: documents, features, convergence, cross-validated figures. JSON.
  public let training: JSONValue
  /// The SHA-256 of the training documents and their labels, in hexadecimal.
  public let dataDigest: String
  /// The SHA-256 of everything in the file but itself, in hexadecimal.
  public private(set) var contentDigest: String
  /// The plugins it was trained with.
  let plugins: [RecordedPlugin]
  /// The programs it was trained with.
  let programs: [RecordedProgram]
  let pipeline: Pipeline
  let calibrations: [Calibration]

  /// The version of the format.
  static let formatVersion = 1

  init(
    configuration: Configuration, pipeline: Pipeline, thresholds: [Float], calibrations: [Calibration],
    training: JSONValue, dataDigest: String
  ) {
    self.configuration = configuration
    self.pipeline = pipeline
    self.thresholds = thresholds
    self.calibrations = calibrations
    self.training = training
    self.dataDigest = dataDigest
    plugins = RecordedPlugin.all(of: configuration)
    programs = configuration.programs
    contentDigest = ""
    contentDigest = Self.digest(of: archive())
  }

  /// The number of feature columns.
  public var columnCount: Int { pipeline.extractors.reduce(0) { $0 + $1.columnCount } }
}

// MARK: - Deciding

extension Model {
  /// The probabilities of one document, by label, for its decision values.
  public func probabilities(_ scores: ArraySlice<Float>) -> [Float] {
    if configuration.task == .singleLabel {
      return Softmax.probabilities(scores.map(Double.init), slope: calibrations[0].slope).map(Float.init)
    }
    return zip(scores, calibrations).map { Float($1.probability(Double($0))) }
  }

  /// The labels given for probabilities, as indices in rising order.
  public func decide(_ probabilities: [Float]) -> [Int] {
    if configuration.task == .singleLabel {
      // Of equal ones the first.
      return probabilities.indices.max { probabilities[$0] < probabilities[$1] }.map { [$0] } ?? []
    }
    return probabilities.indices.filter { probabilities[$0] >= thresholds[$0] }
  }
}

// MARK: - The file

extension Model {
  private enum Key {
    static let format = "format"
    static let version = "format-version"
    static let configuration = "configuration"
    static let training = "training"
    static let plugins = "plugins"
    static let programs = "programs"
    static let dataDigest = "data-sha256"
    static let contentDigest = "content-sha256"
    static let formatName = "nhan-model"
  }

  func archive() -> TensorArchive {
    var archive = TensorArchive()
    for (index, extractor) in pipeline.extractors.enumerated() {
      var scope = archive.scoped(to: "features.\(index)")
      extractor.save(to: &scope)
      archive.merge(scope)
    }
    var scope = archive.scoped(to: "classifier")
    pipeline.classifier.save(to: &scope)
    archive.merge(scope)
    archive.put("thresholds", thresholds)
    archive.put(
      "calibration", calibrations.flatMap { [Float($0.slope), Float($0.intercept)] },
      shape: [calibrations.count, 2])
    for (label, calibration) in calibrations.enumerated() where !calibration.knots.isEmpty {
      archive.put(
        Self.knots(ofLabel: label), calibration.knots.flatMap { [Float($0.score), Float($0.logOdds)] },
        shape: [calibration.knots.count, 2])
    }
    archive.metadata = [
      Key.format: Key.formatName,
      Key.version: String(Self.formatVersion),
      Key.configuration: String(decoding: configuration.json.serialized(), as: UTF8.self),
      Key.training: String(decoding: training.serialized(), as: UTF8.self),
      Key.plugins: String(
        decoding: JSONValue.array(plugins.map(\.json)).serialized(), as: UTF8.self),
      Key.dataDigest: dataDigest,
    ]
    if !programs.isEmpty {
      archive.metadata[Key.programs] = String(
        decoding: JSONValue.array(programs.map(\.json)).serialized(), as: UTF8.self)
    }
    return archive
  }

  private static func knots(ofLabel label: Int) -> String { "calibration.\(label).knots" }

  /// The bytes of the model file. The same model gives the same bytes.
  public func serialized() -> [UInt8] { Safetensors.serialize(archiveWithDigest()) }

  private func archiveWithDigest() -> TensorArchive {
    var archive = archive()
    archive.metadata[Key.contentDigest] = contentDigest
    return archive
  }

  /// SHA-256 over all metadata but the digest itself and over every tensor's name, type, shape and bytes, each in the
  /// order of their names.
  private static func digest(of archive: TensorArchive) -> String {
    var hash = SHA256()
    func add(_ text: String) {
      hash.update(data: Array(text.utf8))
      hash.update(data: [0])
    }
    for (key, value) in archive.metadata.sorted(by: { $0.key < $1.key }) where key != Key.contentDigest {
      add(key)
      add(value)
    }
    for (name, tensor) in archive.tensors.sorted(by: { $0.key < $1.key }) {
      add(name)
      add(tensor.type.rawValue)
      add(tensor.shape.map(String.init).joined(separator: ","))
      tensor.bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
    }
    return hash.finalize().hexadecimal
  }

  /// Writes the file; it appears under its name only when it is whole.
  /// - Throws: `NhanError` (failure), code `unwritable`.
  public func write(to file: String) throws(NhanError) {
    let output = try OutputFile(file)
    try Safetensors.forEachPart(of: archiveWithDigest()) { (part) throws(NhanError) in
      try output.write(part)
    }
    try output.commit()
  }

  /// Maps a model file and checks everything in it: structure, version, digest, configuration, tensors.
  /// - Parameter threads: with two, the digest is computed while the rest is loaded.
  /// - Throws: `NhanError`: failure for a file that is no valid model, usage for one with unknown stages.
  public init(file: String, stages: StageSource = StageSource(), threads: Int = 1) throws {
    let archive = try Safetensors.parse(try MappedFile.map(file), file: file)
    let place = Place(file: file)
    try Self.checkFormat(of: archive, at: place)
    let stated = try Self.text(Key.contentDigest, of: archive, at: place)
    let (actual, model) = Parallel.both(threads: threads) {
      Self.digest(of: archive)
    } _: {
      Result { try Model(archive, contentDigest: stated, stages: stages, at: place) }
    }
    // Whatever else is wrong with a damaged file, that it is damaged says more.
    guard actual == stated else {
      throw NhanError(
        .failure, code: "model-digest",
        "the content's SHA-256 is \(actual.prefix(16))…, the file says \(stated.prefix(16))…",
        at: place,
        hint: "the file was changed or damaged: train it again, or copy it again from where it came")
    }
    self = try model.get()
  }

  private static func text(_ key: String, of archive: TensorArchive, at place: Place) throws(NhanError)
    -> String
  {
    guard let value = archive.metadata[key] else {
      throw NhanError(
        .failure, code: "bad-model", "not a Nhãn model: its metadata has no '\(key)'", at: place,
        hint: "it is a safetensors file of another program")
    }
    return value
  }

  private static func checkFormat(of archive: TensorArchive, at place: Place) throws(NhanError) {
    let format = try text(Key.format, of: archive, at: place)
    guard format == Key.formatName else {
      throw NhanError(
        .failure, code: "bad-model", "its format is '\(format)', expected 'nhan-model'", at: place,
        hint: "it is a safetensors file of another program, or damaged")
    }
    let version = try text(Key.version, of: archive, at: place)
    guard version == String(formatVersion) else {
      throw NhanError(
        .failure, code: "model-version",
        "the model has format version \(version), this program reads \(formatVersion)", at: place,
        hint: "train it again, or use the program that wrote it")
    }
  }

  /// Everything but the digest, which somebody else checks.
  private init(_ archive: TensorArchive, contentDigest: String, stages: StageSource, at place: Place) throws {
    self.contentDigest = contentDigest
    dataDigest = try Self.text(Key.dataDigest, of: archive, at: place)
    func json(_ key: String) throws -> JSONValue {
      let text = try Self.text(key, of: archive, at: place)
      do { return try JSONValue(parsing: Array(text.utf8)) } catch {
        throw NhanError(
          .failure, code: "bad-model", "its '\(key)' is not valid JSON: \(error.message)", at: place)
      }
    }
    let node = ConfigNode(json: try json(Key.configuration), at: place)
    let registry = stages.registry(for: node, base: "")
    let recorded = (try json(Key.plugins).arrayValue ?? []).compactMap { RecordedPlugin($0) }
    try RecordedPlugin.check(recorded, against: registry, source: stages, at: place)
    // Models without programs have no such entry.
    programs =
      archive.metadata[Key.programs] == nil
      ? [] : (try json(Key.programs).arrayValue ?? []).compactMap { RecordedProgram($0) }
    try RecordedProgram.refuse(programs, source: stages, at: place)
    configuration = try Configuration(node, registry: registry, file: place.file)
    try RecordedProgram.check(programs, against: configuration.programs, source: stages, at: place)
    plugins = recorded
    training = try json(Key.training)
    (pipeline, thresholds, calibrations) = try Self.load(archive, configuration)
  }

  private static func load(
    _ archive: TensorArchive, _ configuration: Configuration
  ) throws -> (Pipeline, [Float], [Calibration]) {
    func damaged(_ what: String) -> NhanError {
      NhanError(
        .failure, code: "bad-model", "not a valid model: \(what)", at: archive.file.map { Place(file: $0) },
        hint: "train it again")
    }
    let count = configuration.labels.count
    guard count > 0 else { throw damaged("it has no labels") }
    var pipeline = try Pipeline(configuration)
    for index in pipeline.extractors.indices {
      pipeline.extractors[index] = try pipeline.extractors[index]
        .load(from: archive.scoped(to: "features.\(index)"))
    }
    pipeline.classifier = try pipeline.classifier.load(
      from: archive.scoped(to: "classifier"),
      columnCount: pipeline.extractors.reduce(0) { $0 + $1.columnCount },
      labelCount: count)
    let thresholds = Array(try archive.elements("thresholds", of: Float.self, shape: [count]))
    let pairs = try archive.elements("calibration", of: Float.self, shape: [count, 2])
    var calibrations = (0..<count).map {
      Calibration(slope: Double(pairs[2 * $0]), intercept: Double(pairs[2 * $0 + 1]))
    }
    for label in 0..<count where archive.tensors[knots(ofLabel: label)] != nil {
      let knots = Array(try archive.elements(knots(ofLabel: label), of: Float.self, shape: [nil, 2]))
      calibrations[label].knots = stride(from: 0, to: knots.count, by: 2).map {
        Calibration.Knot(score: Double(knots[$0]), logOdds: Double(knots[$0 + 1]))
      }
    }
    guard thresholds.allSatisfy({ (0...1).contains($0) }) else {
      throw damaged("a threshold is not a number from 0 to 1")
    }
    guard calibrations.allSatisfy(\.isFinite) else { throw damaged("a calibration is not finite") }
    guard calibrations.allSatisfy(\.rises) else { throw damaged("a calibration's knots do not rise") }
    return (pipeline, thresholds, calibrations)
  }
}

extension SHA256.Digest {
  /// The digest in lower-case hexadecimal.
  var hexadecimal: String { String(decoding: digits, as: UTF8.self) }

  /// The digits of `hexadecimal`.
  var digits: [UInt8] {
    func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
    return [UInt8](unsafeUninitializedCapacity: 2 * Self.byteCount) { digits, count in
      withUnsafeBytes { bytes in
        for byte in bytes {
          digits.initializeElement(at: count, to: digit(byte >> 4))
          digits.initializeElement(at: count + 1, to: digit(byte & 15))
          count += 2
        }
      }
    }
  }
}

extension Model {
  /// What the model is, for people and programs.
  public var description: JSONValue {
    .object([
      ("format", .string("nhan-model")), ("format-version", .integer(Self.formatVersion)),
      ("content-sha256", .string(contentDigest)), ("data-sha256", .string(dataDigest)),
      ("columns", .integer(columnCount)),
      (
        "labels",
        .array(
          labels.indices.map { index in
            .object([
              ("label", .string(labels[index].key)), ("name", .string(labels[index].name)),
              ("threshold", .double((Double(thresholds[index]) * 1e6).rounded() / 1e6)),
              (
                "calibration",
                .object([
                  (
                    "method",
                    .string(configuration.task == .singleLabel ? "softmax" : calibrations[index].method)
                  ),
                  ("slope", .double(calibrations[index].slope)),
                  ("intercept", .double(calibrations[index].intercept)),
                  ("knots", .integer(calibrations[index].knots.count)),
                ])
              ),
            ])
          })
      ),
      ("plugins", .array(plugins.map(\.json))), ("programs", .array(programs.map(\.json))),
      ("training", training), ("configuration", configuration.json),
    ])
  }
}
