import Glibc
import NhanCore
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

  @Test(arguments: [Task.multiLabel, .singleLabel])
  func residualsAreTheFiniteDifferencesOfTheLoss(task: Task) {
    let (_, targets) = Self.problem(rows: 7, columns: 3, labels: 3, task: task, seed: 1)
    let objective = Self.objective(task, targets)
    var generator = SeededGenerator(seed: 2)
    for problem in objective.problems {
      let scores = (0..<7 * problem.count).map { _ in Double.random(in: -3...3, using: &generator) }
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
    let (_, targets) = Self.problem(rows: 9, columns: 3, labels: 3, task: task, seed: 3)
    let objective = Self.objective(task, targets)
    var generator = SeededGenerator(seed: 4)
    for problem in objective.problems {
      let scores = (0..<9 * problem.count).map { _ in Double.random(in: -3...3, using: &generator) }
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

  @Test func sameWeightsAtAnyNumberOfThreads() throws {
    let (rows, targets) = Self.problem(rows: 3000, columns: 200, labels: 3, task: .multiLabel, seed: 9)
    let classifier = LogisticClassifier(options: try Self.options())
    var archives: [[UInt8]] = []
    for threads in [1, 2, 5] {
      var archive = TensorArchive()
      try classifier.fit(rows, targets, task: .multiLabel, threads: threads).classifier.save(to: &archive)
      archives.append(archive.tensors["weights"]!.bytes.withUnsafeBytes { Array($0) })
    }
    #expect(archives[0] == archives[1] && archives[0] == archives[2])
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

@Suite struct GramProductTests {
  @Test(arguments: [4, 8, 12]) func productEqualsTheDenseOne(width: Int) {
    let (rows, _) = LogisticTests.problem(rows: 40, columns: 25, labels: 1, task: .multiLabel, seed: 11)
    var generator = SeededGenerator(seed: 12)
    let operand = (0..<40 * width).map { _ in Double.random(in: -1...1, using: &generator) }
    var byColumn = [Double](repeating: 0, count: 25 * width)
    var expected = [Double](repeating: 0, count: 40 * width)
    for row in 0..<40 {
      for entry in rows.entries(ofRow: row) {
        for l in 0..<width {
          byColumn[Int(rows.columns[entry]) * width + l] +=
            Double(rows.values[entry]) * operand[row * width + l]
        }
      }
    }
    for row in 0..<40 {
      for entry in rows.entries(ofRow: row) {
        for l in 0..<width {
          expected[row * width + l] +=
            Double(rows.values[entry]) * byColumn[Int(rows.columns[entry]) * width + l]
        }
      }
    }
    let gram = GramProduct(rows)
    for threads in [1, 3] {
      var product = [Double](repeating: .nan, count: 40 * width)
      gram.multiply(operand, width: width, into: &product, threads: threads)
      #expect(zip(product, expected).allSatisfy { abs($0 - $1) < 1e-12 })
      let weights = gram.weights(operand, width: width, labels: width - 1, threads: threads)
      for column in 0..<25 {
        for l in 0..<width - 1 {
          #expect(abs(Double(weights[column * (width - 1) + l]) - byColumn[column * width + l]) < 1e-6)
        }
      }
    }
  }

  @Test func severalChunksGiveTheSameAtAnyNumberOfThreads() {
    let (rows, _) = LogisticTests.problem(rows: 2000, columns: 300, labels: 1, task: .multiLabel, seed: 13)
    var generator = SeededGenerator(seed: 14)
    let operand = (0..<2000 * 4).map { _ in Double.random(in: -1...1, using: &generator) }
    let gram = GramProduct(rows)
    let products = [1, 2, 5].map { threads in
      var product = [Double](repeating: 0, count: operand.count)
      gram.multiply(operand, width: 4, into: &product, threads: threads)
      return product
    }
    #expect(products[0] == products[1] && products[0] == products[2])
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
    let (rows, _) = LogisticTests.problem(rows: 20, columns: 9, labels: 1, task: .multiLabel, seed: 21)
    var generator = SeededGenerator(seed: 22)
    let gram = GramProduct(rows)
    func vector() -> (span: SpanVector, weights: [Double]) {
      var span = SpanVector(zero: 20, labels: 1)
      span.coefficients = (0..<20).map { _ in Double.random(in: -1...1, using: &generator) }
      span.biases = [Double.random(in: -1...1, using: &generator)]
      var wide = [Double](repeating: 0, count: 80)
      for row in 0..<20 { wide[row * 4] = span.coefficients[row] }
      var product = wide
      gram.multiply(wide, width: 4, into: &product, threads: 1)
      span.image = (0..<20).map { product[$0 * 4] }
      let weights = gram.weights(wide, width: 4, labels: 1, threads: 1).map(Double.init)
      return (span, weights + span.biases)
    }
    let (a, b) = (vector(), vector())
    #expect(abs(a.span.dot(b.span) - zip(a.weights, b.weights).reduce(0) { $0 + $1.0 * $1.1 }) < 1e-5)
    #expect(abs(a.span.norm - a.weights.reduce(0) { $0 + $1 * $1 }.squareRoot()) < 1e-5)
  }
}
