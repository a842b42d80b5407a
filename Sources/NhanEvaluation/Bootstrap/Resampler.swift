/// Draws bootstrap resamples, stratified: as many documents of each combination of labels as there are.
///
/// So each label has the same support in every resample. A combination that occurs once is in all of them.
/// A resample depends on the seed, its number and the documents' labels alone: two runs over the same
/// documents get the same resamples, which pairs their metrics.
package struct Resampler: Sendable {
  /// Positions of documents, stratum after stratum.
  private let members: [Int32]
  /// Where each stratum begins, and at last where the last one ends.
  private let bounds: [Int]
  private let seed: UInt64

  /// Prepares the documents at `rows`. O(rows · labels).
  package init(_ data: EvaluationData, rows: [Int], seed: Int) {
    let width = data.labels.count
    var strata: [[Int32]] = []
    var stratumOf: [ArraySlice<Bool>: Int] = [:]
    for (position, row) in rows.enumerated() {
      let combination = data.actual[row * width..<(row + 1) * width]
      // Numbered by first occurrence: a dictionary's order changes from run to run.
      let stratum = stratumOf[combination] ?? strata.count
      if stratum == strata.count {
        stratumOf[combination] = stratum
        strata.append([])
      }
      strata[stratum].append(Int32(position))
    }
    members = strata.flatMap(\.self)
    bounds = strata.reduce(into: [0]) { $0.append($0.last! + $1.count) }
    self.seed = SplitMix64.mix(UInt64(bitPattern: Int64(seed)))
  }

  /// Sets how often each document is in the resample with a number. O(documents).
  package func draw(_ resample: Int, into weights: UnsafeMutableBufferPointer<Int32>) {
    weights.update(repeating: 0)
    var generator = SplitMix64(seed: SplitMix64.mix(seed &+ UInt64(resample)))
    for stratum in 0..<bounds.count - 1 {
      let start = bounds[stratum]
      let size = bounds[stratum + 1] - start
      for _ in 0..<size {
        weights[Int(members[start + generator.next(below: size)])] &+= 1
      }
    }
  }
}
