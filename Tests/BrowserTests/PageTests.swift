import Foundation
import Nhan
import Testing

/// Opens the pages in a real browser. Needs Chromium and fails without it.
@Suite(.serialized) struct PageTests {
  private static let fixture = Result { try Fixture() }

  static let views = [
    View(), View(scheme: "dark"), View(width: 390), View(width: 390, scheme: "dark"),
    View(width: 390, runsScripts: false),
  ]

  private func files() throws -> [String] {
    let fixture = try Self.fixture.get()
    return [fixture.evaluationPage, fixture.explanationPage]
  }

  @Test(arguments: views) func pagesCanBeReadByEveryone(view: View) throws {
    let browser = try Browser.shared()
    for file in try files() {
      let page = try Page(file, in: browser, view)
      let name = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
      try page.picture("\(name)-\(view.scheme)-\(view.width)\(view.runsScripts ? "" : "-plain")")
      // Every section is opened, so that what it hides is looked at too.
      _ = try page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
      #expect(try page.strings(Probe.structure) == [])
      #expect(try page.strings(Probe.names) == [])
      #expect(try page.strings(Probe.contrast) == [])
      #expect(try page.strings(Probe.fit) == [])
      #expect(page.complaints == [])
    }
  }

  @Test func theEvaluationShowsItsFigures() throws {
    let fixture = try Self.fixture.get()
    let report = fixture.report
    let page = try Page(fixture.evaluationPage, in: try Browser.shared())
    let text = try #require(try page.evaluate("document.body.innerText").stringValue)
    for metric in [OverallMetric.microF1, .macroF1, .subsetAccuracy] {
      let value = try #require(report.figures[metric].value)
      let interval = try #require(report.figures[metric].interval)
      #expect(text.contains(Self.number(value)))
      #expect(text.contains("\(Self.number(interval.low)) to \(Self.number(interval.high))"))
    }
    #expect(text.contains("✗ failed") && text.contains("✓ passed"))
    #expect(text.contains("By form"))
    let shown = try page.strings("[...document.querySelectorAll('#errors h3')].map(e => e.textContent)")
    #expect(shown == report.misjudgedRows.prefix(5).map { report.data.documents[$0].title })
    let chosen = try page.strings(Probe.chosenPoints)
    #expect(
      chosen
        == report.data.labels.indices.map { label in
          [report.figures[label, .recall], report.figures[label, .precision]]
            .map { Self.number($0.value ?? -1, decimals: 2) }.joined(separator: " ")
        })
    let confusion = Confusion(report.data)
    let cells = try page.strings("[...document.querySelectorAll('#confusion td')].map(e => e.textContent)")
    let labels: [Int?] = [0, 1, 2, nil]
    #expect(
      cells
        == labels.flatMap { a in labels.map { b in a == nil && b == nil ? "" : "\(confusion[a, b])" } })
  }

  @Test(arguments: [true, false]) func theSwitchShowsOneLayerAtATime(runsScripts: Bool) throws {
    let page = try Page(
      try Self.fixture.get().explanationPage, in: try Browser.shared(), View(runsScripts: runsScripts))
    let names = try page.strings(
      "[...document.querySelectorAll('.layers')[0].querySelectorAll('.layer')].map(l => l.getAttribute('aria-label'))"
    )
    #expect(Set(names) == ["Biển, đảo", "Biên giới", "Khen thưởng"])
    #expect(try page.strings(Probe.layers)[0] == names[0])
    // By mouse the second, by keyboard the third; the other article's switch stays.
    let other = try page.strings(Probe.layers)[1]
    _ = try page.evaluate("document.querySelectorAll('.layers')[0].querySelectorAll('label')[1].click()")
    #expect(try page.strings(Probe.layers) == [names[1], other])
    _ = try page.evaluate("document.querySelectorAll('.layers')[0].querySelectorAll('input')[1].focus()")
    try page.press("ArrowRight", code: 39)
    #expect(try page.strings(Probe.layers) == [names[2], other])
  }

  @Test func theArticleStandsThereWordForWordWithItsEvidence() throws {
    let page = try Page(try Self.fixture.get().explanationPage, in: try Browser.shared())
    let texts = try page.strings(
      "[...document.querySelectorAll('.layers')[0].querySelectorAll('.text')].map(e => e.textContent)")
    let original = String(decoding: Fixture.explained[0].text, as: UTF8.self)
    // Byte for byte: == would take composed and decomposed letters for the same.
    #expect(texts.count == 3 && texts.allSatisfy { Array($0.utf8) == Array(original.utf8) })
    let unread = try page.strings("[...document.querySelectorAll('.layer .unread')].map(e => e.textContent)")
    #expect(Set(unread) == ["Trang chủ | Đăng nhập | Liên hệ"])
    let marked = try page.strings(
      "[...document.querySelectorAll('[aria-label=\"Biển, đảo\"] .text mark.for')].map(e => e.textContent)")
    let words = marked.joined(separator: " ").split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(words.precomposedStringWithCanonicalMapping.contains("tàu cá"))
    #expect(try page.strings("[...document.querySelectorAll('script')].map(e => e.outerHTML)") == [])
  }

  /// The probes themselves: on a page with every fault each finds something.
  @Test func faultsAreFound() throws {
    let file = try Self.fixture.get().folder.path("faulty.html")
    try """
    <!DOCTYPE html><html><head><title></title></head><body>
    <h2>Head</h2><h4>Lower</h4><p style="color:#999;background:#fff">pale</p><a href="#nowhere">x</a>
    <svg width="10" height="10"></svg><table><tbody><tr><td>1</td></tr></tbody></table>
    <div style="width:2000px">wide</div><img src="missing.png"><script>console.error("broken")</script>
    """.write(toFile: file, atomically: true, encoding: .utf8)
    let page = try Page(file, in: try Browser.shared())
    let structure = try page.strings(Probe.structure)
    for fault in ["no language", "no title", "not one h1", "no main", "link #nowhere leads nowhere"] {
      #expect(structure.contains(fault))
    }
    #expect(structure.contains { $0.hasPrefix("H4") })
    #expect(try page.strings(Probe.names).count == 3)
    #expect(try page.strings(Probe.contrast).contains { $0.hasPrefix("2.85: rgb(153, 153, 153)") })
    #expect(try page.strings(Probe.fit).contains { $0.hasPrefix("the page is 20") })
    #expect(page.complaints.contains { $0.contains("broken") })
    #expect(page.complaints.contains { $0.hasSuffix("missing.png") })
  }

  private static func number(_ value: Double, decimals: Int = 3) -> String {
    String(format: "%.\(decimals)f", value)
  }
}
