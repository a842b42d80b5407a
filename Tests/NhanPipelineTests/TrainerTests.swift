import NhanCore
import NhanCorpus
import TestSupport
import Testing

@testable import NhanPipeline

@Suite struct TrainerTests {
  @Test(arguments: [
    Sample.yaml, Sample.yaml + "\nvalidation: {folds: 0}",
    """
    features: [{use: char-ngrams, columns: hashed, bits: 10}, {use: word-ngrams, minimum-documents: 3}]
    classifier: {use: logistic}
    """,
  ])
  func theSameBytesAtAnyNumberOfThreads(yaml: String) throws {
    let lines = Sample.jsonLines(Sample.documents(150))
    let one = try Sample.train(lines, yaml: yaml).model.serialized()
    for threads in [2, 5] {
      #expect(try Sample.train(lines, yaml: yaml, threads: threads).model.serialized() == one)
    }
  }

  @Test func learnsWhatTheWordsSay() throws {
    let (model, summary, errors) = try Sample.train(Sample.documents(120))
    #expect(errors.isEmpty)
    #expect(summary.documents == 120 && summary.convergence.converged && summary.failures == 0)
    #expect(try #require(summary.microF1) > 0.9)
    let unseen = Sample.documents(60, seed: 77)
    let tags = try Tagger(model: model).tag(unseen).map { $0.labels.map { model.labels[$0].key } }
    let right = zip(tags, unseen).filter { Set($0) == Set($1.labels ?? []) }.count
    #expect(right >= 54, "\(right) of 60")
  }

