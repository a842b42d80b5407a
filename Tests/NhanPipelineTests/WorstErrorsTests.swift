import NhanCore
import NhanCorpus
import NhanEvaluation
import TestSupport
import Testing

@testable import NhanPipeline

@Suite struct WorstErrorsTests {
  @Test(arguments: [0, 1, 3, 7, 100]) func theWorstAreKeptInOrder(limit: Int) {
    var generator = SeededGenerator(seed: 7)
    // Few different values, so that many are equally bad.
    let severities = (0..<60).map { _ in Double(generator.below(6)) / 2 }
    var worst = WorstErrors(limit: limit)
    for (index, severity) in severities.enumerated() {
      worst.consider(Document(id: "\(index)", text: [], place: Place(file: "f")), severity: severity)
    }
    let expected = severities.indices.filter { severities[$0] > 0 }
      .sorted { (-severities[$0], $0) < (-severities[$1], $1) }.prefix(limit).map(String.init)
    #expect(worst.documents.map(\.id) == Array(expected))
  }

  @Test func theyAreTheReportsMisjudgedRows() throws {
    let folder = TemporaryFolder()
    var documents = Sample.documents(40, seed: 51)
    for row in stride(from: 0, to: 40, by: 5) { documents[row] = documents[row].labelled(["orders"]) }
    var reader = try CorpusReader(paths: [folder.write("t.jsonl", Sample.jsonLines(documents))])
    var worst = WorstErrors(limit: 5)
    let data = try Evaluator(model: try Sample.model.get(), threads: 1).judge(&reader, worst: &worst) {
      Issue.record("\($0)")
    }
    var options = EvaluationOptions()
    options.bootstrap.resamples = 0
    let rows = try EvaluationReport(data, options).misjudgedRows
    #expect(worst.documents.map(\.id) == rows.prefix(5).map { data.documents[$0].id })
    #expect(worst.documents.count == 5)
  }

  @Test func linesThatNormalizersStripAreUnread() throws {
    let model = try Sample.model.get()
    let text =
      "Trang chủ | Đăng nhập | Liên hệ\n\nTàu cá của ngư dân về bờ hôm nay, theo phóng viên tại tỉnh cho biết.\n"
    let document = Document(id: "1", text: Array(text.utf8), labels: nil, place: Place(file: "f"))
    let tagged = try Tagger(model: model, explains: true).tag([document])[0]
    let unread = try #require(tagged.explanation).unread
    #expect(
      unread.map { String(decoding: document.text[$0], as: UTF8.self) } == ["Trang chủ | Đăng nhập | Liên hệ"]
    )
    let article = ExplainedArticle(tagged, model: model)
    #expect(article.unread == unread && article.layers.map(\.name) == model.labels.map(\.name))
    for layer in article.layers {
      #expect(abs(layer.phrases.reduce(layer.bias) { $0 + $1.contribution } - layer.score) < 1e-4)
    }
  }
}
