import Foundation
import Testing

/// Compares output with files of the folder `Golden`; `RENEW_GOLDEN=1` writes them anew.
///
/// Figures may differ in the third decimal: sums run in another order in another BLAS. Digests count as equal.
enum Golden {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Golden")

  static func expect(
    _ name: String, _ found: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let file = folder.appendingPathComponent(name)
    if ProcessInfo.processInfo.environment["RENEW_GOLDEN"] == "1" {
      try Data(found.utf8).write(to: file)
      return
    }
    guard let data = try? Data(contentsOf: file) else {
      Issue.record("no Golden/\(name): run the tests with RENEW_GOLDEN=1", sourceLocation: sourceLocation)
      return
    }
    let expected = String(decoding: data, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    let lines = found.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == expected.count, "\(name)", sourceLocation: sourceLocation)
    for (number, pair) in zip(lines, expected).enumerated() where !areEqual(pair.0, pair.1) {
      Issue.record(
        """
        Golden/\(name):\(number + 1): RENEW_GOLDEN=1 accepts the new output
        found    \(pair.0)
        expected \(pair.1)
        """, sourceLocation: sourceLocation)
    }
  }

  private static func areEqual(_ a: Substring, _ b: Substring) -> Bool {
    if a == b { return true }
    // Digests first: they look like numbers in part.
    let digest = /[0-9a-f]{64}/
    let (a, b) = (String(a).replacing(digest, with: "SHA"), String(b).replacing(digest, with: "SHA"))
    let number = /\d+\.\d+(e-?\d+)?/
    guard a.replacing(number, with: "#") == b.replacing(number, with: "#") else { return false }
    return zip(a.matches(of: number), b.matches(of: number)).allSatisfy { pair in
      guard let x = Double(pair.0.output.0), let y = Double(pair.1.output.0) else { return false }
      return abs(x - y) <= 0.002 * max(1, abs(x))
    }
  }
}
