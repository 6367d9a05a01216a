/// A drawing of boxes, circles, lines and text: it knows where everything is, and writes itself as SVG.
package struct Drawing: Sendable {
  /// How an outline and an area are drawn.
  package struct Style: Hashable, Sendable {
    /// Color of the area; `none` for no area.
    package var fill = "none"
    /// Opacity of the area.
    package var opacity = 1.0
    /// Color of the outline; `nil` for none.
    package var stroke: String?
    /// Width of the outline.
    package var width = 1.0
    /// Lengths of dashes and gaps, as SVG has them; `nil` for a solid line.
    package var dashes: String?

    /// A style from its parts.
    package init(
      fill: String = "none", opacity: Double = 1, stroke: String? = nil, width: Double = 1,
      dashes: String? = nil
    ) {
      self.fill = fill
      self.opacity = opacity
      self.stroke = stroke
      self.width = width
      self.dashes = dashes
    }
  }

  /// A line of text.
  package struct Label: Hashable, Sendable {
    /// Where the text stands relative to its place.
    package enum Anchor: String, Hashable, Sendable {
      case start
      case middle
      case end
    }

    /// What it says.
    package let text: String
    /// Its place on the baseline.
    package let place: Point
    /// The font size.
    package var size = 11.0
    /// Whether it is bold.
    package var isBold = false
    /// Its color.
    package var color = "#000"
    /// Where it stands relative to its place.
    package var anchor = Anchor.start
    /// Whether it runs upward.
    package var runsUp = false

    /// A label from its parts.
    package init(
      _ text: String, at place: Point, size: Double = 11, isBold: Bool = false, color: String = "#000",
      anchor: Anchor = .start, runsUp: Bool = false
    ) {
      self.text = text
      self.place = place
      self.size = size
      self.isBold = isBold
      self.color = color
      self.anchor = anchor
      self.runsUp = runsUp
    }

    /// The room that it takes.
    package var box: Box {
      let width = Typeface.width(of: text, size: size, isBold: isBold)
      let start =
        switch anchor {
        case .start: 0.0
        case .middle: -width / 2
        case .end: -width
        }
      let (above, below) = (Typeface.ascent * size, Typeface.descent * size)
      if runsUp {
        return Box(
          left: place.x - above, top: place.y - start - width, right: place.x + below, bottom: place.y - start
        )
      }
      return Box(
        left: place.x + start, top: place.y - above, right: place.x + start + width, bottom: place.y + below)
    }
  }

  /// Something in the drawing.
  package enum Element: Hashable, Sendable {
    case box(Box, corner: Double, Style)
    case circle(Point, radius: Double, Style, name: String?)
    case path(Path, Style, hasTip: Bool)
    case label(Label)
  }

  /// Width in points.
  package let width: Double
  /// Height in points.
  package let height: Double
  /// What it is, for people who cannot see it.
  package let title: String
  /// Everything in it, the lowest first.
  package private(set) var elements: [Element] = []

  /// An empty page.
  package init(width: Double, height: Double, title: String) {
    self.width = width.rounded(.up)
    self.height = height.rounded(.up)
    self.title = title
  }

  /// Adds a rectangle.
  package mutating func add(_ box: Box, corner: Double = 0, _ style: Style) {
    elements.append(.box(box, corner: corner, style))
  }

  /// Adds a circle; viewers show its name under the pointer.
  package mutating func add(circle center: Point, radius: Double, _ style: Style, name: String? = nil) {
    elements.append(.circle(center, radius: radius, style, name: name))
  }

  /// Adds a line, with an arrowhead at its end on demand.
  package mutating func add(_ path: Path, hasTip: Bool = false, _ style: Style) {
    elements.append(.path(path, style, hasTip: hasTip))
  }

  /// Adds a text.
  package mutating func add(_ label: Label) { elements.append(.label(label)) }

  /// The whole page.
  package var page: Box { Box(left: 0, top: 0, right: width, bottom: height) }

  /// All texts.
  package var labels: [Label] {
    elements.compactMap { if case .label(let label) = $0 { label } else { nil } }
  }
}

