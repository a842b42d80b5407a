/// A piece of HTML. Text put into it is escaped; HTML put into it stays as it is.
///
/// ```swift
/// let cell: HTML = "<td>\(text)</td>"
/// ```
package struct HTML: ExpressibleByStringInterpolation, Sendable {
  /// The source text.
  package private(set) var source: String

  /// Literals are source text.
  package init(stringLiteral source: String) { self.source = source }

  /// Takes what an interpolated literal gathered.
  package init(stringInterpolation: StringInterpolation) { source = stringInterpolation.source }

  /// Pieces one after the other.
  package init(_ pieces: some Sequence<HTML>) { source = pieces.map(\.source).joined() }

  /// Text as it is, escaped.
  package init(text: String) { source = Self.escape(text) }

  /// Appends a piece.
  package static func += (html: inout HTML, piece: HTML) { html.source += piece.source }

  /// A piece and the next one.
  package static func + (first: HTML, second: HTML) -> HTML { HTML([first, second]) }

  /// Gathers literals and values.
  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var source = ""

    /// Begins with nothing.
    package init(literalCapacity: Int, interpolationCount: Int) {
      source.reserveCapacity(literalCapacity * 2)
    }
    /// Source text.
    package mutating func appendLiteral(_ literal: String) { source += literal }
    /// Text, escaped for content and for quoted attributes.
    package mutating func appendInterpolation(_ text: String) { source += HTML.escape(text) }
    /// A number.
    package mutating func appendInterpolation(_ number: Int) { source += String(number) }
    /// HTML as it is.
    package mutating func appendInterpolation(_ html: HTML) { source += html.source }
    /// HTML as it is, one piece after the other.
    package mutating func appendInterpolation(_ pieces: [HTML]) {
      for piece in pieces { source += piece.source }
    }
  }

  /// The text with references for what HTML would take as markup, and U+FFFD for control characters, which a page must
  /// not contain. O(scalars).
  private static func escape(_ text: String) -> String {
    var escaped = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped.append(contentsOf: "&amp;".unicodeScalars)
      case "<": escaped.append(contentsOf: "&lt;".unicodeScalars)
      case ">": escaped.append(contentsOf: "&gt;".unicodeScalars)
      case "\"": escaped.append(contentsOf: "&quot;".unicodeScalars)
      case "'": escaped.append(contentsOf: "&#39;".unicodeScalars)
      case "\t", "\n": escaped.append(scalar)
      case "\r": continue
      default: escaped.append(scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar)
      }
    }
    return String(escaped)
  }
}
