import Glibc
import NhanCore
import TestSupport
import Testing

@testable import NhanStages

@Suite struct LogisticTests {
  /// A random sparse problem.
  static func problem(
    rows: Int, columns: Int, labels: Int, task: Task, seed: UInt64
  ) -> (rows: CSRMatrix, targets: TargetMatrix) {
    var generator = SeededGenerator(seed: seed)
    var matrix = CSRMatrix(columnCount: columns)
    var values: [UInt8] = []
    for _ in 0..<rows {
      for column in 0..<columns where Double.random(in: 0...1, using: &generator) < 0.3 {
        matrix.columns.append(UInt32(column))
        matrix.values.append(Float.random(in: -1...1, using: &generator))
      }
      matrix.closeRow()
      if task == .singleLabel {
        let own = Int.random(in: 0..<labels, using: &generator)
        values += (0..<labels).map { $0 == own ? 1 : 0 }
      } else {
        values += (0..<labels).map { _ in UInt8.random(in: 0...1, using: &generator) }
      }
    }
    return (matrix, TargetMatrix(labelCount: labels, values: values))
  }

  static func objective(_ task: Task, _ targets: TargetMatrix) -> LogisticObjective {
    LogisticObjective(
      task: task, targets: targets, positiveWeights: (0..<targets.labelCount).map { 1 + Double($0) / 4 },
      negativeWeights: (0..<targets.labelCount).map { 1 - Double($0) / 8 })
  }

  static func options(_ given: [(String, JSONValue)] = []) throws -> OptionValues {
    try LogisticClassifier.options.validate(
      given.map { ConfigNode.Entry(key: $0.0, place: nil, value: ConfigNode(json: $0.1)) }, of: "test",
      at: nil)
  }

  /// Calls `body` with each problem of an objective of three labels, and random scores.
  static func forEachProblem(
    rows: Int, task: Task, seed: UInt64,
    _ body: (LogisticObjective, Range<Int>, _ scores: [Double], _ generator: inout SeededGenerator) -> Void
  ) {
    let objective = objective(
      task, problem(rows: rows, columns: 3, labels: 3, task: task, seed: seed).targets)
    var generator = SeededGenerator(seed: seed + 1)
    for problem in objective.problems {
      let scores = (0..<rows * problem.count).map { _ in Double.random(in: -3...3, using: &generator) }
      body(objective, problem, scores, &generator)
    }
  }

  @Test(arguments: [Task.multiLabel, .singleLabel])
  func residualsAreTheFiniteDifferencesOfTheLoss(task: Task) {
    Self.forEachProblem(rows: 7, task: task, seed: 1) { objective, problem, scores, _ in
      let residuals = objective.residuals(problem, scores)
      for i in scores.indices {
        var (up, down) = (scores, scores)
        up[i] += 1e-5
        down[i] -= 1e-5
        let difference = objective.loss(problem, up) - objective.loss(problem, down)
        #expect(abs(difference / 2e-5 - residuals[i]) < 1e-8, "score \(i)")
      }
    }
  }

  @Test(arguments: [Task.multiLabel, .singleLabel])
  func slopeAndCurvatureAreFiniteDifferencesAlongALine(task: Task) {
    Self.forEachProblem(rows: 9, task: task, seed: 3) { objective, problem, scores, generator in
      let change = scores.map { _ in Double.random(in: -3...3, using: &generator) }
      func loss(_ step: Double) -> Double {
        objective.loss(problem, zip(scores, change).map { $0 + step * $1 })
      }
      for step in [0, 0.3, 1.7] {
        let here = objective.alongLine(problem, scores, change, step: step)
        let up = objective.alongLine(problem, scores, change, step: step + 1e-5)
        let down = objective.alongLine(problem, scores, change, step: step - 1e-5)
        #expect(abs((loss(step + 1e-5) - loss(step - 1e-5)) / 2e-5 - here.slope) < 1e-6)
        #expect(abs((up.slope - down.slope) / 2e-5 - here.curvature) < 1e-6)
      }
    }
  }

