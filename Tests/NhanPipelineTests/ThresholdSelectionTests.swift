import NhanCore
import TestSupport
import Testing

@testable import NhanPipeline

@Suite struct ThresholdSelectionTests {
  private static func selection(_ options: [(String, JSONValue)]) throws -> ThresholdSelection {
    ThresholdSelection(
      try Configuration.thresholdOptions.validate(
        options.map { ConfigNode.Entry(key: $0.0, place: nil, value: ConfigNode(json: $0.1)) },
        of: "'thresholds'", at: nil))
  }

  private struct Quality {
    var precision: Double
    var recall: Double
    var shortfall: Double
    var f: Double
  }

  /// Counted anew for one threshold.
  private static func quality(
    _ threshold: Double, _ probabilities: [Double], _ positives: [Bool], beta: Double, precision: Double,
    recall: Double
  ) -> Quality {
    let given = probabilities.map { $0 >= threshold }
    let hits = Double(zip(given, positives).filter { $0 && $1 }.count)
    let p = hits / Double(given.filter { $0 }.count)
    let r = hits / Double(positives.filter { $0 }.count)
    return Quality(
      precision: p, recall: r, shortfall: max(0, precision - p) + max(0, recall - r),
      f: p + r > 0 ? (1 + beta * beta) * p * r / (beta * beta * p + r) : 0)
  }

  @Test(arguments: [(1.0, 0.0, 0.0), (2, 0, 0), (0.5, 0, 0), (1, 0.8, 0), (1, 0, 0.9), (2, 0.7, 0.6)])
  func noCutIsBetter(beta: Double, precision: Double, recall: Double) throws {
    let selection = try Self.selection([
      ("maximize", .string("f-beta")), ("beta", .double(beta)), ("minimum-precision", .double(precision)),
      ("minimum-recall", .double(recall)),
    ])
    var generator = SeededGenerator(seed: 17)
    for round in 0..<150 {
      let count = 1 + generator.below(30)
      // Few different values make many ties.
      let levels = round % 2 == 0 ? 6 : 10_000
      let probabilities = (0..<count).map { _ in Double(1 + generator.below(levels)) / Double(levels + 1) }
      var positives = probabilities.map { generator.unit() < $0 }
      positives[generator.below(count)] = true
      let chosen = selection.choose(probabilities, positives)
      let found = Self.quality(
        chosen, probabilities, positives, beta: beta, precision: precision, recall: recall)
      #expect(0 < chosen && chosen < 1)
      // Every cut that gives the label to anything at all, each as the threshold right at a probability.
      let all = Set(probabilities).map {
        Self.quality($0, probabilities, positives, beta: beta, precision: precision, recall: recall)
      }
      let least = all.map(\.shortfall).min()!
      #expect(abs(found.shortfall - least) < 1e-12)
      let best = all.filter { $0.shortfall <= least + 1e-12 }.map(\.f).max()!
      #expect(abs(found.f - best) < 1e-12)
      if all.contains(where: { $0.precision >= precision && $0.recall >= recall }) {
        #expect(found.precision >= precision && found.recall >= recall)
      }
    }
  }

  @Test func liesHalfwayAndAmongEqualCutsNearestToAHalf() throws {
    let f1 = try Self.selection([])
    #expect(f1.choose([0.9, 0.8, 0.3, 0.1], [true, true, false, false]) == 0.55)
    // 0.15 and 0.85 are as good as each other; so are the cuts of a single document.
    #expect(f1.choose([0.9], [true]) == 0.45)
    let cuts = f1.choose([0.9, 0.6, 0.4, 0.2], [true, false, false, true])
    #expect(cuts == 0.75 || cuts == 0.1)
  }

  @Test func noneAndNothingToChooseFrom() throws {
    let none = try Self.selection([("maximize", .string("none"))])
    #expect(none.choose([0.1, 0.2], [true, false]) == 0.5)
    #expect(none.choose([0.1, 0.2], [false, false]) == 0.5)
    let f1 = try Self.selection([])
    #expect(f1.choose([0.1, 0.2], [false, false]) == 1)
    #expect(f1.choose([], []) == 0.5)
    #expect(f1.choose([0], [true]) == 0.5)
  }

  @Test func betaCountsOnlyForFBeta() throws {
    let probabilities = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4]
    let positives = [true, false, false, false, true, false]
    let plain = try Self.selection([("maximize", .string("f1")), ("beta", .double(100))])
    let one = try Self.selection([])
    #expect(plain.choose(probabilities, positives) == one.choose(probabilities, positives))
    let recall = try Self.selection([("maximize", .string("f-beta")), ("beta", .double(100))])
    #expect(abs(recall.choose(probabilities, positives) - 0.45) < 1e-12)
    let precision = try Self.selection([("maximize", .string("f-beta")), ("beta", .double(0.01))])
    #expect(abs(precision.choose(probabilities, positives) - 0.85) < 1e-12)
  }

  @Test func fMeasureIsThatOfItsDefinition() {
    #expect(ThresholdSelection.f(0.5, 0.5, beta: 1) == 0.5)
    #expect(abs(ThresholdSelection.f(1, 0.5, beta: 2) - 5 * 0.5 / 4.5) < 1e-15)
    #expect(ThresholdSelection.f(0, 0, beta: 1) == 0)
  }
}
