/// The report as a web page.
extension EvaluationReport {
  /// One self-contained page: no network, no scripts.
  ///
  /// O(size of the report + bytes of the articles).
  /// - Parameter articles: the worst misjudged documents, with evidence, worst first; their ids are those of the data.
  public func html(_ articles: [ExplainedArticle] = []) -> String {
    let sections: [(id: String, title: String, body: HTML)] = [
      ("gates", "Limits to keep", gateSection), ("labels", "Label by label", labelSection),
      ("curves", "Other thresholds, and how far to trust the probabilities", curveSection),
      ("confusion", "Labels taken for each other", confusionSection),
      ("slices", "Parts of the articles", sliceSection),
      ("baseline", "Since the earlier run", baselineSection),
      ("errors", "The worst errors, and why", errorSection(articles)),
    ].filter { !$0.2.source.isEmpty }
    let links = sections.map { "<li><a href=\"#\($0.id)\">\($0.title)</a></li>" as HTML }
    let body: HTML = """
      <header>
      <h1>Evaluation</h1>
      <p class="lead">\(lead)</p>
      <nav aria-label="Sections"><ul>\(links)</ul></nav>
      </header>
      <main>
      \(cards)\(sections.map { "<section id=\"\($0.id)\" aria-labelledby=\"\($0.id)-title\">\n<h2 id=\"\($0.id)-title\">\($0.title)</h2>\n\($0.body)</section>\n" })</main>

      """
    return HTMLPage.page(title: "Evaluation", body: body)
  }

  // MARK: Summary

  /// How it went, for someone who knows no metric.
  private var lead: String {
    let right = data.documents.indices.count { data.errorCount($0) == 0 }
    var text = "\(right) of \(Wording.count(data.documents.count, "article")) got exactly the right labels."
    if !gates.isEmpty {
      let failed = gates.count { !$0.isPassed }
      text +=
        failed == 0
        ? " Every limit is kept."
        : " \(failed) of \(Wording.count(gates.count, "limit")) \(failed == 1 ? "is" : "are") not kept."
    }
    return text
  }

  /// The words of the page, for those who meet them for the first time.
  private static let glossary: HTML = """
    <details><summary>What the words mean</summary>
    <dl>
    <dt>Precision</dt><dd>Of the labels that were given, the share that is right.</dd>
    <dt>Recall</dt><dd>Of the labels that articles carry, the share that was given.</dd>
    <dt>F1</dt><dd>One figure for both, near the worse of the two. Micro: all decisions counted together; macro: the mean of \
    the labels, so that rare ones count as much.</dd>
    <dt>Threshold</dt><dd>The probability from which on a label is given. A higher one makes precision rise and recall \
    fall.</dd>
    <dt>Calibration error</dt><dd>How far probabilities lie from what happens: of articles with probability 0.8, eight in \
    ten should carry the label. The Brier score measures this together with how well they tell articles apart. Lower is \
    better for both.</dd>
    <dt>Average precision</dt><dd>Precision averaged over all thresholds; 1 when every article with the label has a higher \
    probability than all without.</dd>
    <dt>Interval</dt><dd>What the figure could as well have been with other articles of the same kind. Two figures whose \
    intervals overlap much are hardly different.</dd>
    </dl></details>

    """

  private var cards: HTML {
    let shown: [(OverallMetric, String)] = [
      (.microF1, "F1 of all decisions (micro)"), (.macroF1, "F1, mean of the labels (macro)"),
      (.microPrecision, "Precision: given labels that are right"),
      (.microRecall, "Recall: right labels that are given"),
      (.subsetAccuracy, "Articles with every label right"),
      (.calibrationError, "Calibration error: lower is better"),
    ]
    let items = shown.map { metric, words -> HTML in
      let measurement = figures[metric]
      return """
        <li class="card"><span>\(words)</span><span class="value">\(Wording.number(measurement.value))</span>\
        \(range(measurement))\(IntervalBar.svg(measurement, name: words))</li>

        """
    }
    let how =
      bootstrap.resamples > 0
      ? "The range under a figure is its \(Wording.percent(bootstrap.level)) interval, by \(bootstrap.resamples) stratified bootstrap resamples."
      : "No intervals were asked for."
    return """
      <section aria-labelledby="summary-title">
      <h2 id="summary-title">Summary</h2>
      <ul class="cards">
      \(items)</ul>
      <p class="note">\(how) A dash (–) stands for what cannot be measured, such as the precision of a label that was \
      never given.</p>
      \(Self.glossary)\
      <details><summary>All figures</summary>
      \(table(totalTable))</details>
      </section>

      """
  }

