/// A square plot of shares over shares, as inline SVG with a name and a description for who cannot see it.
struct Chart {
  /// The side of the plot, and what surrounds it for axis and title.
  private static let side = 240.0
  private static let (left, top, right, bottom) = (44.0, 10.0, 14.0, 40.0)

  let key: String
  let title: String
  let description: String
  let horizontal: String
  let vertical: String
  /// Marks, in the order in which they are drawn.
  private var marks: HTML = ""

  /// Begins a plot. `key` is different for each chart of a page.
  init(key: String, title: String, description: String, horizontal: String, vertical: String) {
    self.key = key
    self.title = title
    self.description = description
    self.horizontal = horizontal
    self.vertical = vertical
  }

  private static func x(_ share: Double) -> Double { left + share * side }
  private static func y(_ share: Double) -> Double { top + (1 - share) * side }
  private static func number(_ value: Double) -> String {
    Wording.number((value * 10).rounded() / 10, decimals: 1)
  }

  private static func point(_ x: Double, _ y: Double) -> String {
    "\(number(Self.x(x))) \(number(Self.y(y)))"
  }

  /// A line through points.
  mutating func line(_ points: [(x: Double, y: Double)], class name: String) {
    let path = points.map { Self.point($0.x, $0.y) }.joined(separator: " L ")
    if !points.isEmpty { marks += "<path class=\"\(name)\" d=\"M \(path)\"/>\n" }
  }

  /// A circle.
  mutating func circle(x: Double, y: Double, radius: Double, class name: String) {
    marks +=
      "<circle class=\"\(name)\" cx=\"\(Self.number(Self.x(x)))\" cy=\"\(Self.number(Self.y(y)))\" r=\"\(Self.number(radius))\"/>\n"
  }

  /// A bar that stands on the horizontal axis.
  mutating func bar(x: Double, width: Double, height: Double) {
    marks +=
      "<rect class=\"bar\" x=\"\(Self.number(Self.x(x)))\" y=\"\(Self.number(Self.y(height)))\" width=\"\(Self.number(width * Self.side))\" height=\"\(Self.number(height * Self.side))\"/>\n"
  }

  /// The drawing.
  var svg: HTML {
    let width = Int(Self.left + Self.side + Self.right)
    let height = Int(Self.top + Self.side + Self.bottom)
    let ticks = [0, 0.25, 0.5, 0.75, 1].map { tick -> HTML in
      let (x, y) = (Self.number(Self.x(tick)), Self.number(Self.y(tick)))
      let (left, right) = (Self.number(Self.left), Self.number(Self.left + Self.side))
      let (top, bottom) = (Self.number(Self.top), Self.number(Self.top + Self.side))
      let label = Wording.number(tick, decimals: 2)
      return """
        <path class="grid" d="M \(x) \(top) V \(bottom) M \(left) \(y) H \(right)"/>
        <text x="\(x)" y="\(Self.number(Self.top + Self.side + 15))" text-anchor="middle">\(label)</text>
        <text x="\(Self.number(Self.left - 6))" y="\(Self.number(Self.y(tick) + 4))" text-anchor="end">\(label)</text>

        """
    }
    let middle = Self.number(Self.top + Self.side / 2)
    return """
      <svg viewBox="0 0 \(width) \(height)" width="\(width)" height="\(height)" role="img" \
      aria-labelledby="\(key)-title \(key)-text">
      <title id="\(key)-title">\(title)</title>
      <desc id="\(key)-text">\(description)</desc>
      \(ticks)\(marks)\
      <text class="strong" x="\(Self.number(Self.left + Self.side / 2))" y="\(height - 6)" text-anchor="middle">\(horizontal)</text>
      <text class="strong" x="11" y="\(middle)" text-anchor="middle" transform="rotate(-90 11 \(middle))">\(vertical)</text>
      </svg>

      """
  }
}
