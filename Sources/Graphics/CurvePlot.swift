/// Curves, as a drawing and as text.
package struct CurvePlot: Sendable {
  /// One curve.
  package struct Curve: Sendable {
    /// Its name in the legend.
    package let name: String
    /// Its points, from left to right.
    package let points: [(x: Double, y: Double)]
    /// Whether it is dashed.
    package let isDashed: Bool
    /// The number of its color; curves of one number belong together.
    package let series: Int

    /// A curve from its points.
    package init(
      _ name: String, _ points: [(x: Double, y: Double)], isDashed: Bool = false, series: Int = 0
    ) {
      self.name = name
      self.points = points
      self.isDashed = isDashed
      self.series = series
    }
  }

  /// The title.
  package let title: String
  /// The curves that have points.
  package let curves: [Curve]
  private let x: Axis
  private let y: Axis

  /// A plot from its curves.
  ///
  /// - Parameters:
  ///   - title: The title.
  ///   - curves: The curves.
  ///   - xTitle: What is drawn to the right: `epoch`.
  ///   - yTitle: What is drawn upward: `loss`.
  ///   - isLogarithmic: Whether the x axis is; points at or below zero are then left out.
  ///   - isPercentage: Whether the y axis shows shares in per cent.
  package init(
    title: String, curves: [Curve], xTitle: String = "epoch", yTitle: String, isLogarithmic: Bool = false,
    isPercentage: Bool = false
  ) {
    self.title = title
    self.curves = curves.compactMap { curve in
      let points = isLogarithmic ? curve.points.filter { $0.x > 0 } : curve.points
      return points.isEmpty
        ? nil : Curve(curve.name, points, isDashed: curve.isDashed, series: curve.series)
    }
    x = Axis(
      xTitle, self.curves.flatMap { $0.points.map(\.x) }, isLogarithmic: isLogarithmic,
      isWhole: xTitle == "epoch")
    y = Axis(yTitle, self.curves.flatMap { $0.points.map(\.y) }, isPercentage: isPercentage, margin: 0.04)
  }

  private var hasSeveralSeries: Bool { Set(curves.map(\.series)).count > 1 }

  // MARK: Drawing

  private static let (width, height) = (720.0, 400.0)
  /// The area of the curves.
  private static let frame = Box(left: 78, top: 40, right: 702, bottom: 346)

  /// Several plots, one below the other.
  package static func drawing(of plots: [CurvePlot]) -> Drawing {
    var drawing = Drawing(
      width: width, height: height * Double(max(plots.count, 1)),
      title: plots.map(\.title).joined(separator: "; "))
    for (index, plot) in plots.enumerated() { plot.draw(into: &drawing, top: height * Double(index)) }
    return drawing
  }

  private func draw(into drawing: inout Drawing, top: Double) {
    let frame = Self.frame.moved(x: 0, y: top)
    let chart = ChartFrame(x: x, y: y, area: frame)
    chart.draw(title: title, into: &drawing)
    let places = curves.map { $0.points.map { chart.place($0.x, $0.y) } }
    for (curve, points) in zip(curves, places) {
      drawing.add(Path(through: points), style(of: curve))
      // Series are told apart without colors by marks, about eight to a curve.
      let step = max(1, (points.count + 7) / 8)
      if points.count == 1 || hasSeveralSeries {
        for index in stride(from: points.count - 1, through: 0, by: -step) {
          mark(curve, at: points[index], in: &drawing)
        }
      }
    }
    drawLegend(beside: places, in: frame, of: &drawing)
  }

  private func style(of curve: Curve) -> Drawing.Style {
    .init(stroke: Palette.color(curve.series), width: 2, dashes: curve.isDashed ? "5 4" : nil)
  }

  /// A circle, a square, a diamond or a triangle; white inside on dashed curves.
  private func mark(_ curve: Curve, at place: Point, in drawing: inout Drawing) {
    let color = Palette.color(curve.series)
    let style = Drawing.Style(fill: curve.isDashed ? "#fff" : color, stroke: color, width: 1.5)
    let shapes: [[(Double, Double)]] = [
      [], [(-3, -3), (3, -3), (3, 3), (-3, 3), (-3, -3)],
      [(0, -4.5), (4.5, 0), (0, 4.5), (-4.5, 0), (0, -4.5)],
      [(0, -4), (4, 3), (-4, 3), (0, -4)],
    ]
    let shape = shapes[curve.series % shapes.count]
    if shape.isEmpty {
      drawing.add(circle: place, radius: 3.2, style)
    } else {
      drawing.add(Path(through: shape.map { Point(place.x + $0.0, place.y + $0.1) }), style)
    }
  }

  /// The legend, in the corner that the curves cross least.
  private func drawLegend(beside curves: [[Point]], in frame: Box, of drawing: inout Drawing) {
    if curves.isEmpty { return }
    let row = 17.0
    let names = self.curves.map { Typeface.fitted($0.name, to: frame.width / 2, size: 11) }
    let width = names.reduce(0) { max($0, Typeface.width(of: $1, size: 11)) } + 48
    let height = row * Double(names.count) + 8
    let (left, right) = (frame.left + 8, frame.right - 8 - width)
    let (upper, lower) = (frame.top + 4, frame.bottom - 8 - height)
    let corners = [(right, upper), (right, lower), (left, upper), (left, lower)].map {
      Box(left: $0.0, top: $0.1, right: $0.0 + width, bottom: $0.1 + height)
    }
    let points = curves.flatMap { Path(through: $0).points(every: 3) }
    let crossings = corners.map { corner in points.count(where: corner.widened(by: 4).contains) }
    let best = corners.indices.min { crossings[$0] < crossings[$1] } ?? 0
    let corner = corners[best]
    drawing.add(corner, corner: 3, .init(fill: "#fff", opacity: 0.85, stroke: "#bbb"))
    for (index, (curve, name)) in zip(self.curves, names).enumerated() {
      let y = corner.top + 4 + row * (Double(index) + 0.5)
      drawing.add(
        Path(through: [Point(corner.left + 8, y), Point(corner.left + 34, y)]), style(of: curve))
      if hasSeveralSeries { mark(curve, at: Point(corner.left + 21, y), in: &drawing) }
      drawing.add(.init(name, at: Point(corner.left + 40, y + 4)))
    }
  }

  // MARK: Text

  /// The plot in characters, with escape sequences for colors on demand.
  package func text(columns: Int = 64, rows: Int = 12, isColored: Bool = false) -> String {
    var canvas = DotCanvas(columns: columns, rows: rows)
    let (right, bottom) = (Double(canvas.width - 1), Double(canvas.height - 1))
    for curve in curves {
      let path = Path(
        through: curve.points.map { Point(x.place($0.x) * right, bottom - y.place($0.y) * bottom) })
      let color = Palette.terminalColor(curve.series)
      for (step, point) in path.points(every: 1).enumerated() where !curve.isDashed || step % 4 < 2 {
        canvas.set(x: Int(point.x.rounded()), y: Int(point.y.rounded()), color: color)
      }
    }
    var result = title + "\n" + canvas.framed(x: x, y: y, isColored: isColored)
    for curve in curves {
      let line = curve.isDashed ? "- - " : "─── "
      let color = Palette.terminalColor(curve.series)
      result += "  " + (isColored ? "\u{1b}[\(color)m\(line)\u{1b}[0m" : line)
      result += curve.name + ": " + (curve.points.last.map { y.label($0.y) } ?? "") + "\n"
    }
    return result
  }
}
