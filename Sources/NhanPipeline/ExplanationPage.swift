import NhanCore
import NhanEvaluation

/// Explanations as a web page: each article with the words that speak for and against its tags, a layer a tag.
public struct ExplanationPage: Sendable {
  private let model: Model
  private var articles: [HTML] = []

  /// Begins a page.
  public init(model: Model) { self.model = model }

  /// Adds an article. O(labels · bytes).
  public mutating func append(_ tagged: TaggedDocument) {
    let article = ExplainedArticle(tagged, model: model)
    // The tags that were given come first, then those that nearly were.
    let order = article.layers.indices.sorted { a, b in
      (article.layers[a].isGiven ? 0 : 1, -article.layers[a].probability, a)
        < (article.layers[b].isGiven ? 0 : 1, -article.layers[b].probability, b)
    }
    let title = String(decoding: tagged.foundTitle ?? tagged.document.title, as: UTF8.self)
    let layers = EvidenceLayers(article, showing: order, key: "article-\(articles.count)")
    articles.append(
      """
      <article class="case">
      <h2 lang="">\(title.isEmpty ? tagged.document.id : title)</h2>
      <p class="case-id">\(tagged.document.id)</p>
      <p>Tags: <strong>\(tags(tagged))</strong></p>
      \(note(tagged))\(table(article, order))\(layers.html)</article>

      """)
  }

  /// The whole page.
  public var html: String {
    let count = articles.count == 1 ? "one article" : "\(articles.count) articles"
    return HTMLPage.page(
      title: "Why these tags",
      style: ".case h2{border:0;margin:0;padding:0;font-size:1.25rem}.article{max-height:none}\n",
      body: """
        <header>
        <h1>Why these tags</h1>
        <p class="lead">The words of \(count) that speak for and against each tag. Press a tag to see its words: ● given, \
        ◐ nearly given, ○ not given.</p>
        \(EvidenceLayers.legend)</header>
        <main>
        \(articles)</main>

        """)
  }

  private func tags(_ tagged: TaggedDocument) -> String {
    tagged.labels.isEmpty ? "none" : tagged.labels.map { model.labels[$0].name }.joined(separator: " · ")
  }

  private func note(_ tagged: TaggedDocument) -> HTML {
    guard let explanation = tagged.explanation, !explanation.labels.isEmpty else {
      return
        "<p class=\"note\">This classifier’s scores are no sums over phrases: there is nothing to show.</p>\n"
    }
    guard let normalized = explanation.normalized else { return "" }
    return """
      <p class="note">The normalizer ‘\(normalized.normalizer)’ does not tell where its text came from: the text shown is \
      what it made of the article.</p>

      """
  }

  private func table(_ article: ExplainedArticle, _ order: [Int]) -> HTML {
    if order.isEmpty { return "" }
    let rows = order.map { index -> [HTML] in
      let layer = article.layers[index]
      let numbers = [layer.probability, layer.threshold].map {
        HTML(text: $0.map { HTMLPage.share($0) } ?? "–")
      }
      return ["\(layer.name)", layer.isGiven ? "<span class=\"good\">given</span>" : "\(layer.decision)"]
        + numbers
    }
    return HTMLPage.table(
      caption: "Probability of each tag", header: ["Tag", "Decision", "Probability", "It takes"], rows: rows)
  }
}
