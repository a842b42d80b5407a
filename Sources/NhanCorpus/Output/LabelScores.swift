import NhanCore

/// The labels that records have probabilities of: made once for all of them.
public final class ScoredLabels: Sendable {
  /// Their names.
  public let names: [String]
  /// The names as keys in JSON, one behind the other, each with the colon behind it and, but for the first, a comma before.
  fileprivate let jsonKeys: [UInt8]
  /// By label: where its key ends.
  fileprivate let keyEnds: [Int]

  /// Labels in the order of the probabilities.
  public init(_ names: [String]) {
    self.names = names
    var keys: [UInt8] = []
    keyEnds = names.enumerated().map { index, name in
      if index > 0 { keys.append(UInt8(ascii: ",")) }
      JSONWriter.append(string: name, to: &keys)
      keys.append(UInt8(ascii: ":"))
      return keys.count
    }
    jsonKeys = keys
  }
}

/// The probability of each of some labels.
public struct LabelScores: Sendable {
  /// The labels.
  public let labels: ScoredLabels
  /// By label.
  public let probabilities: [Float]

  /// Nothing.
  static let none = LabelScores(ScoredLabels([]), [])

  /// - Precondition: there are as many probabilities as labels.
  public init(_ labels: ScoredLabels, _ probabilities: [Float]) {
    precondition(labels.names.count == probabilities.count)
    self.labels = labels
    self.probabilities = probabilities
  }

  /// The probability of a label; `nil` if it is none of these. O(labels), but O(1) where it stands at `index`.
  func probability(of label: String, at index: Int = 0) -> Float? {
    if index < labels.names.count, labels.names[index] == label { return probabilities[index] }
    return labels.names.firstIndex(of: label).map { probabilities[$0] }
  }

  /// Appends them as the members of a JSON object, rounded to six decimals. O(bytes).
  func appendMembers(to output: inout [UInt8]) {
    labels.jsonKeys.withUnsafeBufferPointer { keys in
      var start = 0
      for (end, probability) in zip(labels.keyEnds, probabilities) {
        output.append(contentsOf: UnsafeBufferPointer(rebasing: keys[start..<end]))
        JSONWriter.append(number: Double(probability), decimals: 6, to: &output)
        start = end
      }
    }
  }
}
