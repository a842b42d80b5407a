import Crypto
import NhanCore
import NhanCorpus
import TestSupport
import Testing

@testable import NhanPipeline

@Suite struct ModelTests {
  private let folder = TemporaryFolder()

  /// The digest as the format describes it, so that a changed file can be given a right one.
  private static func digest(_ archive: TensorArchive) -> String {
    var bytes: [UInt8] = []
    for (key, value) in archive.metadata.sorted(by: { $0.key < $1.key }) where key != "content-sha256" {
      bytes += Array(key.utf8) + [0] + Array(value.utf8) + [0]
    }
    for (name, tensor) in archive.tensors.sorted(by: { $0.key < $1.key }) {
      for text in [name, tensor.type.rawValue, tensor.shape.map(String.init).joined(separator: ",")] {
        bytes += Array(text.utf8) + [0]
      }
      tensor.bytes.withUnsafeBytes { bytes += Array($0) }
    }
    return SHA256.hash(data: bytes).map { byte in
      String([byte >> 4, byte & 15].map { Array("0123456789abcdef")[Int($0)] })
    }.joined()
  }

  /// Opens a model's archive after changing it; with a right digest unless told otherwise.
  private func open(resealed: Bool = true, _ change: (inout TensorArchive) -> Void) throws -> Model {
    let bytes = try Sample.model.get().serialized()
    var archive = try Safetensors.parse(TensorBytes(bytes), file: "m")
    change(&archive)
    if resealed { archive.metadata["content-sha256"] = Self.digest(archive) }
    return try Model(file: folder.write("changed.safetensors", Safetensors.serialize(archive)))
  }

  @Test func whatIsWrittenDecidesTheSameWhenRead() throws {
    let model = try Sample.model.get()
    let file = folder.path("m.safetensors")
    try model.write(to: file)
    let read = try Model(file: file)
    #expect(read.serialized() == model.serialized())
    #expect(read.contentDigest == model.contentDigest && read.dataDigest == model.dataDigest)
    #expect(read.labels == model.labels && read.thresholds == model.thresholds)
    #expect(read.description == model.description)
    let documents = Sample.documents(40, seed: 99)
    let before = try Tagger(model: model).tag(documents)
    let after = try Tagger(model: read).tag(documents)
    #expect(before.map(\.probabilities) == after.map(\.probabilities))
    #expect(before.map(\.labels) == after.map(\.labels))
    #expect(before.contains { !$0.labels.isEmpty })
  }

  @Test func theDigestIsThatOfTheFormat() throws {
    #expect(try open { _ in }.contentDigest == Sample.model.get().contentDigest)
  }

  @Test func everyChangedByteIsNoticed() throws {
    let bytes = try Sample.model.get().serialized()
    var generator = SeededGenerator(seed: 3)
    for round in 0..<150 {
      var damaged = bytes
      // Half of them in the header, where most of the meaning is.
      let at = round % 2 == 0 ? generator.below(4000) : generator.below(bytes.count)
      damaged[at] ^= UInt8(1 + generator.below(255))
      let file = folder.write("damaged.safetensors", damaged)
      if let error = failure({ _ = try Model(file: file, threads: 1 + round / 75) }) {
        #expect(error.kind == .failure, "byte \(at): \(error)")
        #expect(error.place?.file == file && error.hint != nil, "byte \(at): \(error)")
      } else {
        Issue.record("byte \(at) of \(bytes.count) may be changed")
      }
    }
  }

  @Test func filesThatAreNoModels() throws {
    let missing = failure { _ = try Model(file: folder.path("missing")) }
    #expect(missing?.code == "unreadable" && missing?.kind == .failure)
    #expect(failure { _ = try Model(file: folder.path) }?.kind == .failure)
    let empty = folder.write("empty", "")
    #expect(failure { _ = try Model(file: empty) }?.code == "bad-model")
    let text = folder.write("text", "these are not tensors at all")
    #expect(failure { _ = try Model(file: text) }?.code == "bad-model")
    var foreign = TensorArchive()
    foreign.put("weight", [1, 2] as [Float])
    foreign.metadata = ["format": "pt"]
    let file = folder.write("foreign.safetensors", Safetensors.serialize(foreign))
    let error = failure { _ = try Model(file: file) }
    #expect(error?.code == "bad-model" && error?.message.contains("'pt'") == true)
    foreign.metadata = [:]
    let bare = folder.write("bare.safetensors", Safetensors.serialize(foreign))
    #expect(failure { _ = try Model(file: bare) }?.message.contains("not a Nhãn model") == true)
  }