  private func range(_ measurement: Measurement) -> HTML {
    guard let interval = measurement.interval else { return "" }
    return
      "<span class=\"range\">\(Wording.number(interval.low)) to \(Wording.number(interval.high))</span>"
  }

  private var gateSection: HTML {
    if gates.isEmpty { return "" }
    let items = gates.map { gate -> HTML in
      let outcome: HTML =
        gate.isPassed ? "<span class=\"good\">✓ passed</span>" : "<span class=\"bad\">✗ failed</span>"
      return "<li>\(outcome) <code>\(gate.name)</code>: \(gate.sentence)</li>\n"
    }
    return "<ul>\n\(items)</ul>\n"
  }

  // MARK: Labels

  private var labelSection: HTML {
    let header = ["Label", "Documents", "Given", "Right", "Precision", "Recall", "F1", "Threshold"]
    let rows = data.labels.indices.map { label -> [HTML] in
      let counts = figures.counts[label]
      let metrics = [LabelMetric.precision, .recall, .f1].map { metric -> HTML in
        "\(Wording.number(figures[label, metric].value))\(range(figures[label, metric]))"
      }
      return [
        "\(data.labels[label].name)", "\(counts.support)", "\(counts.predicted)", "\(counts.truePositives)",
      ]
        + metrics + ["\(Wording.number(data.labels[label].threshold))"]
    }
    return HTMLPage.table(caption: "Counts and figures of each label", header: header, rows: rows)
      + table(named(probabilityTable))
  }

  /// A table with a row a label, which is called as people call it.
  private func named(_ table: EvaluationTable) -> EvaluationTable {
    var named = table
    for label in data.labels.indices { named.rows[label][0] = data.labels[label].name }
    return named
  }

  private var curveSection: HTML {
    HTML(
      data.labels.indices.map { label in
        let charts = LabelCharts(data: data, figures: figures, label: label)
        return """
          <h3>\(data.labels[label].name)</h3>
          <div class="pair">
          \(charts.precisionRecall)\(charts.reliability)</div>

          """
      })
  }

  private var confusionSection: HTML {
    let confusion = Confusion(data)
    let labels: [Int?] = data.labels.indices.map { $0 } + [nil]
    func name(_ label: Int?, else words: String) -> String { label.map { data.labels[$0].name } ?? words }
    let rows = labels.map { carried -> [HTML] in
      let cells = labels.map { given -> HTML in
        if carried == nil, given == nil { return "" }
        let count = confusion[carried, given]
        if count == 0 { return "<span class=\"cell-0\">0</span>" }
        return "<mark class=\"\(carried == given ? "for" : "against") l2\">\(count)</mark>"
      }
      return ["\(name(carried, else: "nothing missed"))"] + cells
    }
    return """
      <p class="note">A row is a label that documents carry, a column a label they were given. On the diagonal the label \
      was given rightly. Elsewhere the row’s label was missed and the column’s given wrongly; the last column counts \
      misses without a wrong label, the last row wrong labels without a miss.</p>
      \(HTMLPage.table(
        caption: "Documents by the label they carry and the label they were given",
        header: ["Carries ↓ given →"] + labels.map { name($0, else: "nothing wrong") }, rows: rows))
      """
  }

  private var sliceSection: HTML {
    let metrics: [OverallMetric] = [.microPrecision, .microRecall, .microF1, .macroF1, .subsetAccuracy]
    var keys: [String] = []
    for slice in slices where keys.last != slice.key { keys.append(slice.key) }
    return HTML(
      keys.map { key in
        HTMLPage.table(
          caption: "By \(key)", header: [key, "Documents"] + metrics.map(\.name),
          rows: slices.filter { $0.key == key }.map { slice in
            ["\(slice.value ?? Wording.notMeasured)", "\(slice.figures.documentCount)"]
              + metrics.map { "\(Wording.number(slice.figures[$0].value))\(range(slice.figures[$0]))" }
          })
      })
  }

