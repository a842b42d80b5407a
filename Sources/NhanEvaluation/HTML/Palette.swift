/// The colours of pages, light and dark, each with the name of the CSS variable that holds it.
///
/// Blue speaks for and orange against: a pair that the colour-blind tell apart. Text on any of the grounds has a
/// contrast of at least 4.5 to 1, lines and marks of at least 3 to 1 (WCAG 2.2, 1.4.3 and 1.4.11).
package enum Palette {
  /// A colour in both schemes, as `#rrggbb`.
  package struct Colour: Sendable {
    /// The CSS variable, without the dashes.
    package let name: String
    /// On a bright page.
    package let light: String
    /// On a dark page.
    package let dark: String
  }

  /// How strong a highlight can be; 1 is the faintest.
  package static let levels = 4

  /// What the page lies on.
  package static let grounds = [
    Colour(name: "ground", light: "#ffffff", dark: "#14171c"),
    Colour(name: "panel", light: "#f4f6f9", dark: "#1d2229"),
  ]

  /// What is written with.
  package static let inks = [
    Colour(name: "ink", light: "#1b1f24", dark: "#e8ebef"),
    Colour(name: "faint", light: "#57606a", dark: "#a3adb8"),
    Colour(name: "link", light: "#0b57b8", dark: "#8ab8ff"),
    Colour(name: "good", light: "#12693a", dark: "#6fd397"),
    Colour(name: "bad", light: "#a5300a", dark: "#ffa07a"),
  ]

  /// What is drawn with.
  package static let strokes = [
    Colour(name: "curve", light: "#0b57b8", dark: "#6ea8fe"),
    Colour(name: "mark", light: "#b4430a", dark: "#ff9f5a"),
  ]

  /// Lines that only part things.
  package static let rules = [Colour(name: "rule", light: "#d5dae0", dark: "#3a424d")]

  /// Behind words that speak for a label, the faintest first.
  package static let pro = [
    Colour(name: "for-1", light: "#e6f0fd", dark: "#1b2b42"),
    Colour(name: "for-2", light: "#c9dffb", dark: "#1d3a61"),
    Colour(name: "for-3", light: "#a3c8f7", dark: "#1f4a82"),
    Colour(name: "for-4", light: "#7cb0f2", dark: "#225aa3"),
  ]

  /// Behind words that speak against a label, the faintest first.
  package static let contra = [
    Colour(name: "against-1", light: "#fdeee2", dark: "#3a2718"),
    Colour(name: "against-2", light: "#fbd9bd", dark: "#55341a"),
    Colour(name: "against-3", light: "#f7be90", dark: "#73431c"),
    Colour(name: "against-4", light: "#f2a264", dark: "#8f511c"),
  ]

  /// The variables as CSS: light by default, dark where the reader's system is, light again on paper.
  static var style: String {
    let all = grounds + inks + strokes + rules + pro + contra
    func variables(_ value: (Colour) -> String) -> String {
      all.map { "--\($0.name):\(value($0))" }.joined(separator: ";")
    }
    return """
      :root{color-scheme:light dark;\(variables(\.light))}
      @media screen and (prefers-color-scheme:dark){:root{\(variables(\.dark))}}

      """
  }
}
