import NhanCore

/// What to evaluate besides the figures themselves.
public struct EvaluationOptions: Sendable {
  /// How intervals are made.
  public var bootstrap = BootstrapOptions()
  /// The metadata keys to slice by.
  public var slices: [String] = []
  /// An earlier run over the same documents.
  public var baseline: EvaluationData?
  /// The limits that metrics must keep.
  public var gates: [ThresholdGate] = []
  /// Fails on a significant loss against the baseline.
  public var regression: RegressionGate?

  /// Makes options without slices, baseline and gates.
  public init() {}
}

/// Everything an evaluation found, ready to be written in any of the formats.
public struct EvaluationReport: Sendable {
  /// What was judged.
  public let data: EvaluationData
  /// How the intervals were made.
  public let bootstrap: BootstrapOptions
  /// The figures of all documents.
  public let figures: Figures
  /// The figures of parts of them, key after key.
  public let slices: [Slice]
  /// What changed since the baseline, if there is one.
  public let comparison: Comparison?
  /// How the gates went, in the order given, a regression gate last.
  public let gates: [GateOutcome]

  /// Whether every gate was passed.
  public var isPassed: Bool { gates.allSatisfy(\.isPassed) }

  /// Measures, resamples, compares and checks the gates.
  ///
  /// O((slices + 1) · resamples · documents · labels).
  /// - Throws: `NhanError` (usage) when there is nothing to measure, or when options or baseline do not fit.
  public init(_ data: EvaluationData, _ options: EvaluationOptions = EvaluationOptions()) throws {
    guard !data.documents.isEmpty else {
      throw NhanError(
        .usage, code: "no-documents", "there are no documents to evaluate, expected at least one",
        hint: "check the paths given as data")
    }
    guard options.regression == nil || options.baseline != nil else {
      throw NhanError(
        .usage, code: "no-baseline", "a regression gate needs a baseline to compare with",
        hint: "give the JSON report of an earlier run as the baseline")
    }
    try options.bootstrap.validate()
    guard options.regression == nil || options.bootstrap.resamples > 0 else {
      throw NhanError(
        .usage, code: "bad-resamples", "a regression gate needs resamples, and none are asked for",
        hint: "the default is \(BootstrapOptions().resamples)")
    }
    let bootstrap = options.bootstrap
    self.data = data
    self.bootstrap = bootstrap

    let isSingleLabel = data.isSingleLabel
    let all = try Sample(data, rows: Array(data.documents.indices), isSingleLabel, bootstrap)
    figures = all.figures
    slices = try options.slices.flatMap { key in
      try Slice.rows(of: data, by: key).map { value, rows in
        Slice(
          key: key, value: value,
          figures: try Sample(data, rows: rows, isSingleLabel, bootstrap).figures)
      }
    }
    let comparison = try options.baseline.map { baseline in
      try Comparison(data, all, with: try Baseline.align(baseline, with: data), bootstrap)
    }
    self.comparison = comparison
    var gates = options.gates.map { $0.outcome(of: all.figures, data.labels, level: bootstrap.level) }
    if let regression = options.regression, let comparison {
      gates += regression.outcomes(of: comparison, all.figures, data.labels, level: bootstrap.level)
    }
    self.gates = gates
  }
}

/// Some documents, measured and resampled.
struct Sample {
  let figures: Figures
  let distribution: BootstrapDistribution

  init(_ data: EvaluationData, rows: [Int], _ isSingleLabel: Bool, _ options: BootstrapOptions) throws {
    let kernel = MetricKernel(data, rows: rows, isSingleLabel: isSingleLabel)
    let resampler = Resampler(data, rows: rows, seed: options.seed)
    distribution = try BootstrapDistribution(of: kernel, by: resampler, options)
    figures = Figures(of: kernel, distribution: distribution)
  }
}
