import NhanCore

/// What is done with a block of documents in a pass of `DualAscent`. Everything that does not change while it runs.
struct DualBlock: Sendable {
  let rows: PartitionedRows
  let objective: LogisticObjective
  let l2: Double
  /// What a unit of Σ c·a adds to a bias.
  let biasStep: Double
  private let lanes: Lanes
  /// Documents, in a fixed shuffled order.
  private let order: [UInt32]
  /// Documents in a block.
  private let size: Int
  /// By document: how much its scores rise by a unit of c·a, and as much more as makes up for the rest of the block.
  private let stiffness: [Double]

  private static let maximumSize = 16

  /// - Parameter coherence: the mean inner product of two rows, as a share of that of a row with itself.
  init(
    _ rows: PartitionedRows, _ objective: LogisticObjective, l2: Double, coherence: Double
  ) {
    self.rows = rows
    self.objective = objective
    self.l2 = l2
    lanes = Lanes(objective)
    size = max(1, min(Self.maximumSize, rows.rowCount / 128))
    order = Self.shuffled(rows.rowCount)
    let damping = 1 + Double(size - 1) * min(1, max(0, coherence))
    let gains = rows.squaredNorms.map { damping * $0 / l2 }
    // A whole block then moves a bias by half of what its documents need at most.
    let biasStep = gains.reduce(0, +) / Double(max(1, gains.count) * 2 * Self.maximumSize)
    stiffness = gains.map { $0 + biasStep }
    self.biasStep = biasStep
  }

  /// A fixed permutation: Fisher and Yates, by a linear congruential generator of Knuth's.
  private static func shuffled(_ count: Int) -> [UInt32] {
    var order = (0..<count).map { UInt32($0) }
    var state: UInt64 = 1
    for i in stride(from: count - 1, to: 0, by: -1) {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      order.swapAt(i, Int((state >> 33) % UInt64(i + 1)))
    }
    return order
  }

  /// The number of blocks.
  var count: Int { (order.count + size - 1) / size }

  /// Whether weights on the way to the optimum are small enough for single precision.
  var isInRange: Bool { stiffness.allSatisfy { $0 <= 1e7 } }

  /// The documents of a block, as positions in the order.
  func documents(_ block: Int) -> Range<Int> { block * size..<min(order.count, (block + 1) * size) }

  /// What the phases of a block leave to each other.
  final class Scratch: Sendable {
    /// By part, document of the block and lane: the part's share of the scores.
    let shares: DisjointMemory<Float>
    /// By document of the block and lane: the change of c·a / λ.
    let steps: DisjointMemory<Float>
    /// By document of the block and label: the change of c·a.
    let changes: DisjointMemory<Double>
    /// By document of the block: where its step is computed.
    let steppers: DisjointMemory<DualStep>
    /// Σ (change of c·a)² over the pass.
    let change: DisjointMemory<Double>
    private let size: Int

    init(_ block: DualBlock) {
      size = block.size
      shares = Self.zeros(block.rows.partCount * size * block.lanes.width)
      steps = Self.zeros(size * block.lanes.width)
      changes = Self.zeros(size * block.objective.labels)
      change = Self.zeros(1)
      steppers = DisjointMemory(.allocate(capacity: size))
      for position in 0..<size {
        (steppers.base + position).initialize(to: DualStep(labels: block.objective.labels))
      }
    }

    private static func zeros<Number: AdditiveArithmetic>(_ count: Int) -> DisjointMemory<Number> {
      let base = UnsafeMutablePointer<Number>.allocate(capacity: count)
      base.initialize(repeating: .zero, count: count)
      return DisjointMemory(base)
    }

    deinit {
      shares.base.deallocate()
      steps.base.deallocate()
      changes.base.deallocate()
      change.base.deallocate()
      steppers.base.deinitialize(count: size)
      steppers.base.deallocate()
    }
  }

  /// Computes a part's share of the scores of a block.
  func score(_ block: Int, _ part: Int, _ scratch: Scratch, weights: LaneMatrix) {
    let width = lanes.width
    let shares = scratch.shares.base + part * size * width
    shares.update(repeating: 0, count: size * width)
    for (position, place) in documents(block).enumerated() {
      // Documents lie anywhere: those of the next block are asked for.
      if place &+ size < order.count { rows.ask(row: Int(order[place &+ size]), part: part) }
      rows.gather(
        row: Int(order[place]), part: part, weights.row(0), width: width, into: shares + position * width)
    }
  }

  /// Finds the best duals of one document.
  func improve(
    _ block: Int, _ position: Int, _ scratch: Scratch, _ biases: [Double], sums: UnsafePointer<Double>,
    duals: UnsafeMutablePointer<Double>
  ) {
    let labels = objective.labels
    let row = Int(order[documents(block).lowerBound + position])
    let own = duals + row * labels
    let steps = scratch.steps.base + position * lanes.width
    let changes = scratch.changes.base + position * labels
    let stepper = scratch.steppers.base + position
    for label in 0..<labels { stepper.pointee.scores[label] = biases[label] + biasStep * sums[label] }
    for part in 0..<rows.partCount {
      let share = scratch.shares.base + (part &* size &+ position) &* lanes.width
      for label in 0..<labels { stepper.pointee.scores[label] += Double(lanes.value(label, share)) }
    }
    stepper.pointee.improve(own, row, objective, stiffness: stiffness[row])
    for label in 0..<labels {
      let change = objective.weight(row, label) * (stepper.pointee.duals[label] - own[label])
      own[label] = stepper.pointee.duals[label]
      changes[label] = change
      if label < lanes.count { steps[label] = Float(change / l2) }
    }
  }

  /// Adds the steps of a block to a part's weights.
  func apply(_ block: Int, _ part: Int, _ scratch: Scratch, weights: LaneMatrix) {
    for (position, place) in documents(block).enumerated() {
      rows.scatter(
        row: Int(order[place]), part: part, scratch.steps.base + position * lanes.width, width: lanes.width,
        into: weights.row(0))
    }
  }

  /// Adds the changes of a block to Σ c·a.
  func add(_ block: Int, _ scratch: Scratch, to sums: UnsafeMutablePointer<Double>) {
    let labels = objective.labels
    var change = 0.0
    for position in 0..<documents(block).count {
      for label in 0..<labels {
        let own = scratch.changes.base[position * labels + label]
        sums[label] += own
        change += own * own
      }
    }
    scratch.change.base.pointee += change
  }
}
