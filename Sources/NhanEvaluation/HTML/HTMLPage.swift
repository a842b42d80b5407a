/// A whole page: everything it needs is in it, nothing is fetched and nothing is executed.
package enum HTMLPage {
  /// A page with a title and a body.
  /// - Parameters:
  ///   - language: of the page's own words; parts in others say so themselves.
  ///   - style: rules of this page, behind those of all pages.
  package static func page(title: String, language: String = "en", style: String = "", body: HTML) -> String {
    let page: HTML = """
      <!DOCTYPE html>
      <html lang="\(language)">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta name="referrer" content="no-referrer">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
      <title>\(title)</title>
      <style>
      \(HTML(stringLiteral: Palette.style + HTMLStyle.common + style))</style>
      </head>
      <body>
      \(body)</body>
      </html>

      """
    return page.source
  }

  /// A share with three decimals: `0.934`.
  package static func share(_ value: Double) -> String { Wording.number(value) }

  /// A table in a box that scrolls sideways where the screen is narrow. The first column names the row; the others are
  /// figures, to the right.
  package static func table(caption: String, header: [String], rows: [[HTML]]) -> HTML {
    let heads = header.map { "<th scope=\"col\">\($0)</th>" as HTML }
    let lines = rows.map { cells -> HTML in
      let rest = cells.dropFirst().map { "<td>\($0)</td>" as HTML }
      return "<tr><th scope=\"row\">\(cells.first ?? "")</th>\(rest)</tr>\n"
    }
    return """
      <div class="scroll" role="region" tabindex="0" aria-label="\(caption)">
      <table>
      <caption><span>\(caption)</span></caption>
      <thead><tr>\(heads)</tr></thead>
      <tbody>
      \(lines)</tbody>
      </table>
      </div>

      """
  }
}
