/// Two axes around an area, with a title above it.
package struct ChartFrame: Sendable {
  /// The axis to the right.
  package let x: Axis
  /// The axis upward.
  package let y: Axis
  /// The area between them.
  package let area: Box

  /// A frame from its parts.
  package init(x: Axis, y: Axis, area: Box) {
    self.x = x
    self.y = y
    self.area = area
  }

  /// Where a pair of numbers stands.
  package func place(_ x: Double, _ y: Double) -> Point {
    Point(area.left + self.x.place(x) * area.width, area.bottom - self.y.place(y) * area.height)
  }

  /// Draws the axes with round numbers and titles, and a title and a subtitle above them.
  package func draw(title: String, subtitle: String? = nil, into drawing: inout Drawing) {
    let room = drawing.width - area.left - 8
    let heading = Typeface.fitted(title, to: room / 1.15, size: 15)
    let top = area.top - (subtitle == nil ? 15 : 32)
    drawing.add(.init(heading, at: Point(area.left, top), size: 15, isBold: true))
    if let subtitle {
      drawing.add(
        .init(
          Typeface.fitted(subtitle, to: room, size: 10), at: Point(area.left, top + 17), size: 10,
          color: "#444"))
    }
    for tick in y.ticks {
      let at = area.bottom - y.place(tick) * area.height
      drawing.add(Path(through: [Point(area.left, at), Point(area.right, at)]), .init(stroke: "#ddd"))
      drawing.add(.init(y.label(tick), at: Point(area.left - 7, at + 4), anchor: .end))
    }
    for tick in x.ticks {
      let at = area.left + x.place(tick) * area.width
      drawing.add(Path(through: [Point(at, area.bottom), Point(at, area.bottom + 4)]), .init(stroke: "#000"))
      drawing.add(.init(x.label(tick), at: Point(at, area.bottom + 17), anchor: .middle))
    }
    drawing.add(
      Path(through: [
        Point(area.left, area.top), Point(area.left, area.bottom), Point(area.right, area.bottom),
      ]), .init(stroke: "#000"))
    drawing.add(.init(x.title, at: Point(area.center.x, area.bottom + 37), size: 12, anchor: .middle))
    let widest = y.ticks.reduce(0) { max($0, Typeface.width(of: y.label($1), size: 11)) }
    drawing.add(
      .init(
        y.title, at: Point(area.left - widest - 17, area.center.y), size: 12, anchor: .middle, runsUp: true))
  }
}