  @Test(arguments: [Task.multiLabel, .singleLabel])
  func derivativesByTheBiasesAreThoseAlongALineOfOneBias(task: Task) {
    Self.forEachProblem(rows: 9, task: task, seed: 5) { objective, problem, scores, _ in
      let derivatives = objective.alongBiases(problem, scores)
      #expect(derivatives.count == problem.count)
      for (bias, found) in derivatives.enumerated() {
        let change = scores.indices.map { $0 / 9 == bias ? 1.0 : 0 }
        let wanted = objective.alongLine(problem, scores, change, step: 0)
        #expect(abs(found.slope - wanted.slope) < 1e-12 && abs(found.curvature - wanted.curvature) < 1e-12)
      }
    }
  }

  @Test func sumsOfASoftmaxAreTheSameOnAnyNumberOfThreads() {
    let (_, targets) = Self.problem(rows: 5000, columns: 1, labels: 4, task: .singleLabel, seed: 7)
    let objective = Self.objective(.singleLabel, targets)
    var generator = SeededGenerator(seed: 8)
    let scores = (0..<4 * 5000).map { _ in Double.random(in: -9...9, using: &generator) }
    let change = scores.map { _ in Double.random(in: -1...1, using: &generator) }
    func all(_ threads: Int) -> [Double] {
      let line = objective.alongLine(0..<4, scores, change, step: 0.5, threads: threads)
      let biases = objective.alongBiases(0..<4, scores, threads: threads)
      return [objective.loss(0..<4, scores, threads: threads), line.slope, line.curvature]
        + biases.flatMap { [$0.slope, $0.curvature] } + objective.residuals(0..<4, scores, threads: threads)
    }
    let one = all(1)
    for threads in [2, 3, 8] { #expect(all(threads) == one) }
  }

  @Test func theLossOfAnUnthinkableLabelIsFinite() {
    let objective = Self.objective(.singleLabel, TargetMatrix(labelCount: 2, values: [1, 0]))
    #expect(objective.loss(0..<2, [0, 2000]) == 2000)
  }

  /// One feature with value 1 in every document with the label and -1 in every other, balanced: the bias is 0 and the
  /// weight w solves n · sigmoid(-w) = l2 · w.
  @Test func optimumOfATinyProblemIsTheKnownOne() throws {
    var rows = CSRMatrix(columnCount: 1)
    for value in [1, 1, -1, -1] as [Float] {
      rows.columns.append(0)
      rows.values.append(value)
      rows.closeRow()
    }
    let targets = TargetMatrix(labelCount: 1, values: [1, 1, 0, 0])
    var (low, high) = (0.0, 10.0)
    for _ in 0..<200 {
      let w = (low + high) / 2
      if 4 * LogisticObjective.sigmoid(-w) > 0.5 * w { low = w } else { high = w }
    }
    let fitted = try LogisticClassifier(
      options: Self.options([("l2", .double(0.5)), ("tolerance", .double(1e-10))])
    ).fit(rows, targets, task: .multiLabel, threads: 1)
    let linear = try #require(fitted.classifier.linear)
    #expect(fitted.report.converged)
    #expect(abs(Double(linear.weight(column: 0, label: 0)) - low) < 1e-6)
    #expect(abs(linear.bias(label: 0)) < 1e-6)
  }

  @Test(arguments: [Task.multiLabel, .singleLabel], [1, 3, 4, 5, 9])
  func gradientVanishesAtTheOptimum(task: Task, labels: Int) throws {
    if task == .singleLabel, labels == 1 { return }
    let (rows, targets) = Self.problem(
      rows: 60, columns: 12, labels: labels, task: task, seed: UInt64(labels))
    let l2 = 0.7
    let fitted = try LogisticClassifier(
      options: Self.options([("l2", .double(l2)), ("tolerance", .double(1e-9))])
    ).fit(rows, targets, task: task, threads: 2)
    #expect(fitted.report.converged)
    let linear = try #require(fitted.classifier.linear)
    // The gradient, computed from the definition.
    var gradient = [Double](repeating: 0, count: 13 * labels)
    for row in 0..<rows.rowCount {
      var scores = (0..<labels).map { Double(linear.bias(label: $0)) }
      for entry in rows.entries(ofRow: row) {
        for l in 0..<labels {
          scores[l] +=
            Double(rows.values[entry]) * Double(linear.weight(column: Int(rows.columns[entry]), label: l))
        }
      }
      let exponentials = scores.map { exp($0) }
      let sum = exponentials.reduce(0, +)
      for l in 0..<labels {
        let probability = task == .multiLabel ? LogisticObjective.sigmoid(scores[l]) : exponentials[l] / sum
        let residual = probability - (targets[row, l] ? 1 : 0)
        for entry in rows.entries(ofRow: row) {
          gradient[Int(rows.columns[entry]) * labels + l] += residual * Double(rows.values[entry])
        }
        gradient[12 * labels + l] += residual
      }
    }
    for column in 0..<12 {
      for l in 0..<labels {
        gradient[column * labels + l] += l2 * Double(linear.weight(column: column, label: l))
      }
    }
    for value in gradient { #expect(abs(value) < 1e-4) }
  }

  /// Documents that lean to their labels' columns, so that there is something to learn, as many as make several parts.
  static func leaning(rows: Int, labels: Int, task: Task, seed: UInt64) -> (CSRMatrix, TargetMatrix) {
    var generator = SeededGenerator(seed: seed)
    var matrix = CSRMatrix(columnCount: 40 * labels + 300)
    var values: [UInt8] = []
    for _ in 0..<rows {
      let own = Int.random(in: 0..<labels, using: &generator)
      var columns = Set((0..<20).map { _ in UInt32.random(in: 0..<300, using: &generator) })
      for _ in 0..<6 { columns.insert(300 + UInt32(40 * own + Int.random(in: 0..<40, using: &generator))) }
      for column in columns.sorted() {
        matrix.columns.append(column)
        matrix.values.append(Float.random(in: 0.05...0.4, using: &generator))
      }
      matrix.closeRow()
      values += (0..<labels).map { label in
        if task == .multiLabel, Int.random(in: 0..<8, using: &generator) == 0 { return 1 }
        return label == own ? 1 : 0
      }
    }
    return (matrix, TargetMatrix(labelCount: labels, values: values))
  }

  /// By label, the norm of the gradient of the regularized loss, from the definition, in double precision: at weights and
  /// biases, or at zero.
  static func gradientNorms(
    _ rows: CSRMatrix, _ targets: TargetMatrix, _ task: Task, l2: Double, positiveWeights: [Double],
    negativeWeights: [Double], _ linear: (any LinearWeights)?
  ) -> [Double] {
    let labels = targets.labelCount
    var gradients = [[Double]](
      repeating: [Double](repeating: 0, count: rows.columnCount + 1), count: labels)
    func weight(_ column: Int, _ label: Int) -> Double {
      Double(linear?.weight(column: column, label: label) ?? 0)
    }
    for row in 0..<rows.rowCount {
      var scores = (0..<labels).map { Double(linear?.bias(label: $0) ?? 0) }
      for entry in rows.entries(ofRow: row) {
        for l in 0..<labels { scores[l] += Double(rows.values[entry]) * weight(Int(rows.columns[entry]), l) }
      }
      let greatest = scores.max()!
      let sum = scores.reduce(0) { $0 + exp($1 - greatest) }
      for l in 0..<labels {
        let isPositive = targets[row, l]
        var c = isPositive ? positiveWeights[l] : negativeWeights[l]
        if task == .singleLabel {
          c = (0..<labels).first { targets[row, $0] }.map { positiveWeights[$0] } ?? 0
        }
        let p = task == .multiLabel ? 1 / (1 + exp(-scores[l])) : exp(scores[l] - greatest) / sum
        let residual = c * (p - (isPositive ? 1 : 0))
        for entry in rows.entries(ofRow: row) {
          gradients[l][Int(rows.columns[entry])] += residual * Double(rows.values[entry])
        }
        gradients[l][rows.columnCount] += residual
      }
    }
    for l in 0..<labels {
      for column in 0..<rows.columnCount { gradients[l][column] += l2 * weight(column, l) }
    }
    return gradients.map { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }
  }

  /// A classifier fitted at several numbers of threads, after checking that all are the same to the byte.
  static func fit(
    _ rows: CSRMatrix, _ targets: TargetMatrix, _ task: Task, _ given: [(String, JSONValue)] = [],
    threads: [Int] = [1, 3]
  ) throws -> FittedClassifier {
    let classifier = LogisticClassifier(options: try options(given))
    let fitted = try threads.map { try classifier.fit(rows, targets, task: task, threads: $0) }
    let tensors = fitted.map { fitted in
      var archive = TensorArchive()
      fitted.classifier.save(to: &archive)
      return ["weights", "biases"].map { archive.tensors[$0]!.bytes.withUnsafeBytes { Array($0) } }
    }
    for (other, report) in zip(tensors, fitted.map(\.report)) {
      #expect(other == tensors[0] && report == fitted[0].report)
    }
    return fitted[0]
  }

  @Test(arguments: [Task.multiLabel, .singleLabel]) func sameBytesAtAnyNumberOfThreads(task: Task) throws {
    let (rows, targets) = Self.leaning(rows: 1500, labels: 6, task: task, seed: 49)
    let fitted = try Self.fit(rows, targets, task, threads: [1, 2, 3, 5])
    #expect(fitted.report.converged)
  }

  @Test(
    arguments: [Task.multiLabel, .singleLabel], ["none", "balanced", "sqrt-balanced"]
  ) func theGradientIsAsSmallAsTheReportSays(task: Task, classWeight: String) throws {
    for (labels, tolerance) in [(2, 1e-2), (5, 1e-2), (9, 1e-4), (18, 1e-3)] {
      let (rows, targets) = Self.leaning(rows: 500, labels: labels, task: task, seed: UInt64(50 + labels))
      let fitted = try Self.fit(
        rows, targets, task,
        [("class-weight", .string(classWeight)), ("tolerance", .double(tolerance)), ("l2", .double(0.05))])
      #expect(fitted.report.converged && fitted.report.gradientNorm <= tolerance)
      let supports = targets.supports.map(Double.init)
      func weights(_ sizes: [Double]) -> [Double] {
        sizes.map { size in
          let balanced = 500 / ((task == .multiLabel ? 2 : Double(labels)) * size)
          return classWeight == "none" ? 1 : classWeight == "balanced" ? balanced : balanced.squareRoot()
        }
      }
      func norms(_ linear: (any LinearWeights)?) -> [Double] {
        let norms = Self.gradientNorms(
          rows, targets, task, l2: 0.05, positiveWeights: weights(supports),
          negativeWeights: weights(supports.map { 500 - $0 }), linear)
        return task == .multiLabel ? norms : [norms.reduce(0) { $0 + $1 * $1 }.squareRoot()]
      }
      let shares = zip(norms(fitted.classifier.linear), norms(nil)).map { $0 / $1 }
      #expect(abs(shares.max()! - fitted.report.gradientNorm) < 0.02 * tolerance + 2e-6)
    }
  }

  @Test(arguments: [Task.multiLabel, .singleLabel])
  func oddDataGiveFiniteWeightsAndAnHonestReport(task: Task) throws {
    func check(
      _ rows: CSRMatrix, _ labels: Int, l2: Double = 0.1, _ target: (Int, Int) -> Bool
    ) throws -> FittedClassifier {
      let targets = TargetMatrix(
        labelCount: labels,
        values: (0..<rows.rowCount).flatMap { row in (0..<labels).map { target(row, $0) ? 1 : 0 } })
      let fitted = try Self.fit(rows, targets, task, [("l2", .double(l2))])
      #expect(fitted.report.converged)
      var scores: [Float] = []
      try fitted.classifier.score(rows, into: &scores)
      #expect(scores.allSatisfy { $0.isFinite })
      return fitted
    }
    let (rows, _) = Self.leaning(rows: 400, labels: 3, task: .singleLabel, seed: 60)
    // A label without documents; all documents in one label.
    _ = try check(rows, 3) { $1 == $0 % 2 }
    _ = try check(rows, 3) { $1 == 0 }
    // Documents without labels.
    _ = try check(rows, 3) { row, label in row % 3 == 0 && label == row % 2 }
    // Rows without entries, all and some.
    var empty = CSRMatrix(columnCount: 4)
    for _ in 0..<300 { empty.closeRow() }
    _ = try check(empty, 3) { $1 == $0 % 3 }
    for row in 0..<300 {
      if row % 2 == 0 {
        empty.columns.append(UInt32(row % 4))
        empty.values.append(1)
      }
      empty.closeRow()
    }
    _ = try check(empty, 3) { $1 == $0 % 3 }
    // No columns, one document.
    var none = CSRMatrix(columnCount: 0)
    for _ in 0..<5 { none.closeRow() }
    _ = try check(none, 2) { $1 == $0 % 2 }
    _ = try check(SparseRows(rows).matrix(ofRows: [0]), 2) { $1 == 1 }
    // The same document time and again, with one label and with labels that contradict each other.
    let same = SparseRows(rows).matrix(ofRows: [Int](repeating: 7, count: 3000))
    _ = try check(same, 3) { $1 == 1 }
    _ = try check(same, 3) { $1 == $0 % 3 }
  }

  @Test(arguments: [Task.multiLabel, .singleLabel])
  func valuesAndRegularizationMayBeHugeAndTiny(task: Task) throws {
    let (rows, targets) = Self.leaning(rows: 400, labels: 3, task: task, seed: 61)
    for scale in [1e-20, 1, 1e6, 1e30] as [Float] {
      for l2 in [1e-9, 1, 1e9] {
        var scaled = rows
        for i in scaled.values.indices { scaled.values[i] *= scale }
        let fitted = try Self.fit(
          scaled, targets, task, [("l2", .double(l2)), ("iterations", .integer(30))], threads: [2])
        var scores: [Float] = []
        try fitted.classifier.score(scaled, into: &scores)
        #expect(scores.allSatisfy { $0.isFinite }, "values × \(scale), l2 \(l2)")
        #expect(fitted.report.gradientNorm.isFinite && fitted.report.iterations <= 30)
      }
    }
  }

  @Test func tellsWhenItDidNotConverge() throws {
    let (rows, targets) = Self.problem(rows: 50, columns: 20, labels: 2, task: .multiLabel, seed: 5)
    let report = try LogisticClassifier(
      options: Self.options([
        ("iterations", .integer(1)), ("tolerance", .double(1e-9)), ("l2", .double(0.001)),
      ])
    ).fit(rows, targets, task: .multiLabel, threads: 1).report
    #expect(!report.converged)
    #expect(report.iterations == 1)
    #expect(report.gradientNorm > 1e-9)
  }

  @Test func aLabelThatNeverOccursIsFarBelowZero() throws {
    let (rows, _) = Self.problem(rows: 50, columns: 20, labels: 1, task: .multiLabel, seed: 6)
    let targets = TargetMatrix(labelCount: 1, values: [UInt8](repeating: 0, count: 50))
    let fitted = try LogisticClassifier(options: Self.options()).fit(
      rows, targets, task: .multiLabel, threads: 1)
    var scores: [Float] = []
    try fitted.classifier.score(rows, into: &scores)
    #expect(scores.allSatisfy { $0 < -4 && $0.isFinite })
  }

  @Test func balancedClassWeightsEvenOutTheClasses() throws {
    // Without features that tell, the balanced bias is 0 and the plain one the log-odds of the classes.
    var rows = CSRMatrix(columnCount: 1)
    for _ in 0..<100 { rows.closeRow() }
    let targets = TargetMatrix(labelCount: 1, values: (0..<100).map { $0 < 10 ? 1 : 0 })
    func bias(_ weighting: String) throws -> Float {
      let options = try Self.options([("class-weight", .string(weighting)), ("tolerance", .double(1e-9))])
      return try LogisticClassifier(options: options).fit(rows, targets, task: .multiLabel, threads: 1)
        .classifier.linear!.bias(label: 0)
    }
    #expect(abs(try bias("balanced")) < 1e-5)
    #expect(abs(try bias("none") - Float(Double.log(1.0 / 9))) < 1e-5)
  }

  @Test(arguments: [1, 3, 4, 6, 9]) func scoresAreBiasPlusProducts(labels: Int) throws {
    let (rows, targets) = Self.problem(rows: 30, columns: 8, labels: labels, task: .multiLabel, seed: 8)
    let classifier = try LogisticClassifier(options: Self.options()).fit(
      rows, targets, task: .multiLabel, threads: 1
    ).classifier
    var scores: [Float] = [7]
    try classifier.score(rows, into: &scores)
    #expect(scores.count == 1 + 30 * labels && scores[0] == 7)
    for row in 0..<30 {
      for l in 0..<labels {
        var expected = classifier.linear!.bias(label: l)
        for entry in rows.entries(ofRow: row) {
          expected +=
            rows.values[entry] * classifier.linear!.weight(column: Int(rows.columns[entry]), label: l)
        }
        #expect(abs(scores[1 + row * labels + l] - expected) < 1e-5)
      }
    }
  }
}

@Suite struct LBFGSTests {
  /// On a quadratic with exact line searches, L-BFGS with full memory ends after as many steps as variables.
  @Test func minimizesAQuadraticInAsManyStepsAsVariables() {
    let diagonal: [Double] = [1, 4, 9, 16, 25]
    let target: [Double] = [1, -2, 3, -4, 5]
    // With X the identity, coefficients and image are the same.
    func vector(_ values: [Double]) -> SpanVector {
      var vector = SpanVector(zero: 5, labels: 1)
      vector.coefficients = values
      vector.image = values
      return vector
    }
    var memory = LBFGS(history: 5)
    var x = vector([0, 0, 0, 0, 0])
    func gradient() -> SpanVector { vector((0..<5).map { diagonal[$0] * (x.image[$0] - target[$0]) }) }
    for _ in 0..<5 {
      let before = gradient()
      var step = memory.direction(before)
      let curvature = (0..<5).reduce(0) { $0 + diagonal[$1] * step.image[$1] * step.image[$1] }
      step.scale(by: -before.dot(step) / curvature)
      x.add(1, step)
      var change = gradient()
      change.add(-1, before)
      memory.remember(step: step, change: change)
    }
    for i in 0..<5 { #expect(abs(x.image[i] - target[i]) < 1e-9) }
  }

  @Test func innerProductsAreThoseOfTheWeights() {
    let (matrix, _) = LogisticTests.problem(rows: 20, columns: 9, labels: 1, task: .multiLabel, seed: 21)
    var generator = SeededGenerator(seed: 22)
    let rows = PartitionedRows(SparseRows(matrix), threads: 1)
    func vector() -> (span: SpanVector, weights: [Double]) {
      var span = SpanVector(zero: 20, labels: 1)
      span.coefficients = (0..<20).map { _ in Double.random(in: -1...1, using: &generator) }
      span.biases = [Double.random(in: -1...1, using: &generator)]
      let operand = LaneMatrix(rows: 20, width: 4)
      for row in 0..<20 { operand.row(row)[0] = Float(span.coefficients[row]) }
      let weights = LaneMatrix(rows: 9, width: 4)
      rows.transposedProduct(operand, into: weights, threads: 1)
      let image = rows.product(weights, threads: 1)
      span.image = (0..<20).map { Double(image.row($0)[0]) }
      return (span, (0..<9).map { Double(weights.row($0)[0]) } + span.biases)
    }
    let (a, b) = (vector(), vector())
    #expect(abs(a.span.dot(b.span) - zip(a.weights, b.weights).reduce(0) { $0 + $1.0 * $1.1 }) < 1e-5)
    #expect(abs(a.span.dot(a.span) - a.weights.reduce(0) { $0 + $1 * $1 }) < 1e-5)
  }
}
