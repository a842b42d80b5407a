import NhanCore

/// How two models relate.
public enum ModelComparison: Sendable, Equatable {
  /// Their files are the same, byte for byte.
  case identical
  /// Their numbers differ by at most this, relative to the largest of each tensor.
  case close(Double)
  /// They differ by more, in the way said.
  case different(String)
}

extension Model {
  /// Compares labels, configuration, data and every tensor. O(size).
  public func compare(with other: Model, tolerance: Double) -> ModelComparison {
    if contentDigest == other.contentDigest { return .identical }
    if configuration.json != other.configuration.json { return .different("their configurations differ") }
    if dataDigest != other.dataDigest { return .different("they were trained on different documents") }
    let (mine, theirs) = (archive(), other.archive())
    guard mine.tensors.keys.sorted() == theirs.tensors.keys.sorted() else {
      return .different("they have different tensors")
    }
    var greatest = 0.0
    for (name, tensor) in mine.tensors.sorted(by: { $0.key < $1.key }) {
      guard let distance = tensor.distance(to: theirs.tensors[name]!) else {
        return .different("tensor '\(name)' differs in type, shape or whole numbers")
      }
      if distance > tolerance { return .different("tensor '\(name)' differs by \(distance)") }
      greatest = max(greatest, distance)
    }
    return .close(greatest)
  }
}

extension Tensor {
  /// The greatest difference of two elements, relative to the greatest magnitude; `nil` for tensors of another type or
  /// shape, and for other than floating point elements that are not all the same.
  fileprivate func distance(to other: Tensor) -> Double? {
    guard type == other.type, shape == other.shape else { return nil }
    return bytes.withUnsafeBytes { mine in
      other.bytes.withUnsafeBytes { theirs in
        guard type == .f32 else { return mine.elementsEqual(theirs) ? 0 : nil }
        var greatest = 0.0, scale = 1e-30
        for at in stride(from: 0, to: mine.count, by: 4) {
          let (a, b) = (
            mine.loadUnaligned(fromByteOffset: at, as: Float.self),
            theirs.loadUnaligned(fromByteOffset: at, as: Float.self)
          )
          greatest = max(greatest, abs(Double(a) - Double(b)))
          scale = max(scale, abs(Double(a)))
        }
        return greatest / scale
      }
    }
  }
}
