import NhanCore

/// The labels that records have probabilities of: made once for all of them.
public final class ScoredLabels: Sendable {
  /// Their names.
  public let names: [String]
  /// By label: its name as a key in JSON, with the colon behind it and, but for the first, a comma before.
  let jsonKeys: [[UInt8]]

  /// Labels in the order of the probabilities.
  public init(_ names: [String]) {
    self.names = names
    jsonKeys = names.enumerated().map { index, name in
      var key = index == 0 ? [] : [UInt8(ascii: ",")]
      JSONWriter.append(string: name, to: &key)
      return key + [UInt8(ascii: ":")]
    }
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
    for (key, probability) in zip(labels.jsonKeys, probabilities) {
      output.append(contentsOf: key)
      JSONWriter.append(number: Double(probability), decimals: 6, to: &output)
    }
  }
}
