import NhanCore
import NhanEvaluation
import Testing

@Suite struct ReportFormatTests {
  @Test func tablesAreRectangularAndSayTheFigures() throws {
    let baseline = try Sample.random(seed: 3, documents: 30, labels: 2)
    let data = try Sample.flipping(baseline) { row, label in row == 4 && label == 1 }
    let report = try Sample.report(
      data, baseline: baseline, gates: ["micro-f1=0.99"], slices: ["source"])
    #expect(
      report.tables.map(\.title) == [
        "Gates", "All labels", "Labels", "Probabilities", "By source", "Against the baseline",
        "Decisions that changed", "Changed documents",
      ])
    for table in report.tables { #expect(table.rows.allSatisfy { $0.count == table.header.count }) }
    #expect(report.gateTable.rows[0][1] == "FAILED")
    #expect(report.labelTable.rows.map { $0[0] } == ["label0", "label1"])
    #expect(report.labelTable.rows[1][1] == "\(report.figures.counts[1].support)")
    #expect(report.flipTable?.rows.map { [$0[0], $0[2]] } == [["doc4", "label1"]])
    #expect(report.sliceTables[0].rows.map { $0[0] } == ["a", "b"])
    #expect(report.totalTable.rows.last == ["accuracy", "–"])
  }

  @Test func cellsShowValueAndInterval() throws {
    let report = try Sample.report(Sample.oneLabel([(true, true), (false, true)]))
    #expect(
      report.labelTable.rows == [
        [
          "awards", "1", "2", "1", "1", "0", "0.500 (0.500 to 0.500)", "1.000 (1.000 to 1.000)",
          "0.667 (0.667 to 0.667)",
        ]
      ])
    #expect(report.comparisonTable == nil)
  }

  @Test func markdownEscapesItsCells() throws {
    let label = EvaluationLabel(key: "a|b*<c>", name: "")
    var data = try EvaluationData(labels: [label])
    try data.append(EvaluationDocument(id: "1"), actual: [true], predicted: [true], probabilities: [1])
    let markdown = try Sample.report(data, resamples: 0).markdown()
    #expect(markdown.hasPrefix("# Evaluation\n\n1 document, 1 label: micro-f1 1.000,"))
    #expect(markdown.contains("\n| a\\|b\\*&lt;c&gt; | 1 | 1 | 1 | 0 | 0 | 1.000 | 1.000 | 1.000 |\n"))
    #expect(markdown.contains("\n| --- | --- |\n"))
  }

  @Test func junitHasACaseAGateAndALabel() throws {
    let labels = [
      EvaluationLabel(key: "biển & \"đảo\" <'\u{1}\n>", name: ""), EvaluationLabel(key: "khác", name: ""),
    ]
    var data = try EvaluationData(labels: labels)
    try data.append(
      EvaluationDocument(id: "1"), actual: [true, false], predicted: [false, false], probabilities: [0, 0])
    let xml = try Sample.report(
      data, resamples: 0, gates: ["\(labels[0].key).recall=0.5", "brier=1", "khác.f1=0"]
    ).junit()
    let name = "biển &amp; &quot;đảo&quot; &lt;&apos;\u{FFFD}&#10;&gt;"
    #expect(xml.hasPrefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"))
    #expect(
      xml.contains("<testsuite name=\"nhan.gates\" tests=\"3\" failures=\"2\" errors=\"0\" skipped=\"0\">"))
    #expect(
      xml.contains("<testsuite name=\"nhan.labels\" tests=\"2\" failures=\"2\" errors=\"0\" skipped=\"0\">"))
    #expect(xml.contains("<testcase classname=\"nhan.gates\" name=\"\(name).recall=0.5\">"))
    #expect(xml.contains("<failure message=\"\(name).recall is 0.000, but at least 0.500 is required"))
    #expect(xml.contains("<testcase classname=\"nhan.labels\" name=\"\(name)\">"))

    let ungated = try Sample.report(data, resamples: 0).junit()
    #expect(ungated.contains("failures=\"0\" errors=\"0\" skipped=\"1\""))
    #expect(ungated.contains("<skipped message=\"no document carries the label or was given it\"/>"))
    #expect(ungated.contains("<system-out>precision –&#10;recall 0.000&#10;"))
  }

  @Test func annotationsStandAtTheWorstDocumentsFirst() throws {
    var data = try EvaluationData(labels: [
      EvaluationLabel(key: "đảo", name: ""), EvaluationLabel(key: "b", name: ""),
    ])
    for row in 0..<14 {
      try data.append(
        EvaluationDocument(
          id: "id\(row)", place: Place(file: "bài: 1,2/\(row)%.txt", line: 3), title: "Trường Sa: 100%,\r\nvề"
        ),
        actual: [true, false], predicted: [row == 13, false], probabilities: [Double(row) / 20, 0])
    }
    let lines = try Sample.report(data, resamples: 0, gates: ["micro-f1=1"]).githubAnnotations()
      .split(separator: "\n")
    #expect(lines.count == 11)
    #expect(
      lines[0]
        == "::error file=bài%3A 1%2C2/0%25.txt,line=3,title=Misjudged%3A Trường Sa%3A 100%25%2C%0D%0Avề"
        + "::id0 carries đảo and was given no label; missing: đảo (0.000)")
    #expect(lines[9].contains("id9 carries"))
    #expect(lines[10].hasPrefix("::notice title=Evaluation::14 documents, 2 labels: micro-f1 0.133,"))
    #expect(lines[10].contains("1 of 1 gates failed.%0AFAILED: micro-f1 is 0.133, but"))
  }

  @Test func documentsWithoutAFileGetAnnotationsToo() throws {
    let text = try Sample.report(Sample.oneLabel([(false, true)]), resamples: 0).githubAnnotations()
    #expect(text.hasPrefix("::error title=Misjudged%3A 0::0 carries no label and was given awards; "))
    #expect(text.contains("wrongly given: awards (0.900)"))
  }
}
