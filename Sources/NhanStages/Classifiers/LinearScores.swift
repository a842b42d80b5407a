import CLinux

/// The sparse product of classifying: one row against `[column][label]` weights.
enum LinearScores {
  /// `scores[label] = biases[label] + Σ value · weights[column][label]`, in the order of the entries.
  /// 2 · entries · labels floating point operations.
  static func row(
    _ columns: UnsafeBufferPointer<UInt32>, _ values: UnsafeBufferPointer<Float>, _ entries: Range<Int>,
    _ weights: UnsafePointer<Float>, _ biases: UnsafeBufferPointer<Float>,
    into scores: UnsafeMutablePointer<Float>
  ) {
    let labels = biases.count
    let row = Row(columns: columns, values: values, entries: entries, weights: weights, labels: labels)
    switch labels {
    case 16...: row.add(SIMD16<Float>.self, to: scores)
    case 8...: row.add(SIMD8<Float>.self, to: scores)
    case 4...: row.add(SIMD4<Float>.self, to: scores)
    case 2...: row.add(SIMD2<Float>.self, to: scores)
    case 1: scores[0] = row.single
    default: return
    }
    for label in 0..<labels { scores[label] += biases[label] }
  }

  private struct Row {
    /// How many entries ahead their weights are asked for.
    static var lead: Int { 64 }

    let columns: UnsafeBufferPointer<UInt32>
    let values: UnsafeBufferPointer<Float>
    let entries: Range<Int>
    let weights: UnsafePointer<Float>
    let labels: Int

    /// The product for a single label.
    var single: Float {
      var total: Float = 0
      for entry in entries { total += weights[Int(columns[entry])] * values[entry] }
      return total
    }

    /// The products for at least as many labels as a vector has elements, two vectors a pass over the entries. The last
    /// vector ends with the last label and may overlap the one before, which gives the same sums twice.
    @inline(__always)
    func add<Vector: SIMD<Float> & BitwiseCopyable>(
      _ type: Vector.Type, to scores: UnsafeMutablePointer<Float>
    ) {
      let width = Vector.scalarCount
      var first = 0
      while first < labels {
        let low = min(first, labels &- width)
        let high = min(first &+ width, labels &- width)
        var (lows, highs) = (Vector(repeating: 0), Vector(repeating: 0))
        for entry in entries {
          let ahead = weights + Int(columns[min(entry &+ Self.lead, entries.upperBound &- 1)]) &* labels
          nhan_prefetch(ahead)
          nhan_prefetch(ahead + (labels &- 1))
          let row = UnsafeRawPointer(weights + Int(columns[entry]) &* labels)
          let value = values[entry]
          lows += (row + low &* 4).loadUnaligned(as: Vector.self) * value
          highs += (row + high &* 4).loadUnaligned(as: Vector.self) * value
        }
        let target = UnsafeMutableRawPointer(scores)
        (target + low &* 4).storeBytes(of: lows, as: Vector.self)
        (target + high &* 4).storeBytes(of: highs, as: Vector.self)
        first &+= 2 &* width
      }
    }
  }
}
