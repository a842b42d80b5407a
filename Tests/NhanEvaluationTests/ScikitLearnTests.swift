import NhanCore
import NhanEvaluation
import Testing

/// The figures of scikit-learn and SciPy, kept in `Fixtures/scikit-learn.json` by `Fixtures/generate.py`.
@Suite struct ScikitLearnTests {
  private let fixture: JSONValue

  init() throws {
    let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    let file = try MappedFile.map("/\(folder)/Fixtures/scikit-learn.json")
    fixture = try file.withUnsafeBytes { try JSONValue(parsing: $0.bindMemory(to: UInt8.self)) }
  }

  @Test(arguments: ["multi-label", "not measured", "single-label"])
  func figuresEqualScikitLearns(name: String) throws {
    let fixtures = try #require(fixture["cases"]?.arrayValue)
    let fixture = try #require(fixtures.first { $0["name"]?.stringValue == name })
    let data = try data(of: fixture)
    let figures = try Sample.report(data, resamples: 0).figures

    for metric in OverallMetric.allCases {
      let expected = try #require(fixture["overall"]?[metric.name])
      #expect(isClose(figures[metric].value, expected.doubleValue), "\(metric.name)")
    }
    for label in data.labels.indices {
      for metric in LabelMetric.allCases {
        let expected = try #require(fixture["labels"]?[metric.name]?.arrayValue)[label]
        #expect(isClose(figures[label, metric].value, expected.doubleValue), "\(label) \(metric.name)")
      }
      #expect(figures.counts[label].support == fixture["labels"]?["support"]?.arrayValue?[label].intValue)
      #expect(figures.counts[label].predicted == fixture["labels"]?["predicted"]?.arrayValue?[label].intValue)
    }
  }

  @Test func signTestEqualsSciPys() throws {
    let cases = try #require(fixture["binomial"]?.arrayValue)
    #expect(cases.count > 5)
    for numbers in cases {
      let row = try #require(numbers.arrayValue)
      let test = SignTest(better: try #require(row[0].intValue), worse: try #require(row[1].intValue))
      let expected = try #require(row[2].doubleValue)
      #expect(abs(test.pValue - expected) <= 1e-11 * expected, "\(test)")
    }
  }

  private func data(of fixture: JSONValue) throws -> EvaluationData {
    let actual = try #require(fixture["actual"]?.arrayValue)
    let predicted = try #require(fixture["predicted"]?.arrayValue)
    let probability = try #require(fixture["probability"]?.arrayValue)
    var data = try EvaluationData(labels: Sample.labels(actual[0].arrayValue?.count ?? 0))
    for row in actual.indices {
      try data.append(
        EvaluationDocument(id: "\(row)"),
        actual: actual[row].arrayValue?.map { $0.intValue == 1 } ?? [],
        predicted: predicted[row].arrayValue?.map { $0.intValue == 1 } ?? [],
        probabilities: probability[row].arrayValue?.compactMap(\.doubleValue) ?? [])
    }
    return data
  }
}