  private var baselineSection: HTML {
    HTML([comparisonTable, testTable, flipTable].compactMap(\.self).filter { !$0.rows.isEmpty }.map(table))
  }

  private func table(_ table: EvaluationTable) -> HTML {
    HTMLPage.table(
      caption: table.title, header: table.header, rows: table.rows.map { $0.map { HTML(text: $0) } })
  }

  // MARK: Errors

  private func errorSection(_ articles: [ExplainedArticle]) -> HTML {
    let rows = misjudgedRows
    if rows.isEmpty { return "<p>Every label of every document is right.</p>\n" }
    let cases = articles.enumerated().compactMap { index, article in
      data.row(of: article.id).map { errorCase(article, row: $0, key: "error-\(index)") }
    }
    let shown: HTML =
      cases.isEmpty
      ? "" : " These \(cases.count) are the worst: those whose probabilities were furthest from the truth."
    return """
      <p>\(rows.count) of \(data.documents.count) documents have a wrong or missing label.\(shown)</p>
      \(cases.isEmpty ? "" : EvidenceLayers.legend)\(cases)
      """
  }

  private func errorCase(_ article: ExplainedArticle, row: Int, key: String) -> HTML {
    let document = data.documents[row]
    let wrong = data.labels.indices.filter { !data.isCorrect(row, $0) }
    let layers = EvidenceLayers(
      article,
      showing: article.layers.isEmpty ? [] : wrong + data.labels.indices.filter { !wrong.contains($0) },
      key: key)
    let place = document.place.map(\.description) ?? document.id
    func names(_ isIncluded: (Int) -> Bool) -> String {
      let names = data.labels.indices.filter(isIncluded).map { data.labels[$0].name }
      return names.isEmpty ? "no label" : names.joined(separator: " · ")
    }
    func list(_ words: String, _ labels: [Int]) -> HTML {
      if labels.isEmpty { return "" }
      let named = labels.map { "\(data.labels[$0].name) (\(Wording.number(data.probability(row, $0))))" }
      return "<p class=\"bad\">\(words): \(named.joined(separator: " · "))</p>\n"
    }
    return """
      <article class="case">
      <h3 lang="">\(document.title.isEmpty ? document.id : document.title)</h3>
      <p class="case-id">\(place)</p>
      <p>Carries <strong>\(names { data.isActual(row, $0) })</strong>, was given \
      <strong>\(names { data.isPredicted(row, $0) })</strong>.</p>
      \(list("Missing", wrong.filter { data.isActual(row, $0) }))\
      \(list("Wrongly given", wrong.filter { !data.isActual(row, $0) }))\(layers.html)</article>

      """
  }
}

extension EvidenceLayers {
  /// What the colours mean.
  package static let legend: HTML = """
    <p class="legend"><mark class="for l3">Blue</mark> words speak for the label, \
    <mark class="against l3">orange, underlined</mark> ones against it; the stronger the colour, the more. \
    <span class="unread">Struck-out</span> lines were taken for page furniture and not read.</p>

    """
}

/// A value and its interval on a line from 0 to 1.
enum IntervalBar {
  /// The drawing; nothing where nothing was measured.
  static func svg(_ measurement: Measurement, name: String) -> HTML {
    guard let value = measurement.value else { return "" }
    func x(_ share: Double) -> String { Wording.number(4 + share * 192, decimals: 1) }
    let interval: HTML =
      measurement.interval.map {
        "<path class=\"whisker\" d=\"M \(x($0.low)) 9 H \(x($0.high)) M \(x($0.low)) 4 V 14 M \(x($0.high)) 4 V 14\"/>"
      } ?? ""
    return """
      <svg viewBox="0 0 200 18" width="200" height="18" role="img" aria-label="\(name): \(Wording.measurement(measurement))">\
      <path class="grid" d="M 4 9 H 196 M 4 5 V 13 M 196 5 V 13"/>\(interval)\
      <circle class="dot" cx="\(x(value))" cy="9" r="4"/></svg>
      """
  }
}
