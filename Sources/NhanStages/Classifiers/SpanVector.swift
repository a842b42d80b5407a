/// A vector of weights in the span of the training rows: w = Xᵀ·coefficients, with biases beside it.
///
/// Minimizers of a regularized loss, and all gradients and steps on the way to them, lie in that span (Kimeldorf and
/// Wahba's representer theorem), so they can be kept as one coefficient a document and label instead of one weight a
/// feature and label. With the image X·w at hand, inner products need no weights either:
/// ⟨Xᵀa, Xᵀb⟩ = a · (X·Xᵀ·b).
struct SpanVector {
  /// By label and document.
  var coefficients: [Double]
  /// X·w, by label and document.
  var image: [Double]
  /// By label.
  var biases: [Double]

  init(zero documents: Int, labels: Int) {
    coefficients = [Double](repeating: 0, count: documents * labels)
    image = coefficients
    biases = [Double](repeating: 0, count: labels)
  }

  /// ⟨w, v⟩ without the biases.
  func weightsDot(_ other: SpanVector) -> Double {
    BLAS.dot(coefficients, other.image, count: coefficients.count)
  }

  /// The inner product of weights and biases.
  func dot(_ other: SpanVector) -> Double {
    weightsDot(other) + BLAS.dot(biases, other.biases, count: biases.count)
  }

  /// Adds a multiple of another vector.
  mutating func add(_ scale: Double, _ other: SpanVector) {
    BLAS.addScaled(scale, other.coefficients, to: &coefficients, count: coefficients.count)
    BLAS.addScaled(scale, other.image, to: &image, count: image.count)
    BLAS.addScaled(scale, other.biases, to: &biases, count: biases.count)
  }

  /// Multiplies by a number.
  mutating func scale(by factor: Double) {
    BLAS.scale(&coefficients, by: factor, count: coefficients.count)
    BLAS.scale(&image, by: factor, count: image.count)
    BLAS.scale(&biases, by: factor, count: biases.count)
  }
}
