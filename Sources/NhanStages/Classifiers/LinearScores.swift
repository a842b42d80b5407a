import CLinux
import NhanCore

/// The sparse product of classifying: rows against `[column][label]` weights.
enum LinearScores {
  /// `scores[row][label] += Σ value · weights[column][label]`, in the order of the entries, for all rows.
  /// 2 · entries · labels floating point operations.
  static func add(
    _ rows: CSRMatrix, _ weights: UnsafePointer<Float>, labels: Int, to scores: UnsafeMutablePointer<Float>
  ) {
    rows.columns.withUnsafeBufferPointer { columns in
      rows.values.withUnsafeBufferPointer { values in
        guard let columns = columns.baseAddress, let values = values.baseAddress else { return }
        let product = Product(
          columns: columns, values: values, count: rows.entryCount, weights: weights, labels: labels)
        for row in 0..<rows.rowCount {
          product.add(rows.entries(ofRow: row), to: scores + row * labels)
        }
      }
    }
  }

  private struct Product {
    /// How many entries ahead their weights are asked for, those of the next row, too.
    static var lead: Int { 64 }

    let columns: UnsafePointer<UInt32>
    let values: UnsafePointer<Float>
    /// Entries of all rows.
    let count: Int
    let weights: UnsafePointer<Float>
    let labels: Int

    /// A pass over the entries for every 32 labels, and one for the rest.
    @inline(__always)
    func add(_ entries: Range<Int>, to scores: UnsafeMutablePointer<Float>) {
      var first = 0
      while labels &- first >= 32 {
        add(SIMD16<Float>.self, entries, first, first &+ 16, to: scores)
        first &+= 32
      }
      switch labels &- first {
      case 16...: add(SIMD16<Float>.self, entries, first, labels &- 16, to: scores)
      case 8...: add(SIMD8<Float>.self, entries, first, labels &- 8, to: scores)
      case 4...: add(SIMD4<Float>.self, entries, first, labels &- 4, to: scores)
      case 2...: add(SIMD2<Float>.self, entries, first, labels &- 2, to: scores)
      case 1:
        for entry in entries {
          scores[first] += weights[Int(columns[entry]) &* labels &+ first] * values[entry]
        }
      default: break
      }
    }

    /// The sums for two vectors of labels, that beginning at `low` and that at `high`. They may overlap: both find the same.
    @inline(__always)
    private func add<Vector: SIMD<Float> & BitwiseCopyable>(
      _ type: Vector.Type, _ entries: Range<Int>, _ low: Int, _ high: Int,
      to scores: UnsafeMutablePointer<Float>
    ) {
      let target = UnsafeMutableRawPointer(scores)
      var lows = (target + low &* 4).loadUnaligned(as: Vector.self)
      var highs = (target + high &* 4).loadUnaligned(as: Vector.self)
      func add(_ entry: Int) {
        let row = UnsafeRawPointer(weights + Int(columns[entry]) &* labels)
        let value = values[entry]
        lows += (row + low &* 4).loadUnaligned(as: Vector.self) * value
        highs += (row + high &* 4).loadUnaligned(as: Vector.self) * value
      }
      let lastAsking = max(entries.lowerBound, min(entries.upperBound, count &- Self.lead))
      for entry in entries.lowerBound..<lastAsking {
        let ahead = weights + Int(columns[entry &+ Self.lead]) &* labels
        nhan_prefetch(ahead)
        nhan_prefetch(ahead + (labels &- 1))
        add(entry)
      }
      for entry in lastAsking..<entries.upperBound { add(entry) }
      (target + low &* 4).storeBytes(of: lows, as: Vector.self)
      (target + high &* 4).storeBytes(of: highs, as: Vector.self)
    }
  }
}
