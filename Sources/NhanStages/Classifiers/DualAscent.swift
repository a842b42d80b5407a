import NhanCore

/// Block coordinate ascent on the dual of a `LogisticObjective`: few passes over the rows come near the optimum.
///
/// Each document has a dual variable a for every label; at the optimum a = y − p, what its probabilities lack. The weights
/// are always w = Xᵀ(c·a) / λ for the class weights c, so that a document's variables can be set to the best values, all
/// others held fixed, for all of its labels at once: one look at its row gives the scores, one more changes the weights.
/// (Hsieh et al. 2008; Yu, Huang and Lin 2011; Shalev-Shwartz and Zhang 2013.)
///
/// The documents of a block are changed by scores seen before the block, so that threads have enough to share out, with
/// steps shortened by how much rows overlap (Takáč et al. 2013). Biases are not regularized, which in the dual means
/// Σ c·a = 0: an augmented Lagrangian, whose multipliers are the biases.
struct DualAscent {
  private let block: DualBlock
  private let threads: Int
  /// How much of the gradient a unit of change in a pass is expected to leave.
  private let spread: Double
  /// By document and label.
  private var duals: [Double]
  /// By column and lane: Xᵀ(c·a) / λ.
  let weights: LaneMatrix
  /// By label: the biases, but for what the augmentation adds.
  private var multipliers: [Double]
  /// By label: Σ c·a.
  private var sums: [Double]

  /// Starts from the means of the classes.
  init(
    _ rows: PartitionedRows, _ objective: LogisticObjective, l2: Double, start: ClassMeans, threads: Int
  ) {
    block = DualBlock(rows, objective, l2: l2, coherence: start.coherence)
    self.threads = threads
    let labels = objective.labels
    weights = start.weights
    spread = start.spread
    multipliers = start.biases
    duals = [Double](repeating: 0, count: rows.rowCount * labels)
    sums = [Double](repeating: 0, count: labels)
    for row in 0..<rows.rowCount {
      for label in 0..<labels {
        let dual = start.dual(row, label)
        duals[row * labels + label] = dual
        sums[label] += objective.weight(row, label) * dual
      }
    }
  }

  /// By label.
  var biases: [Double] { zip(multipliers, sums).map { $0 + block.biasStep * $1 } }

  /// c·a / λ by label and document: w = Xᵀ·coefficients.
  func coefficients(_ problem: Range<Int>) -> [Double] {
    let (objective, labels) = (block.objective, block.objective.labels)
    return problem.flatMap { label in
      (0..<objective.documents).map { objective.weight($0, label) * duals[$0 * labels + label] / block.l2 }
    }
  }

  /// Passes over the documents until the gradient should be below `gradientNorm`, or a pass changes hardly less than the
  /// one before: from there on methods that know the curvature get on faster.
  /// - Returns: how many passes.
  mutating func run(to gradientNorm: Double, atMost limit: Int) -> Int {
    guard block.isInRange else { return 0 }
    var last = Double.infinity
    for pass in 1...limit {
      let change = runPass()
      // What a pass left of the gradient was 0.3 to 0.7 of this on all sets looked at.
      if !(change < 0.75 * last) || 0.45 * spread * change <= gradientNorm { return pass }
      last = change
      for label in sums.indices { multipliers[label] += block.biasStep * sums[label] }
    }
    return limit
  }

  /// One pass over all documents.
  ///
  /// Two kinds of phase take turns: in one, each part adds the last block's steps to its weights and computes its share of
  /// the next block's scores; in the other, the documents of the block are shared out and their steps chosen.
  /// - Returns: the norm of the change of c·a.
  private mutating func runPass() -> Double {
    let (block, weights, biases) = (block, weights, multipliers)
    let parts = block.rows.partCount
    let scratch = DualBlock.Scratch(block)
    duals.withUnsafeMutableBufferPointer { duals in
      sums.withUnsafeMutableBufferPointer { sums in
        guard let duals = duals.baseAddress, let sums = sums.baseAddress else { return }
        let state = (duals: DisjointMemory(duals), sums: DisjointMemory(sums))
        PhasedWork.run(phases: 2 * block.count + 1, items: parts, threads: threads) { phase, part in
          let index = phase / 2
          if phase % 2 == 0 {
            if index > 0 { block.apply(index - 1, part, scratch, weights: weights) }
            if index > 0, part == 0 { block.add(index - 1, scratch, to: state.sums.base) }
            if index < block.count { block.score(index, part, scratch, weights: weights) }
          } else {
            for position in stride(from: part, to: block.documents(index).count, by: parts) {
              block.improve(index, position, scratch, biases, sums: state.sums.base, duals: state.duals.base)
            }
          }
        }
      }
    }
    return scratch.change.base.pointee.squareRoot()
  }
}
