import NhanCore
import TestSupport
import Testing

@testable import NhanPipeline

@Suite struct FoldsTests {
  private static func targets(_ rows: [[Int]], labels: Int) -> TargetMatrix {
    TargetMatrix(
      labelCount: labels, values: rows.flatMap { row in (0..<labels).map { row.contains($0) ? 1 : 0 } })
  }

  private static func random(_ count: Int, labels: Int, seed: UInt64) -> [[Int]] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in (0..<labels).filter { generator.below($0 + 2) == 0 } }
  }

  @Test(arguments: [2, 3, 5, 7]) func spreadsEveryLabelEvenly(count: Int) {
    let rows = Self.random(200, labels: 4, seed: UInt64(count))
    let targets = Self.targets(rows, labels: 4)
    let ids = rows.indices.map { "document \($0)" }
    let folds = Folds.assign(
      targets, groups: ids.map { _ in "" }, ids: ids, count: count, seed: 3)
    #expect(Set(folds) == Set(0..<count))
    for label in 0..<4 {
      let loads = (0..<count).map { fold in
        folds.indices.filter { folds[$0] == fold && targets[$0, label] }.count
      }
      #expect(loads.max()! - loads.min()! <= 3, "label \(label): \(loads)")
      if targets.supports[label] >= 4 * count { #expect(loads.min()! > 0) }
    }
  }

  @Test func aLabelOnItsOwnIsDealtOutLikeCards() {
    let rows = (0..<103).map { $0 % 5 == 0 ? [0] : [Int]() }
    let ids = rows.indices.map(String.init)
    let folds = Folds.assign(
      Self.targets(rows, labels: 1), groups: ids.map { _ in "" }, ids: ids, count: 5, seed: 0)
    let positives = (0..<5).map { fold in rows.indices.filter { folds[$0] == fold && !rows[$0].isEmpty }.count
    }
    #expect(positives.max()! - positives.min()! <= 1)
    let sizes = (0..<5).map { fold in folds.filter { $0 == fold }.count }
    #expect(sizes.max()! - sizes.min()! <= 1)
  }

  @Test func keepsGroupsTogether() {
    let rows = Self.random(120, labels: 3, seed: 8)
    let groups = rows.indices.map { $0 % 3 == 0 ? "" : "source \($0 % 17)" }
    let folds = Folds.assign(
      Self.targets(rows, labels: 3), groups: groups, ids: rows.indices.map(String.init), count: 4, seed: 1)
    for group in Set(groups) where !group.isEmpty {
      #expect(Set(rows.indices.filter { groups[$0] == group }.map { folds[$0] }).count == 1)
    }
    // Documents without a group are not one group.
    #expect(Set(rows.indices.filter { groups[$0].isEmpty }.map { folds[$0] }).count == 4)
  }

  @Test func equalDocumentsStayTogether() {
    let rows = Self.random(60, labels: 2, seed: 5)
    let ids = rows.indices.map { "text \($0 / 3)" }
    let folds = Folds.assign(
      Self.targets(rows, labels: 2), groups: ids.map { _ in "" }, ids: ids, count: 3, seed: 1)
    for first in stride(from: 0, to: 60, by: 3) {
      #expect(folds[first] == folds[first + 1] && folds[first] == folds[first + 2])
    }
  }

  @Test func dependsOnTheDocumentsAndTheSeedButNotOnTheirOrder() {
    let rows = Self.random(90, labels: 3, seed: 21)
    let ids = rows.indices.map { "document \($0)" }
    let groups = rows.indices.map { $0 % 4 == 0 ? "g\($0 % 7)" : "" }
    let first = Folds.assign(Self.targets(rows, labels: 3), groups: groups, ids: ids, count: 5, seed: 7)
    let again = Folds.assign(Self.targets(rows, labels: 3), groups: groups, ids: ids, count: 5, seed: 7)
    #expect(first == again)
    var generator = SeededGenerator(seed: 2)
    let order = rows.indices.shuffled(using: &generator)
    let shuffled = Folds.assign(
      Self.targets(order.map { rows[$0] }, labels: 3), groups: order.map { groups[$0] },
      ids: order.map { ids[$0] }, count: 5, seed: 7)
    #expect(shuffled == order.map { first[$0] })
    let reseeded = Folds.assign(Self.targets(rows, labels: 3), groups: groups, ids: ids, count: 5, seed: 8)
    #expect(reseeded != first)
  }

  @Test func labelsOfOnePartAreTold() {
    let folds = [0, 1, 2, 1]
    #expect(Folds.separate([true, true, false, false], folds))
    #expect(Folds.separate([false, true, true, true], folds))
    #expect(!Folds.separate([false, true, false, true], folds))
    #expect(!Folds.separate([true, false, false, false], folds))
    #expect(!Folds.separate([false, false, false, false], folds))
    #expect(!Folds.separate([], []))
  }
}
