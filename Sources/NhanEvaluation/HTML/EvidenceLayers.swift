/// Draws an article once for each of some of its labels, with a switch between them that needs no script.
package struct EvidenceLayers {
  /// Phrases listed for and against each label.
  private static let listed = 8

  private let article: ExplainedArticle
  private let shown: [Int]
  /// Begins the ids of the switch; different for each article of a page.
  private let key: String

  /// Prepares the layers of some labels, by their indices, in the order in which they are to be shown.
  package init(_ article: ExplainedArticle, showing layers: [Int], key: String) {
    self.article = article
    shown = layers
    self.key = key
  }

  /// How many layers a switch can have; the style knows no more.
  package static let limit = 12

  /// The switch and the layers. O(layers · (bytes + phrases · log phrases)).
  package var html: HTML {
    let layers = Array(shown.prefix(Self.limit))
    if layers.isEmpty { return plain }
    let inputs = layers.indices.map { position -> HTML in
      let checked: HTML = position == 0 ? " checked" : ""
      return "<input type=\"radio\" name=\"\(key)\" id=\"\(key)-\(position)\"\(checked)>"
        + tab(article.layers[layers[position]], position)
    }
    return """
      <div class="layers" role="group" aria-label="Evidence about">
      \(inputs)\(layers.map { layer(article.layers[$0]) })</div>

      """
  }

  private func tab(_ layer: ExplainedArticle.Layer, _ position: Int) -> HTML {
    let mark = layer.isGiven ? "●" : layer.isNearMiss ? "◐" : "○"
    return
      "<label for=\"\(key)-\(position)\">\(mark) \(layer.name)<span class=\"hidden\"> (\(layer.decision))</span></label>\n"
  }

  private func layer(_ layer: ExplainedArticle.Layer) -> HTML {
    let threshold: HTML = layer.threshold.map { " (it takes \(Wording.number($0)))" } ?? ""
    return """
      <div class="layer" role="group" aria-label="\(layer.name)">
      <p><strong>\(layer.name)</strong>: \(layer.decision), probability \
      \(Wording.number(layer.probability))\(threshold). What it is made of: \
      \(Wording.signed(layer.bias)) for any text, and what the phrases add, are together \
      \(Wording.signed(layer.score)).</p>
      \(list("Phrases for it", "for", layer.phrases.filter { $0.contribution > 0 }))\
      \(list("Phrases against it", "against", layer.phrases.filter { $0.contribution < 0 }.reversed()))\(text(layer))</div>

      """
  }

  private func list(_ title: String, _ kind: String, _ phrases: [ExplainedArticle.Phrase]) -> HTML {
    if phrases.isEmpty { return "" }
    let items = phrases.prefix(Self.listed).map { phrase -> HTML in
      let words = phrase.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      return
        "<li><mark class=\"\(kind) l2\" lang=\"\">\(words)</mark> \(Wording.signed(phrase.contribution))</li>\n"
    }
    let rest = phrases.dropFirst(Self.listed)
    let sum = Wording.signed(rest.reduce(0) { $0 + $1.contribution })
    let more: HTML = rest.isEmpty ? "" : "<li class=\"faint\">\(rest.count) more, together \(sum)</li>\n"
    return "<p class=\"phrases-title\">\(title)</p>\n<ul class=\"phrases\">\n\(items)\(more)</ul>\n"
  }

  private func text(_ layer: ExplainedArticle.Layer) -> HTML {
    func spans(_ places: (ExplainedArticle.Phrase) -> [Range<Int>]) -> [HighlightedText.Span] {
      layer.phrases.flatMap { phrase in
        let count = Double(phrase.titlePlaces.count + phrase.textPlaces.count)
        return places(phrase).map { HighlightedText.Span(bytes: $0, weight: phrase.contribution / count) }
      }
    }
    let title = HighlightedText(article.title, spans: spans(\.titlePlaces))
    let text = HighlightedText(article.text, spans: spans(\.textPlaces), unread: article.unread)
    let strongest = max(title.strongest, text.strongest)
    return region(title.html(strongest: strongest), text.html(strongest: strongest), name: layer.name)
  }

  /// The article without highlights.
  private var plain: HTML {
    region(
      HTML(text: String(decoding: article.title, as: UTF8.self)),
      HTML(text: String(decoding: article.text, as: UTF8.self)), name: article.id)
  }

  private func region(_ title: HTML, _ text: HTML, name: String) -> HTML {
    let head: HTML = article.title.isEmpty ? "" : "<p class=\"article-title\">\(title)</p>\n"
    return """
      <div class="article" lang="" role="region" tabindex="0" aria-label="Article: \(name)">
      \(head)<div class="text">\(text)</div>
      </div>

      """
  }
}
