import NhanCore

/// How figures are said in sentences and tables.
enum Wording {
  /// What stands for a metric that is not measured.
  static let notMeasured = "–"

  /// `0.934`, or `–`.
  static func number(_ value: Double?, decimals: Int = 3) -> String {
    guard let value else { return notMeasured }
    var text: [UInt8] = []
    JSONWriter.append(number: value, decimals: decimals, keepsZeros: true, to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// `+0.012`, `-0.012`, `0.000`, or `–`.
  static func difference(_ value: Double?) -> String {
    let text = number(value)
    return (value ?? 0) > 0 ? "+" + text : text
  }

  /// Two numbers with as many decimals, at least three, as it takes to tell them apart.
  static func pair(_ a: Double, _ b: Double) -> (String, String) {
    let decimals = (3...12).first { number(a, decimals: $0) != number(b, decimals: $0) } ?? 3
    return (number(a, decimals: decimals), number(b, decimals: decimals))
  }

  /// `0.934 (0.910 to 0.955)`.
  static func measurement(_ measurement: Measurement) -> String {
    number(measurement.value)
      + (measurement.interval.map { " (\(number($0.low)) to \(number($0.high)))" } ?? "")
  }

  /// `+0.012 (-0.010 to +0.031)`.
  static func change(_ measurement: Measurement) -> String {
    difference(measurement.value)
      + (measurement.interval.map { " (\(difference($0.low)) to \(difference($0.high)))" } ?? "")
  }

  /// `0.031`, or `< 0.001`.
  static func pValue(_ value: Double) -> String {
    value < 0.001 ? "< 0.001" : number(value)
  }

  /// `1 article`, `2 articles`
  static func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

  /// `95 %`
  static func percent(_ share: Double) -> String {
    let tenths = Int((share * 1000).rounded())
    return (tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)") + " %"
  }

  /// `a, b`, or `no label`.
  static func list(_ keys: [String]) -> String {
    keys.isEmpty ? "no label" : keys.joined(separator: ", ")
  }
}
