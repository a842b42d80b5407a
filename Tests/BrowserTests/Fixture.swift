import Foundation
import Nhan
import TestSupport

/// A small model with its pages, made once, in a folder that goes with it.
struct Fixture {
  let folder = TemporaryFolder()
  let model: Model
  let report: EvaluationReport

  var evaluationPage: String { folder.path("evaluation.html") }
  var explanationPage: String { folder.path("explanation.html") }

  private static let configuration = """
    labels: {seas: "Biển, đảo", borders: "Biên giới", awards: "Khen thưởng"}
    normalizers: [{use: boilerplate}, {use: unicode, tone-marks: new}]
    features: [{use: word-ngrams, sizes: [1, 2], minimum-documents: 1}]
    classifier: {use: logistic, l2: 0.1}
    validation: {folds: 3}
    """

  /// Words of each label, and words that say nothing.
  private static let themes = [
    "seas": ["ngư dân", "tàu cá", "vùng biển", "quần đảo", "hải quân"],
    "borders": ["cột mốc", "cửa khẩu", "biên giới", "đồn biên phòng", "đường tuần tra"],
    "awards": ["bằng khen", "huân chương", "trao giải", "danh hiệu", "thi đua"],
  ]
  private static let others = [
    "hôm nay", "tại tỉnh", "nhiều người", "cho biết", "thời tiết", "mùa lúa", "chợ phiên",
  ]

  /// Trains, evaluates and writes both pages.
  init() throws {
    let folder = folder
    func file(_ name: String) -> String { folder.path(name) }
    try Self.configuration.write(toFile: file("model.yaml"), atomically: true, encoding: .utf8)
    try Self.articles(count: 120, seed: 1).write(
      toFile: file("train.jsonl"), atomically: true, encoding: .utf8)
    try Self.articles(count: 90, seed: 2).write(toFile: file("test.jsonl"), atomically: true, encoding: .utf8)

    var training = try CorpusReader(paths: [file("train.jsonl")])
    let trainer = Trainer(configuration: try Configuration(file: file("model.yaml")), threads: 1, seed: 1)
    let model = try trainer.train(&training).model
    self.model = model

    var test = try CorpusReader(paths: [file("test.jsonl")])
    var worst = WorstErrors(limit: 5)
    let data = try Evaluator(model: model, threads: 1).judge(&test, worst: &worst) { _ in }
    var options = EvaluationOptions()
    options.bootstrap.resamples = 100
    options.slices = ["form"]
    options.gates = try ["micro-f1=0.99", "seas.recall=0.1"].map {
      try ThresholdGate(parsing: $0, labels: data.labels)
    }
    options.baseline = data
    let report = try EvaluationReport(data, options)
    self.report = report
    let tagged = try Tagger(model: model, explains: true).tag(worst.documents)
    try report.html(tagged.map { ExplainedArticle($0, model: model) })
      .write(toFile: evaluationPage, atomically: true, encoding: .utf8)

    var page = ExplanationPage(model: model)
    for tagged in try Tagger(model: model, explains: true, findsTitles: true).tag(Self.explained) {
      page.append(tagged)
    }
    try page.html.write(toFile: explanationPage, atomically: true, encoding: .utf8)
  }

  /// What the explanation page is about: markup in a text, a menu, decomposed letters, 4-byte characters, a title apart.
  static let explained: [Document] = {
    let decomposed = "Ngư dân trở về 🚢 với tàu cá".decomposedStringWithCanonicalMapping
    let text = """
      Trang chủ | Đăng nhập | Liên hệ

      <script>alert('biên giới')</script> Đồn biên phòng tuần tra cột mốc, cửa khẩu và đường biên giới suốt mùa mưa năm nay.

      \(decomposed), sau nhiều ngày bám vùng biển của quần đảo giữa mùa gió chướng kéo dài.
      """
    return [
      Document(id: "một.txt", text: Array(text.utf8), place: Place(file: "một.txt")),
      Document(
        id: "hai.txt", title: Array("Trao giải báo chí & bằng khen".utf8),
        text: Array("Lễ trao giải hôm nay.".utf8),
        place: Place(file: "hai.txt")),
    ]
  }()

  /// JSONL; in one article of six the labels are wrong, so that there are errors to show.
  private static func articles(count: Int, seed: UInt64) -> String {
    var generator = SplitMix64(seed: seed)
    let keys = themes.keys.sorted()
    var lines: [String] = []
    for index in 0..<count {
      let labels = keys.filter { _ in generator.next(below: 3) == 0 }
      var phrases = (0..<12).map { _ in others[generator.next(below: others.count)] }
      for label in labels { for _ in 0..<3 { phrases.append(themes[label]![generator.next(below: 5)]) } }
      phrases.shuffle(using: &generator)
      let said = generator.next(below: 6) == 0 ? keys.filter { !labels.contains($0) } : labels
      let record = JSONValue.object([
        ("id", .string("bài-\(seed)-\(index)")),
        ("title", .string("Tin số \(index): <\(phrases[0])> & \(phrases[1])")),
        ("text", .string(phrases.joined(separator: " ") + ".")), ("labels", .array(said.map { .string($0) })),
        ("form", .string(index % 2 == 0 ? "tin" : "bài")),
      ])
      lines.append(String(decoding: record.serialized(), as: UTF8.self))
    }
    return lines.joined(separator: "\n")
  }
}