extension Drawing {
  /// The drawing as an SVG file.
  package var svg: String {
    let (width, height) = (short(width), short(height))
    var text = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\""
    text += " viewBox=\"0 0 \(width) \(height)\" font-family=\"\(Typeface.families)\">\n"
    text += "<title>\(XML.escaped(title))</title>\n"
    if elements.contains(where: { if case .path(_, _, hasTip: true) = $0 { true } else { false } }) {
      text += "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"6\""
      text +=
        " markerHeight=\"6\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"#555\"/></marker></defs>\n"
    }
    text += "<rect width=\"\(width)\" height=\"\(height)\" fill=\"#fff\"/>\n"
    for element in elements { text += svg(of: element) + "\n" }
    return text + "</svg>\n"
  }

  private func svg(of element: Element) -> String {
    switch element {
    case .box(let box, let corner, let style):
      let rounding = corner > 0 ? " rx=\"\(short(corner))\"" : ""
      return "<rect x=\"\(short(box.left))\" y=\"\(short(box.top))\" width=\"\(short(box.width))\""
        + " height=\"\(short(box.height))\"\(rounding)\(attributes(of: style))/>"
    case .circle(let center, let radius, let style, let name):
      let start =
        "<circle cx=\"\(short(center.x))\" cy=\"\(short(center.y))\" r=\"\(short(radius))\""
        + attributes(of: style)
      return name.map { "\(start)><title>\(XML.escaped($0))</title></circle>" } ?? "\(start)/>"
    case .path(let path, let style, let hasTip):
      return "<path d=\"\(steps(of: path))\"\(attributes(of: style))"
        + (hasTip ? " marker-end=\"url(#tip)\"/>" : "/>")
    case .label(let label):
      let (x, y) = (short(label.place.x), short(label.place.y))
      let place = label.runsUp ? "transform=\"translate(\(x) \(y)) rotate(-90)\"" : "x=\"\(x)\" y=\"\(y)\""
      return "<text \(place) font-size=\"\(short(label.size))\""
        + (label.isBold ? " font-weight=\"bold\"" : "")
        + (label.color == "#000" ? "" : " fill=\"\(label.color)\"")
        + (label.anchor == .start ? "" : " text-anchor=\"\(label.anchor.rawValue)\"")
        + ">\(XML.escaped(label.text))</text>"
    }
  }

  private func attributes(of style: Style) -> String {
    var text = " fill=\"\(style.fill)\""
    if style.opacity < 1 { text += " fill-opacity=\"\(style.opacity)\"" }
    if let stroke = style.stroke {
      text += " stroke=\"\(stroke)\""
      if style.width != 1 { text += " stroke-width=\"\(short(style.width))\"" }
      if let dashes = style.dashes { text += " stroke-dasharray=\"\(dashes)\"" }
    }
    return text
  }

  private func steps(of path: Path) -> String {
    func text(_ point: Point) -> String { "\(short(point.x)) \(short(point.y))" }
    var steps = "M" + text(path.start)
    var last = path.start
    for piece in path.pieces {
      switch piece {
      case .line(let end):
        steps += end.x == last.x ? "V\(short(end.y))" : end.y == last.y ? "H\(short(end.x))" : "L" + text(end)
        last = end
      case .curve(let first, let second, let end):
        steps += "C\(text(first)) \(text(second)) \(text(end))"
        last = end
      }
    }
    return steps
  }
}

/// A coordinate with one decimal, independent of the locale.
private func short(_ value: Double) -> String {
  guard value.isFinite, abs(value) < 1e12 else { return "0" }
  let tenths = Int((value * 10).rounded())
  let (whole, fraction) = tenths.magnitude.quotientAndRemainder(dividingBy: 10)
  return (tenths < 0 ? "-" : "") + (fraction == 0 ? "\(whole)" : "\(whole).\(fraction)")
}