  @Test func labelsComeFromTheDataUnlessTheConfigurationNamesThem() throws {
    let documents = Sample.documents(60)
    #expect(try Sample.train(documents).model.labels.map(\.key) == ["awards", "orders", "seas"])
    let yaml = Sample.yaml + "\nlabels: {seas: Biển, orders: , awards: Thưởng}"
    let model = try Sample.train(documents, yaml: yaml).model
    #expect(
      model.labels == [
        Label(key: "seas", name: "Biển"), Label(key: "orders"), Label(key: "awards", name: "Thưởng"),
      ])
  }

  @Test func aLabelThatNeverOccursIsNeverGiven() throws {
    for folds in [0, 5] {
      let yaml = Sample.yaml + "\nlabels: [seas, nothing, orders, awards]\nvalidation: {folds: \(folds)}"
      let (model, summary, errors) = try Sample.train(Sample.documents(60), yaml: yaml)
      #expect(errors.isEmpty)
      let label = summary.labels[1]
      #expect(label.support == 0 && label.f1 == nil && label.precision == nil)
      for tagged in try Tagger(model: model).tag(Sample.documents(30, seed: 5)) {
        #expect(!tagged.labels.contains(1) && tagged.probabilities[1] < 1e-6)
      }
    }
  }

  @Test func singleLabelGivesExactlyOne() throws {
    let yaml = Sample.yaml + "\ntask: single-label"
    let (model, summary, _) = try Sample.train(Sample.documents(90, single: true), yaml: yaml)
    #expect(summary.task == .singleLabel)
    #expect(try #require(summary.microF1) > 0.9)
    let documents = Sample.documents(30, seed: 5, single: true)
    for (tagged, document) in zip(try Tagger(model: model).tag(documents), documents) {
      #expect(tagged.labels.count == 1)
      #expect(abs(tagged.probabilities.reduce(0, +) - 1) < 1e-5)
      #expect(tagged.probabilities[tagged.labels[0]] == tagged.probabilities.max())
      #expect(model.labels[tagged.labels[0]].key == document.labels?[0])
    }
  }

  @Test func recordsThatCannotBeUsedAreReportedInOrderAndTheOthersUsed() throws {
    let good = Sample.documents(80)
    let yaml = Sample.yaml + "\nlabels: [seas, awards, orders]"
    let bad = """
      {"id": "x1", "text": "không có nhãn"}
      {"id": "x2", "text": "nhãn lạ", "labels": ["sea"]}
      {"id": "d3", "text": "đã có", "labels": []}
      {"id": "x3", "labels": []}
      {"id": "x4", "text": "nửa dòng

      """
    for threads in [1, 3] {
      let (model, summary, errors) = try Sample.train(
        Sample.jsonLines(good) + Array(bad.utf8), yaml: yaml, threads: threads)
      #expect(
        errors.map(\.code) == ["unlabelled", "unknown-label", "duplicate-id", "missing-text", "bad-json"])
      #expect(errors.map { $0.place?.line } == [81, 82, 83, 84, 85])
      #expect(errors.allSatisfy { $0.kind == .record })
      #expect(errors[1].hint?.contains("did you mean 'seas'?") == true)
      #expect(summary.documents == 80 && summary.failures == 5)
      let clean = try Sample.train(good, yaml: yaml).model
      #expect(model.dataDigest == clean.dataDigest && model.serialized() == clean.serialized())
    }
  }

  @Test func singleLabelRefusesDocumentsWithSeveralOrNone() throws {
    let lines =
      Sample.jsonLines(Sample.documents(40, single: true))
      + Array(#"{"id":"a","text":"hai","labels":["seas","orders"]}"#.utf8) + [0x0a]
      + Array(#"{"id":"b","text":"không","labels":[]}"#.utf8)
    let (_, summary, errors) = try Sample.train(lines, yaml: Sample.yaml + "\ntask: single-label")
    #expect(errors.map(\.code) == ["not-one-label", "not-one-label"])
    #expect(summary.documents == 40)
  }

  @Test func nothingToLearnFromIsAnErrorThatSaysSo() throws {
    func code(_ lines: String, _ yaml: String = Sample.yaml) -> String? {
      failure { _ = try Sample.train(Array(lines.utf8), yaml: yaml) }.map { error in
        #expect(error.kind == .usage && error.hint != nil, "\(error)")
        return error.code
      }
    }
    #expect(code("") == "no-documents")
    #expect(code(#"{"text": "không nhãn"}"#) == "no-documents")
    #expect(code(#"{"text": "một", "labels": []}"#) == "no-labels")
    #expect(code(#"{"text": "một", "labels": ["a"]}"#) == "no-features")
    #expect(
      code(#"{"text": "một", "labels": ["a"]}"#, Sample.yaml + "\ntask: single-label") == "too-few-labels")
  }

  /// With one group (or one text, many times) there is nothing to hold out.
  @Test func dataThatCannotBeCutIntoPartsAreNotCrossValidated() throws {
    var lines: [UInt8] = []
    for document in Sample.documents(20) {
      lines += Sample.jsonLines([document]).dropLast(2) + Array(#","source":"one"}"#.utf8) + [0x0a]
    }
    let (_, summary, errors) = try Sample.train(lines, yaml: Sample.yaml + "\nvalidation: {group: source}")
    #expect(errors.isEmpty && summary.documents == 20)
    #expect(summary.microF1 == nil)
    #expect(summary.labels.allSatisfy { $0.threshold == 0.5 })
  }

  @Test func seedOnlyDealsTheParts() throws {
    let lines = Sample.jsonLines(Sample.documents(60))
    let zero = try Sample.train(lines)
    #expect(try Sample.train(lines, seed: 0).model.serialized() == zero.model.serialized())
    let one = try Sample.train(lines, seed: 1)
    #expect(one.model.dataDigest == zero.model.dataDigest)
    #expect(one.summary.convergence.loss == zero.summary.convergence.loss)
  }

  @Test func digestsFollowTheData() throws {
    var documents = Sample.documents(30)
    let digest = try Sample.train(documents).model.dataDigest
    #expect(try Sample.train(documents).model.dataDigest == digest)
    let third = documents[3]
    documents[3] = Document(
      id: third.id, text: third.text + " nữa".utf8, labels: third.labels, place: third.place)
    #expect(try Sample.train(documents).model.dataDigest != digest)
    documents[3] = third.labelled(third.labels == [] ? ["seas"] : [])
    #expect(try Sample.train(documents).model.dataDigest != digest)
  }

  @Test func stepsAreTold() throws {
    let folder = TemporaryFolder()
    let file = folder.write("t.jsonl", Sample.jsonLines(Sample.documents(30)))
    var reader = try CorpusReader(paths: [file])
    var steps: [Trainer.Step] = []
    let trainer = Trainer(
      configuration: try Sample.configuration(Sample.yaml + "\nvalidation: {folds: 2}"), threads: 2, seed: 0)
    _ = try trainer.train(&reader) {
      Issue.record("\($0)")
    } progress: {
      steps.append($0)
    }
    #expect(
      steps == [
        .reading, .extracting(documents: 30), .validating(part: 1, of: 2), .validating(part: 2, of: 2),
        .fitting,
      ])
  }
}
