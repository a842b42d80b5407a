/// The report in JUnit's XML, which CI servers show as tests.
extension EvaluationReport {
  /// One test case a gate and one a label. A label's case fails when a gate about it failed, and is skipped
  /// when nothing about the label could be decided right or wrong. O(gates + labels).
  public func junit() -> String {
    let gateCases = gates.map(gateCase)
    let labelCases = data.labels.indices.map(labelCase)
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
      + Self.suite("gates", gateCases) + Self.suite("labels", labelCases) + "</testsuites>\n"
  }

  private enum Outcome {
    case passed, failed, skipped
  }

  private static func suite(_ name: String, _ cases: [(xml: String, outcome: Outcome)]) -> String {
    let failed = cases.count { $0.outcome == .failed }
    let skipped = cases.count { $0.outcome == .skipped }
    return "  <testsuite name=\"nhan.\(name)\" tests=\"\(cases.count)\" failures=\"\(failed)\" errors=\"0\" "
      + "skipped=\"\(skipped)\">\n" + cases.map(\.xml).joined() + "  </testsuite>\n"
  }

  private func gateCase(_ gate: GateOutcome) -> (xml: String, outcome: Outcome) {
    let body = gate.isPassed ? Self.systemOut(gate.sentence) : Self.failure(gate.sentence)
    return (Self.testCase("gates", gate.name, body), gate.isPassed ? .passed : .failed)
  }

  private func labelCase(_ label: Int) -> (xml: String, outcome: Outcome) {
    let key = data.labels[label].key
    let failures = gates.filter { $0.label == label && !$0.isPassed }
    if !failures.isEmpty {
      let sentences = failures.map(\.sentence).joined(separator: "\n")
      return (Self.testCase("labels", key, Self.failure(sentences)), .failed)
    }
    if figures[label, .f1].value == nil {
      let reason = Metric.label(label, .f1).reasonNotMeasured
      let body = "      <skipped message=\"\(Self.escapeXML(reason))\"/>\n"
      return (Self.testCase("labels", key, body), .skipped)
    }
    let metrics = LabelMetric.allCases.map { "\($0.name) \(Wording.measurement(figures[label, $0]))" }
    return (Self.testCase("labels", key, Self.systemOut(metrics.joined(separator: "\n"))), .passed)
  }

  private static func testCase(_ group: String, _ name: String, _ body: String) -> String {
    "    <testcase classname=\"nhan.\(group)\" name=\"\(escapeXML(name))\">\n\(body)    </testcase>\n"
  }

  private static func failure(_ message: String) -> String {
    "      <failure message=\"\(escapeXML(message))\"/>\n"
  }

  private static func systemOut(_ text: String) -> String {
    "      <system-out>\(escapeXML(text))</system-out>\n"
  }

  /// Text for an element or a quoted attribute. Line breaks and tabs become references, or an attribute would
  /// lose them; what XML 1.0 cannot hold becomes U+FFFD.
  static func escapeXML(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&apos;"
      case "\t", "\n", "\r": escaped += "&#\(scalar.value);"
      case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": escaped += "\u{FFFD}"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
