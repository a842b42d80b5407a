import NhanCore
import NhanPlugins
import PluginTestSupport
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The plugin in C against the formulas, written down as they stand.
@Suite struct NaiveBayesTests {
  private func classifier(_ options: String) throws -> any Classifier {
    let factory = try #require(try PluginLibrary(Paths.plugin("NaiveBayes")).classifiers.first)
    return try factory.make(try factory.options.values(options))
  }

  /// Rows of counts and their labels.
  private static func sample(seed: UInt64) -> (rows: CSRMatrix, targets: TargetMatrix) {
    var generator = SeededGenerator(seed: seed)
    var rows = CSRMatrix(columnCount: 9)
    var values: [UInt8] = []
    for _ in 0..<30 {
      for column in 0..<9 where Bool.random(using: &generator) {
        rows.columns.append(UInt32(column))
        rows.values.append(Float(Int.random(in: 1...4, using: &generator)))
      }
      rows.closeRow()
      let label = Int.random(in: 0..<3, using: &generator)
      values += (0..<3).map { $0 == label ? 1 : 0 }
    }
    return (rows, TargetMatrix(labelCount: 3, values: values))
  }

  /// The score of a row for a label.
  private func expected(
    _ row: Int, _ label: Int, _ rows: CSRMatrix, _ targets: TargetMatrix, _ task: Task, smoothing: Double,
    uniform: Bool
  ) -> Double {
    func count(_ column: Int?, _ has: Bool) -> Double {
      (0..<rows.rowCount).reduce(0) { sum, row in
        guard targets[row, label] == has else { return sum }
        return rows.entries(ofRow: row).reduce(sum) {
          column == nil || Int(rows.columns[$1]) == column ? $0 + Double(rows.values[$1]) : $0
        }
      }
    }
    func probability(_ column: Int, _ has: Bool) -> Double {
      (count(column, has) + smoothing) / (count(nil, has) + smoothing * Double(rows.columnCount))
    }
    let with = Double((0..<rows.rowCount).count { targets[$0, label] }) + 1
    let without = Double((0..<rows.rowCount).count { !targets[$0, label] }) + 1
    var score = uniform ? 0 : task == .multiLabel ? log(with / without) : log(with / (with + without))
    for entry in rows.entries(ofRow: row) {
      let column = Int(rows.columns[entry])
      var weight = log(probability(column, true))
      if task == .multiLabel { weight -= log(probability(column, false)) }
      score += Double(rows.values[entry]) * weight
    }
    return score
  }

  @Test(arguments: [Task.multiLabel, .singleLabel], ["learned", "uniform"])
  func scoresAreThoseOfTheFormula(task: Task, prior: String) throws {
    for seed in 1...5 as ClosedRange<UInt64> {
      let (rows, targets) = Self.sample(seed: seed)
      let fitted = try classifier(#"{"smoothing": 0.5, "prior": "\#(prior)"}"#)
        .fit(rows, targets, task: task, threads: 2).classifier
      var scores: [Float] = []
      try fitted.score(rows, into: &scores)
      let linear = try #require(fitted.linear)
      for row in 0..<rows.rowCount {
        for label in 0..<3 {
          let score = Double(scores[row * 3 + label])
          let formula = expected(
            row, label, rows, targets, task, smoothing: 0.5, uniform: prior == "uniform")
          #expect(abs(score - formula) < 1e-3 * max(1, abs(formula)))
          let sum = rows.entries(ofRow: row).reduce(linear.bias(label: label)) {
            $0 + rows.values[$1] * linear.weight(column: Int(rows.columns[$1]), label: label)
          }
          #expect(abs(Double(sum) - score) < 1e-3 * max(1, abs(score)))
        }
      }
    }
  }

  @Test func learnsFromNothing() throws {
    let fitted = try classifier("{}").fit(
      CSRMatrix(columnCount: 0), TargetMatrix(labelCount: 2, values: []), task: .multiLabel, threads: 1
    ).classifier
    var rows = CSRMatrix(columnCount: 0)
    rows.closeRow()
    var scores: [Float] = []
    try fitted.score(rows, into: &scores)
    #expect(scores == [0, 0])
  }

  /// Cut, lengthened and changed states are refused with a sentence, or borne.
  @Test func aDamagedStateDoesNoHarm() throws {
    let (rows, targets) = Self.sample(seed: 3)
    let fresh = try classifier("{}")
    var archive = TensorArchive()
    try fresh.fit(rows, targets, task: .multiLabel, threads: 1).classifier.save(to: &archive)
    let state = Array(try archive.elements("state", of: UInt8.self, shape: [nil]))
    var generator = SeededGenerator(seed: 5)
    for count in [0, 1, state.count - 1, state.count + 1] {
      var damaged = TensorArchive()
      damaged.put("state", Array((state + [0]).prefix(count)))
      let error = #expect(throws: NhanError.self) {
        try fresh.load(from: damaged, columnCount: 9, labelCount: 3)
      }
      #expect(error?.message.contains("the state has \(count) bytes, expected \(state.count)") == true)
    }
    for _ in 0..<300 {
      var bytes = state
      bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
      var damaged = TensorArchive()
      damaged.put("state", bytes)
      do {
        var scores: [Float] = []
        try fresh.load(from: damaged, columnCount: 9, labelCount: 3).score(rows, into: &scores)
        #expect(scores.allSatisfy { $0.isFinite })
      } catch let error as NhanError { #expect(!error.message.isEmpty) }
    }
  }

  @Test func itsConfigurationWorks() throws {
    let tagged = try Scratch().useConfiguration(of: "NaiveBayes")
    #expect(tagged.status == 0, "\(tagged.errors)")
    let lines = tagged.output.split(separator: "\n")
    #expect(lines.count == 24 && lines.indices.allSatisfy { lines[$0].contains(Articles.labels[$0]) })
  }
}
