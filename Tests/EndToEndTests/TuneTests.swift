import Foundation
import TestSupport
import Testing

@Suite struct TuneTests {
  private let folder = TemporaryFolder()

  private func tune(_ arguments: String..., data: String = "test") throws -> Output {
    try Command.run(
      [
        Command.binary, "tune", "--model", "model.safetensors", "--data", data, "--output", folder.path("m"),
      ] + arguments, in: try fixture())
  }

  /// The row of a label's table that is marked as chosen: threshold, precision, recall, F.
  private func chosen(_ output: Output, _ label: String) throws -> [Double] {
    let lines = output.lines
    let start = try #require(lines.firstIndex { $0.hasPrefix("\(label) (") })
    let row = try #require(lines[start...].first { $0.contains("◀ chosen") })
    return row.split(separator: "│").compactMap { Double($0.trimmingCharacters(in: .whitespaces)) }
  }

  @Test func curvesAreShownAndTheModelIsWritten() throws {
    let output = try tune()
    #expect(output.status == 0 && output.messages.contains("evaluate on others"), "\(output.messages)")
    try Golden.expect("tune.txt", output.text)
    let shown = try json(try Command.nhan("model", "show", folder.path("m"), in: folder).text)
    let training = try #require(shown["training"] as? [String: Any])
    #expect((training["tuning"] as? [String: Any])?["documents"] as? Int == 19)
    let labels = try #require(shown["labels"] as? [[String: Any]])
    for (label, key) in zip(labels, Fixture.labels) {
      let threshold = try #require(label["threshold"] as? Double)
      #expect(abs(try chosen(output, key)[0] - threshold) < 0.0006)
    }
  }

  @Test(arguments: ["0.5", "2", "10"]) func goalOfFBeta(beta: String) throws {
    let output = try tune("--maximize", "f-beta", "--beta", beta)
    #expect(output.status == 0, "\(output.messages)")
    #expect(output.text.contains(" F\(beta) │"))
    let row = try chosen(output, "awards")
    let b = try #require(Double(beta))
    #expect(abs(row[3] - (1 + b * b) * row[1] * row[2] / (b * b * row[1] + row[2])) < 0.002)
  }

  @Test func goalsWithFloors() throws {
    let precise = try tune("--minimum-precision", "1", "--label", "awards")
    #expect(precise.status == 0 && !precise.text.contains("seas ("))
    #expect(try chosen(precise, "awards")[1] == 1)
    let complete = try tune("--minimum-recall", "1", "--label", "awards")
    #expect(complete.status == 0)
    #expect(try chosen(complete, "awards")[2] == 1)
    let both = try tune("--minimum-recall", "1", "--minimum-precision", "1", "--label", "awards")
    #expect(
      both.status == 0 && both.messages.contains("no threshold of the label 'awards' keeps the minimum"))
  }

  @Test func trainingArticlesAreCrossValidated() throws {
    let plain = try tune(data: "train")
    #expect(plain.status == 0 && plain.messages.contains("--cross-validate"))
    let output = try tune("--cross-validate", data: "train")
    #expect(output.status == 0 && !output.messages.contains("knows them too well"), "\(output.messages)")
    // The same parts and the same goal as in training give the same thresholds.
    for label in Fixture.labels {
      #expect(output.lines.contains { $0.hasPrefix("\(label) (") })
    }
    #expect(output.lines.count { $0.contains("◀ chosen, as before") } == 3)
    let others = try tune("--cross-validate")
    #expect(others.status == 2 && others.messages.contains("not the articles that the model was trained on"))
  }

  @Test(arguments: [
    ["--beta", "2"], ["--maximize", "f-beta"], ["--minimum-precision", "1.5"], ["--label", "sea"],
    ["--maximize", "f-beta", "--beta", "0"],
  ])
  func wrongGoals(arguments: [String]) throws {
    let output = try Command.run(
      [
        Command.binary, "tune", "--model", "model.safetensors", "--data", "test", "--output",
        folder.path("m"),
      ] + arguments, in: try fixture())
    #expect(output.status == 2 && output.bytes.isEmpty)
    #expect(try folder.names() == [])
  }
}
