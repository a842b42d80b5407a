import NhanCore

extension EvaluationData {
  /// Reads back what a JSON report judged; `file` is its name for messages.
  ///
  /// The decisions are the truth: everything else in a report follows from them. That they give the overall
  /// figures that stand in the report is checked. O(bytes).
  /// - Throws: `NhanError`: usage when this is no report of schema `nhan-evaluation/1`, failure when it is a
  ///   damaged one.
  public init(report bytes: [UInt8], file: String) throws(NhanError) {
    let report = try Self.report(parsing: bytes, file: file)
    var labels: [EvaluationLabel] = []
    for label in try report.member("labels").elements() {
      labels.append(
        EvaluationLabel(
          key: try label.member("key").string(), name: try label.member("name").string(),
          threshold: try label.optionalMember("threshold")?.number()))
    }
    guard !labels.isEmpty else {
      throw NhanError(
        .usage, code: "empty-report",
        "the report has no labels: it measured nothing and cannot be compared with",
        at: Place(file: file), hint: "give the output of an earlier run with --format json")
    }
    try self.init(labels: labels)
    let columns = Dictionary(uniqueKeysWithValues: labels.indices.map { (labels[$0].key, $0) })
    for decision in try report.member("decisions").elements() {
      try append(
        try Self.document(decision),
        actual: try Self.set(decision.member("actual"), columns),
        predicted: try Self.set(decision.member("predicted"), columns),
        probabilities: try Self.probabilities(decision.member("probabilities"), columns))
    }
    try checkFigures(report.member("figures"))
  }

  private static func report(parsing bytes: [UInt8], file: String) throws(NhanError) -> ReportField {
    let value: JSONValue
    do { value = try JSONValue(parsing: bytes) } catch {
      let (line, column) = error.position(in: bytes)
      throw NhanError(
        .failure, code: "bad-json", "not JSON: \(error.message)",
        at: Place(file: file, line: line, column: column), hint: "write the report anew with --format json")
    }
    guard value["schema"]?.stringValue == EvaluationReport.schema else {
      let found = value["schema"]?.stringValue.map { "of the schema '\($0)'" } ?? "without a schema"
      throw NhanError(
        .usage, code: "not-a-report",
        "this is JSON \(found), expected a report of the schema '\(EvaluationReport.schema)'",
        at: Place(file: file), hint: "give the output of an earlier run with --format json")
    }
    return ReportField(value: value, path: "", file: file)
  }

  private static func document(_ decision: ReportField) throws(NhanError) -> EvaluationDocument {
    let line = try decision.optionalMember("line")?.integer(from: 1)
    let place = try decision.optionalMember("file")?.string()
    var metadata: [String: String] = [:]
    if let field = try decision.optionalMember("metadata") {
      for (key, _) in try field.members() { metadata[key] = try field.member(key).string() }
    }
    return EvaluationDocument(
      id: try decision.member("id").string(), place: place.map { Place(file: $0, line: line) },
      title: try decision.member("title").string(), metadata: metadata)
  }

  /// A list of keys as one Boolean a label.
  private static func set(_ keys: ReportField, _ columns: [String: Int]) throws(NhanError) -> [Bool] {
    var set = [Bool](repeating: false, count: columns.count)
    for key in try keys.elements() {
      guard let column = columns[try key.string()] else {
        throw key.error("is '\(try key.string())', expected a key from labels")
      }
      set[column] = true
    }
    return set
  }

  /// A mapping from every key to a probability as one number a label.
  private static func probabilities(
    _ field: ReportField, _ columns: [String: Int]
  ) throws(NhanError) -> [Double] {
    var probabilities = [Double?](repeating: nil, count: columns.count)
    for (key, value) in try field.members() {
      guard let column = columns[key] else { throw field.error("has '\(key)', expected a key from labels") }
      probabilities[column] = try ReportField(value: value, path: "\(field.path).\(key)", file: field.file)
        .share()
    }
    let found = probabilities.compactMap(\.self)
    guard found.count == columns.count else {
      throw field.error("has \(found.count) of \(columns.count) labels, expected all")
    }
    return found
  }

  /// Checks that the figures of the report follow from its decisions.
  private func checkFigures(_ field: ReportField) throws(NhanError) {
    let (values, counts) = MetricKernel(
      self, rows: Array(documents.indices), isSingleLabel: isSingleLabel
    ).measure()
    let total = counts.reduce(into: Counts()) { $0 += $1 }
    let overall = try field.member("overall")
    try overall.member("support").check(total.support)
    try overall.member("predicted").check(total.predicted)
    try overall.member("true-positives").check(total.truePositives)
    for metric in OverallMetric.allCases {
      let stored = try overall.optionalMember(metric.name)
      try stored?.member("value").check(values[Metric.overall(metric).index])
    }
  }
}

extension ReportField {
  /// Checks that a number of the report is the one that follows from its decisions.
  fileprivate func check(_ expected: some BinaryInteger) throws(NhanError) {
    try check(Double(expected))
  }

  /// Checks that a number of the report is, but for rounding, the one that follows from its decisions.
  fileprivate func check(_ expected: Double) throws(NhanError) {
    guard let stored = value.doubleValue, abs(stored - expected) <= 1e-9 else {
      throw error(
        "is \(value.doubleValue.map(\.description) ?? value.kindName), but its decisions give \(expected)")
    }
  }
}