  @Test func anotherVersionAndAWrongDigest() throws {
    let version = failure { _ = try open { $0.metadata["format-version"] = "2" } }
    #expect(version?.code == "model-version" && version?.message.contains("2") == true)
    let digest = failure { _ = try open(resealed: false) { $0.metadata["data-sha256"] = "0" } }
    #expect(digest?.code == "model-digest")
    let tensor = failure {
      _ = try open(resealed: false) { $0.put("thresholds", [0.5, 0.5, 0.5] as [Float]) }
    }
    #expect(tensor?.code == "model-digest")
  }

  /// A file with a right digest that somebody made by hand must not trap either.
  @Test func sealedNonsense() throws {
    let wrong: [(String, (inout TensorArchive) -> Void)] = [
      ("no thresholds", { $0 = $0.without("thresholds") }),
      ("too few thresholds", { $0.put("thresholds", [0.5] as [Float]) }),
      ("thresholds that are no numbers", { $0.put("thresholds", [.nan, 0.5, 0.5] as [Float]) }),
      ("a threshold above 1", { $0.put("thresholds", [1.5, 0.5, 0.5] as [Float]) }),
      ("calibration of another shape", { $0.put("calibration", [1, 0, 1, 0, 1, 0] as [Float]) }),
      (
        "calibration that is infinite",
        { $0.put("calibration", [1, 0, .infinity, 0, 1, 0] as [Float], shape: [3, 2]) }
      ),
      (
        "knots that fall", { $0.put("calibration.1.knots", [0, -1, 1, -2] as [Float], shape: [2, 2]) }
      ),
      (
        "knots that are no numbers",
        { $0.put("calibration.1.knots", [0, -1, .nan, 2] as [Float], shape: [2, 2]) }
      ),
      ("knots of another shape", { $0.put("calibration.1.knots", [0, -1] as [Float], shape: [2]) }),
      ("no weights", { $0 = $0.without("classifier.weights") }),
      ("too few weights", { $0.put("classifier.weights", [0, 0, 0] as [Float], shape: [1, 3]) }),
      ("biases of another type", { $0.put("classifier.biases", [0, 0, 0] as [UInt32]) }),
      ("no terms", { $0 = $0.without("features.0.terms") }),
      ("terms of two dimensions", { $0.put("features.0.terms", [1, 2] as [UInt64], shape: [1, 2]) }),
      ("idf of another length", { $0.put("features.0.idf", [1] as [Float]) }),
      ("a configuration that is no JSON", { $0.metadata["configuration"] = "{" }),
      ("a configuration that is no configuration", { $0.metadata["configuration"] = "[]" }),
      ("no configuration", { $0.metadata["configuration"] = nil }),
      ("training that is no JSON", { $0.metadata["training"] = "" }),
      (
        "no labels, one of them to be given",
        { archive in
          archive.metadata["configuration"] = archive.metadata["configuration"]?
            .replacing("multi-label", with: "single-label")
            .replacing(##"{"awards":"awards","orders":"orders","seas":"seas"}"##, with: "{}")
          for name in ["thresholds", "classifier.biases"] { archive.put(name, [Float]()) }
          archive.put("calibration", [Float](), shape: [0, 2])
          let columns = archive.tensors["classifier.weights"]?.shape[0] ?? 0
          archive.put("classifier.weights", [Float](), shape: [columns, 0])
        }
      ),
    ]
    for (what, change) in wrong {
      var opened: Model?
      if let error = failure({ opened = try open(change) }) {
        #expect(error.kind != .record && error.place != nil, "\(what): \(error)")
      } else {
        Issue.record("\(what) is taken for a model: \(String(describing: opened?.labels))")
      }
    }
  }

  @Test func stagesThatThisProgramDoesNotHave() throws {
    let error = failure {
      _ = try open {
        $0.metadata["configuration"] = $0.metadata["configuration"]?.replacing("boilerplate", with: "other")
      }
    }
    #expect(error?.code == "unknown-stage")
    #expect(error?.message.contains("'other'") == true)
  }

  @Test func descriptionHoldsWhatPeopleAskFor() throws {
    let model = try Sample.model.get()
    let text = try JSONValue(parsing: Array(model.description.prettySerialized().utf8))
    #expect(text["labels"]?.arrayValue?.count == 3)
    #expect(text["labels"]?.arrayValue?[0]["threshold"]?.doubleValue != nil)
    #expect(text["columns"]?.intValue == model.columnCount)
    #expect(text["content-sha256"]?.stringValue == model.contentDigest)
    #expect(text["training"]?["documents"]?.intValue == 60)
  }
}

extension TensorArchive {
  /// The archive without one tensor.
  fileprivate func without(_ name: String) -> TensorArchive {
    var result = TensorArchive()
    result.metadata = metadata
    for (other, tensor) in tensors where other != name { result.put(other, tensor: tensor) }
    return result
  }
}
