import NhanCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Finds the calibration of a label, by the method that is configured or that the data support.
struct Calibrator: Sendable {
  /// How scores become probabilities.
  enum Method: String, CaseIterable {
    /// Isotonic regression where it is better than Platt scaling beyond doubt.
    case auto
    case platt
    case isotonic
  }

  let method: Method

  /// So many documents with a label and without it must there be for `auto` to try isotonic regression: it has a parameter
  /// for every step, and follows the noise of smaller samples. (Niculescu-Mizil and Caruana 2005.)
  static let fewest = 100

  init(_ method: Method) { self.method = method }

  init(_ options: OptionValues) { method = Method(rawValue: options.string("method")) ?? .auto }

  /// A calibration, and the probabilities that calibrations made without a document's own part give it.
  struct Result {
    var calibration: Calibration
    var heldOut: [Double]
  }

  /// Calibrates the held-out scores of a label. O(parts · n log n).
  /// - Parameter folds: the part of each document, from 0 to `count` - 1.
  func calibrate(_ scores: [Double], _ positives: [Bool], folds: [Int], count: Int) -> Result {
    func heldOut(_ fit: ([Double], [Bool]) -> Calibration) -> [Double] {
      var probabilities = [Double](repeating: 0, count: scores.count)
      for fold in 0..<count {
        let others = folds.indices.filter { folds[$0] != fold }
        let calibration = fit(others.map { scores[$0] }, others.map { positives[$0] })
        for row in folds.indices where folds[row] == fold {
          probabilities[row] = calibration.probability(scores[row])
        }
      }
      return probabilities
    }
    func result(_ fit: ([Double], [Bool]) -> Calibration) -> Result {
      Result(calibration: fit(scores, positives), heldOut: heldOut(fit))
    }
    if method == .isotonic { return result(Calibration.isotonic) }
    let platt = result(Calibration.platt)
    let hits = positives.count { $0 }
    guard method == .auto, min(hits, positives.count - hits) >= Self.fewest else { return platt }
    let isotonic = result(Calibration.isotonic)
    return Self.isBetter(isotonic.heldOut, than: platt.heldOut, positives) ? isotonic : platt
  }

  /// Whether the log loss is lower by more than one standard error of the difference. O(n).
  private static func isBetter(_ new: [Double], than old: [Double], _ positives: [Bool]) -> Bool {
    let gains = positives.indices.map { loss(old[$0], positives[$0]) - loss(new[$0], positives[$0]) }
    let count = Double(gains.count)
    let mean = gains.reduce(0, +) / count
    let variance = gains.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count * (count - 1))
    return mean > variance.squareRoot()
  }

  private static func loss(_ probability: Double, _ isPositive: Bool) -> Double {
    -log(max(isPositive ? probability : 1 - probability, 1e-15))
  }
}
