import NhanCore

/// The classifier `logistic`: L2-regularized logistic regression, one-versus-rest for `multi-label` and softmax for
/// `single-label`.
package struct LogisticClassifier: Classifier, LinearWeights {
  /// How to learn.
  struct Settings: Sendable {
    let l2: Double
    let classWeight: String
    let tolerance: Double
    let iterations: Int
    let history: Int
  }

  let settings: Settings
  private var weights = TensorElements<Float>([])
  private var biases = TensorElements<Float>([])

  package init(options: OptionValues) {
    settings = Settings(
      l2: options.double("l2"), classWeight: options.string("class-weight"),
      tolerance: options.double("tolerance"), iterations: options.int("iterations"),
      history: options.int("history"))
  }

  package static let options = OptionSchema([
    OptionDescription(
      "l2", .number(1e-9...1e9), default: .double(1),
      "strength of the regularization: the loss is summed over documents, so 1 / C of other programs"),
    OptionDescription(
      "class-weight", .choice(["none", "balanced", "sqrt-balanced"]), default: .string("none"),
      "weigh documents by the inverse share of their class, or by its square root"),
    OptionDescription(
      "tolerance", .number(1e-12...1), default: .double(1e-4),
      "stop when the gradient's norm has fallen to this share of the one at the start"),
    OptionDescription(
      "iterations", .integer(1...1_000_000), default: .integer(500),
      "stop after so many at the latest: passes of dual ascent and steps of L-BFGS"),
    OptionDescription(
      "history", .integer(1...100), default: .integer(10),
      "steps that L-BFGS remembers, where dual ascent does not reach the tolerance"),
  ])

  package func fit(_ rows: CSRMatrix, _ targets: TargetMatrix, task: Task, threads: Int) throws
    -> FittedClassifier
  {
    try fit(SparseRows(rows), targets, task: task, threads: threads)
  }

  package func fit(_ rows: SparseRows, _ targets: TargetMatrix, task: Task, threads: Int) throws
    -> FittedClassifier
  {
    let objective = LogisticObjective(
      task: task, targets: targets, positiveWeights: classWeights(targets, task, positive: true),
      negativeWeights: classWeights(targets, task, positive: false))
    var solver = LogisticSolver(
      PartitionedRows(rows, threads: threads), objective, l2: settings.l2, history: settings.history,
      threads: threads)
    let report = try solver.solve(tolerance: settings.tolerance, iterations: settings.iterations)
    var result = self
    let solution = solver.solution()
    result.weights = TensorElements(solution.weights)
    result.biases = TensorElements(solution.biases)
    return FittedClassifier(classifier: result, report: report)
  }

  /// The weight of documents with (or without) each label: n / (classes · documents in the class) when balanced.
  private func classWeights(_ targets: TargetMatrix, _ task: Task, positive: Bool) -> [Double] {
    let total = Double(targets.rowCount)
    let classes = task == .multiLabel ? 2.0 : Double(targets.labelCount)
    return targets.supports.map { support in
      let size = positive ? Double(support) : total - Double(support)
      guard settings.classWeight != "none", size > 0 else { return 1 }
      let balanced = total / (classes * size)
      return settings.classWeight == "balanced" ? balanced : balanced.squareRoot()
    }
  }

  package func score(_ rows: CSRMatrix, into scores: inout [Float]) throws {
    try score(sideBySide: [rows], into: &scores)
  }

  package func score(sideBySide blocks: [CSRMatrix], into scores: inout [Float]) throws {
    let rowCount = blocks.first?.rowCount ?? 0
    let (first, labels) = (scores.count, biases.count)
    scores.append(contentsOf: repeatElement(0, count: rowCount * labels))
    scores.withUnsafeMutableBufferPointer { scores in
      guard let scores = scores.baseAddress.map({ $0 + first }) else { return }
      if var weights = weights.buffer.pointer.baseAddress {
        for block in blocks {
          LinearScores.add(block, weights, labels: labels, to: scores)
          weights += block.columnCount * labels
        }
      }
      for row in 0..<rowCount {
        for label in 0..<labels { scores[row * labels + label] += biases[label] }
      }
    }
  }

  package var linear: (any LinearWeights)? { self }
  package func weight(column: Int, label: Int) -> Float { weights[column * biases.count + label] }
  package func bias(label: Int) -> Float { biases[label] }

  package func save(to archive: inout TensorArchive) {
    let labels = biases.count
    archive.put("weights", weights, shape: [labels == 0 ? 0 : weights.count / labels, labels])
    archive.put("biases", biases)
  }

  package func load(from archive: TensorArchive, columnCount: Int, labelCount: Int) throws -> any Classifier {
    var result = self
    result.weights = try archive.elements("weights", shape: [columnCount, labelCount])
    result.biases = try archive.elements("biases", shape: [labelCount])
    return result
  }
}
