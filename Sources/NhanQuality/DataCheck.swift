import NhanCore
import NhanCorpus
import NhanPipeline

/// A doctor for labelled articles: looks for what spoils training and measuring.
public struct DataCheck: Sendable {
  private let options: DataCheckOptions

  /// Prepares a check.
  /// - Throws: `NhanError` (usage) for options out of their range.
  public init(_ options: DataCheckOptions = DataCheckOptions()) throws(NhanError) {
    try options.validate()
    self.options = options
  }

  /// Reads and checks articles; all of them are kept in memory.
  /// - Parameter paths: files and folders. Articles are compared within and across them: name training and test apart.
  /// - Throws: `NhanError` for a path that cannot be opened, or when there is no article.
  public func run(paths: [String], layout: CorpusLayout = .files) throws -> DataReport {
    var articles: [Article] = []
    var findings: [Finding] = []
    let duplicates = DuplicateDetector()
    for (index, path) in paths.enumerated() {
      var reader = try CorpusReader(paths: [path], layout: layout)
      try read(&reader, path: index, duplicates, into: &articles, &findings)
    }
    guard !articles.isEmpty || !findings.isEmpty else {
      throw NhanError(
        .usage, code: "no-documents", "there are no articles to check", hint: "check the paths")
    }
    let known = options.configuration?.labels.map(\.key) ?? []
    findings += articles.flatMap { RecordCheck.findings($0, known: known) }
    findings += TextSharing.duplicates(articles)
    findings += try TextSharing.nearDuplicates(articles, options)
    findings += TextSharing.repeatedSentences(articles, options)
    let labels = LabelStatistics(articles, paths: paths.count)
    findings += labels.findings(paths: paths, minimum: options.minimumDocuments)
    findings += articles.flatMap(RecordCheck.formFindings)
    findings += try doubts(articles)
    let sorted = FindingKind.allCases.flatMap { kind in findings.filter { $0.kind == kind } }
    return DataReport(
      paths: paths.enumerated().map { index, path in (path, articles.count { $0.path == index }) },
      labels: labels.counts, withoutLabel: labels.withoutLabel, pairs: labels.pairs, findings: sorted,
      verdicts: verdicts(sorted, pathCount: paths.count))
  }

  private func read(
    _ reader: inout CorpusReader, path: Int, _ duplicates: DuplicateDetector,
    into articles: inout [Article],
    _ findings: inout [Finding]
  ) throws {
    let preparer = try ArticleReader()
    while true {
      var chunks: [RawChunk] = []
      while chunks.count < options.threads * 4, let chunk = reader.next() { chunks.append(chunk) }
      if chunks.isEmpty { return }
      let batch = chunks
      let records = try Parallel.map(count: batch.count, threads: options.threads) { item, _ in
        batch[item].records()
      }.flatMap { $0 }
      var documents: [Document] = []
      for record in records {
        switch duplicates.check(record) {
        case .document(let document): documents.append(document)
        case .failure(_, let error): findings.append(RecordCheck.finding(error))
        }
      }
      let checked = documents
      articles += try Parallel.map(count: checked.count, threads: options.threads) { item, _ in
        preparer.article(checked[item], path: path)
      }
    }
  }

  private func doubts(_ articles: [Article]) throws -> [Finding] {
    guard let configuration = options.configuration else { return [] }
    let finder = LabelDoubts(configuration: configuration, strength: options.doubt, threads: options.threads)
    return try finder.find(in: articles.map(\.document)).map { doubt in
      let phrases = doubt.evidence.map {
        $0.phrase.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      }
      let percent = Int((doubt.probability * 1000).rounded())
      let reason = phrases.isEmpty ? "" : ", by these phrases: \(phrases.joined(separator: ", "))"
      return Finding(
        .doubtfulLabel,
        "\(doubt.isCarried ? "has" : "lacks") the label '\(doubt.label.key)', to which a model trained on other articles "
          + "gives \(percent / 10).\(percent % 10) %\(reason)",
        at: [articles[doubt.document].document.place],
        degree: doubt.isCarried ? 1 - doubt.probability : doubt.probability)
    }
  }

  private func verdicts(_ findings: [Finding], pathCount: Int) -> [DataReport.Verdict] {
    FindingKind.allCases.filter { kind in
      switch kind {
      case .leak: pathCount > 1
      case .doubtfulLabel: options.configuration != nil
      default: true
      }
    }.map { kind in
      DataReport.Verdict(
        kind: kind, count: findings.count { $0.kind == kind }, allowance: options.allowance(kind))
    }
  }
}
