import NhanCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Where the labels lie in rows of SIMD vectors: one lane each, in fours.
///
/// What softmax learns by sums to zero over the labels of a document (y − p does), and so do its weights: the last label
/// needs no lane.
struct Lanes: Sendable {
  /// The number of labels.
  let labels: Int
  /// Whether the last label has no lane, and is less the sum of the others.
  let isLastImplied: Bool

  init(_ objective: LogisticObjective) {
    labels = objective.labels
    isLastImplied = objective.task == .singleLabel
  }

  /// Labels that have a lane.
  var count: Int { isLastImplied ? max(0, labels - 1) : labels }
  /// Elements of a row, a multiple of four.
  var width: Int { max(4, (count + 3) / 4 * 4) }

  /// The value of a label in a row of lanes.
  @inline(__always)
  func value(_ label: Int, _ row: UnsafePointer<Float>) -> Float {
    if label < count { return row[label] }
    var sum: Float = 0
    for lane in 0..<count { sum += row[lane] }
    return -sum
  }
}

/// A dense matrix of lanes, rows aligned with cache lines as far as their width allows.
///
/// Shared by threads that write apart, as `DisjointMemory` says.
final class LaneMatrix: Sendable {
  /// The number of rows.
  let rowCount: Int
  /// Elements of a row.
  let width: Int
  private let memory: DisjointMemory<Float>
  private let allocation: DisjointMemory<UInt8>

  private static let alignment = 64

  /// All zero. Memory that the system gives as zeros is not touched before it is used.
  init(rows: Int, width: Int) {
    rowCount = rows
    self.width = width
    let size = rows * width * MemoryLayout<Float>.stride + Self.alignment
    guard let bytes = calloc(size, 1) else { fatalError("out of memory: \(size) bytes") }
    allocation = DisjointMemory(bytes.assumingMemoryBound(to: UInt8.self))
    let base = bytes.alignedUp(toMultipleOf: Self.alignment)
    memory = DisjointMemory(base.bindMemory(to: Float.self, capacity: rows * width))
  }

  deinit { free(allocation.base) }

  /// Row `index`; rows follow each other.
  @inline(__always)
  func row(_ index: Int) -> UnsafeMutablePointer<Float> { memory.base + index &* width }

  /// Sets rows to zero.
  func clear(_ rows: Range<Int>) { row(rows.lowerBound).update(repeating: 0, count: rows.count * width) }
}
