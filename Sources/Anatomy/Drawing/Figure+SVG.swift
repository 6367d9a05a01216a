extension Figure {
  /// The figure as an image.
  package var svg: String {
    let layout = FigureLayout(self)
    let margin = 28.0
    let frames = frames
    let depth = frames.reduce(0) { max($0, $1.depth) }
    let (width, height) = (layout.width + 2 * margin, layout.height + 2 * margin)
    var text =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(short(width))\" height=\"\(short(height))\""
    text += " viewBox=\"\(short(-margin)) \(short(-margin)) \(short(width)) \(short(height))\""
    text += " font-family=\"Helvetica, Arial, sans-serif\" font-size=\"10.5\">\n"
    text +=
      "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"6\" markerHeight=\"6\""
    text += " orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"#555\"/></marker></defs>\n"
    text +=
      "<rect x=\"\(short(-margin))\" y=\"\(short(-margin))\" width=\"\(short(width))\" height=\"\(short(height))\""
    text += " fill=\"#fff\"/>\n"
    for frame in frames {
      text += svg(of: frame, in: layout, padding: FigureLayout.Measure.padding(levels: depth - frame.depth))
    }
    text += "<g fill=\"none\" stroke=\"#555\" stroke-linejoin=\"round\" marker-end=\"url(#tip)\">\n"
    for arrow in arrows { text += svg(of: arrow, in: layout) }
    text += "</g>\n"
    for (box, place) in zip(boxes, layout.places) { text += svg(of: box, at: place) }
    return text + "</svg>\n"
  }

  private func svg(of frame: Frame, in layout: FigureLayout, padding: Double) -> String {
    let places = frame.members.map { layout.places[$0] }
    let left = places.reduce(.infinity) { min($0, $1.x - $1.width / 2) } - padding
    let top = places.reduce(.infinity) { min($0, $1.y) } - padding
    let right = places.reduce(-.infinity) { max($0, $1.x + $1.width / 2) } + padding
    let bottom = places.reduce(-.infinity) { max($0, $1.bottom) } + padding
    var text =
      "<rect x=\"\(short(left))\" y=\"\(short(top))\" width=\"\(short(right - left))\""
      + " height=\"\(short(bottom - top))\" rx=\"6\" fill=\"#000\" fill-opacity=\"0.03\" stroke=\"#bbb\"/>\n"
      + "<text x=\"\(short(left - 3))\" y=\"\(short(top + 8 + 6 * Double(frame.depth)))\" font-size=\"8\" fill=\"#888\""
      + " text-anchor=\"end\">\(frame.title)</text>\n"
    if frame.count > 1 {
      let members = Set(frame.members)
      let arcs = layout.arcs.filter { members.contains($0.key.to) }
      let x = arcs.reduce(right) { max($0, $1.value) } + 4
      text +=
        "<text x=\"\(short(x))\" y=\"\(short((top + bottom) / 2 + 4.5))\" font-size=\"13\" font-weight=\"bold\""
        + " fill=\"#555\">×\(frame.count)</text>\n"
    }
    return text
  }

  private func svg(of box: Box, at place: FigureLayout.Place) -> String {
    let height = FigureLayout.Measure.boxHeight
    return
      "<rect x=\"\(short(place.x - place.width / 2))\" y=\"\(short(place.y))\" width=\"\(short(place.width))\""
      + " height=\"\(short(height))\" rx=\"4\" fill=\"\(box.color)\" stroke=\"#777\"/>"
      + "<text x=\"\(short(place.x))\" y=\"\(short(place.y + height / 2 + 3.7))\" text-anchor=\"middle\">"
      + "\(box.label)</text>\n"
  }

  private func svg(of arrow: Arrow, in layout: FigureLayout) -> String {
    let (from, to) = (layout.places[arrow.from], layout.places[arrow.to])
    if let x = layout.arcs[arrow] {
      // From the right side of one box, out to x, and back to the right side of the other.
      let half = FigureLayout.Measure.boxHeight / 2
      let (startX, startY) = (from.x + from.width / 2, from.y + half)
      let (endX, endY) = (to.x + to.width / 2, to.y + half)
      // A bypass goes around corners, so that it stays clear of wide boxes; of many arcs, each has a curve of its own.
      if arrows.count(where: { $0.from == arrow.from }) <= 2 {
        let corner = 8.0
        let x = max(x, max(startX, endX) + corner)
        return "<path d=\"M\(short(startX)) \(short(startY))H\(short(x - corner))q\(short(corner)) 0"
          + " \(short(corner)) \(short(corner))V\(short(endY - corner))q0 \(short(corner)) \(short(-corner))"
          + " \(short(corner))H\(short(endX))\"/>\n"
      }
      // A cubic curve reaches three quarters of the way to its control points.
      let reach = max(startX, endX) + (x - max(startX, endX)) * 4 / 3
      return "<path d=\"M\(short(startX)) \(short(startY))C\(short(reach)) \(short(startY))"
        + " \(short(reach)) \(short(endY)) \(short(endX)) \(short(endY))\"/>\n"
    }
    if let x = layout.turns[arrow] {
      let turn = FigureLayout.Measure.turn
      return "<path d=\"M\(short(from.x)) \(short(from.bottom))V\(short(from.bottom + turn))H\(short(x))"
        + "V\(short(-turn))H\(short(to.x))V\(short(to.y))\"/>\n"
    }
    if from.x == to.x {
      return "<path d=\"M\(short(from.x)) \(short(from.bottom))V\(short(to.y))\"/>\n"
    }
    // The bend lies close to the fork or the join, so that the rest of the way is straight beside the branches.
    let isFork = arrows.count { $0.from == arrow.from } > 1
    let spread = min(FigureLayout.Measure.spread, to.y - from.bottom)
    let start = isFork ? from.bottom : to.y - spread
    let (upper, lower) = (start + spread / 2, start + spread)
    return
      "<path d=\"M\(short(from.x)) \(short(from.bottom))V\(short(start))C\(short(from.x)) \(short(upper))"
      + " \(short(to.x)) \(short(upper)) \(short(to.x)) \(short(lower))V\(short(to.y))\"/>\n"
  }

  /// A coordinate with one decimal, independent of the locale.
  private func short(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    let sign = tenths < 0 ? "-" : ""
    let (whole, fraction) = tenths.magnitude.quotientAndRemainder(dividingBy: 10)
    return fraction == 0 ? "\(sign)\(whole)" : "\(sign)\(whole).\(fraction)"
  }
}
