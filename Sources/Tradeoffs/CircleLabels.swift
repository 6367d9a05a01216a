import Glibc
import Graphics

/// The labels of a chart's circles: names of some, and the numbers of the families of all, where there is room.
///
/// No label covers another one.
struct CircleLabels {
  /// A circle and what it is labeled with.
  struct Circle {
    let center: Point
    let radius: Double
    /// Its name; `nil` for a circle that has only a number.
    let name: String?
    let number: Int

    /// The distance from its edge to a box; negative if the box lies over it.
    func gap(to box: Box) -> Double { box.distance(to: center) - radius }

    /// Whether a straight line passes over it.
    func isCrossed(by line: Line) -> Bool {
      let (x, y) = (line.end.x - line.start.x, line.end.y - line.start.y)
      let along = (center.x - line.start.x) * x + (center.y - line.start.y) * y
      let share = min(max(along / max(x * x + y * y, 1e-9), 0), 1)
      return hypot(line.start.x + share * x - center.x, line.start.y + share * y - center.y) < radius
    }

    /// The point of its edge that is nearest to `target`.
    func edge(toward target: Point) -> Point {
      let (x, y) = (target.x - center.x, target.y - center.y)
      let scale = radius / max(hypot(x, y), radius)
      return Point(center.x + scale * x, center.y + scale * y)
    }
  }

  /// A straight line from a circle to its name.
  struct Line {
    let start: Point
    let end: Point

    var path: Path { Path(through: [start, end]) }

    /// Whether it passes over a box.
    func crosses(_ box: Box) -> Bool { path.points(every: 3).contains(where: box.contains) }
  }

  /// The circles, the lowest first.
  private let circles: [Circle]
  private let area: Box
  /// The corner that has the most room, as signs of x and y.
  private let corner: (x: Double, y: Double)
  private var taken: [Box] = []
  private var leads: [Line] = []

  private static let nameSize = 10.5
  private static let numberSize = 8.0
  /// Distances of names from their circles; from the second on, a line leads to the circle.
  private static let distances: [Double] = [3, 10, 20, 35, 55, 80]
  /// The cost of covering a circle, or crossing a name or a line; a name that would do that is left out.
  private static let crossing = 30.0

  /// The labels of `circles`, drawn inside `area`; names go toward the `corner` where they can.
  init(_ circles: [Circle], in area: Box, toward corner: (x: Double, y: Double)) {
    self.circles = circles
    self.area = area.widened(by: -2)
    self.corner = corner
  }

  /// Draws the names, then the numbers.
  mutating func draw(into drawing: inout Drawing) {
    for index in circles.indices { addName(of: index, to: &drawing) }
    for index in circles.indices.reversed() { addNumber(of: index, to: &drawing) }
  }

  private func isFree(_ box: Box) -> Bool { area.contains(box) && !taken.contains { $0.overlaps(box) } }

  // MARK: Names

  private mutating func addName(of index: Int, to drawing: inout Drawing) {
    guard let name = circles[index].name else { return }
    var best: (label: Drawing.Label, lead: Line?, cost: Double)?
    for distance in Self.distances {
      for step in 0..<16 {
        let angle = Double(step) * .pi / 8
        let label = label(name, of: circles[index], distance: distance, angle: angle)
        guard isFree(label.box) else { continue }
        let lead = distance == Self.distances[0] ? nil : lead(from: circles[index], to: label.box)
        let aside = -(cos(angle) * corner.x + sin(angle) * corner.y)
        let disturbance = disturbance(of: index, by: label.box, lead, distance)
        let cost = distance / 8 + (lead == nil ? 0 : 2) + 2 * aside + disturbance
        if disturbance < Self.crossing, cost < best?.cost ?? .infinity { best = (label, lead, cost) }
      }
    }
    guard let best else { return }
    if let lead = best.lead {
      drawing.add(lead.path, .init(stroke: "#555", width: 0.6))
      leads.append(lead)
    }
    drawing.add(best.label)
    taken.append(best.label.box)
  }

  /// A name at a distance from its circle, in a direction.
  private func label(_ name: String, of circle: Circle, distance: Double, angle: Double) -> Drawing.Label {
    let size = Drawing.Label(name, at: circle.center, size: Self.nameSize, isBold: true).box
    var middle = circle.center
    repeat {
      middle = Point(middle.x + cos(angle), middle.y + sin(angle))
    } while circle.gap(to: Box(around: middle, width: size.width, height: size.height)) < distance
    let baseline = middle.y + (Typeface.ascent - Typeface.descent) / 2 * Self.nameSize
    return Drawing.Label(
      name, at: Point(middle.x, baseline), size: Self.nameSize, isBold: true, anchor: .middle)
  }

  private func lead(from circle: Circle, to box: Box) -> Line {
    let end = Point(
      min(max(circle.center.x, box.left), box.right), min(max(circle.center.y, box.top), box.bottom))
    return Line(start: circle.edge(toward: end), end: end)
  }

  /// How much a name and its line hamper reading: circles that they cover, crossings of lines and names, and circles that are as
  /// near to the name as its own.
  private func disturbance(of index: Int, by box: Box, _ lead: Line?, _ distance: Double) -> Double {
    let crossings = taken.count { lead?.crosses($0) == true } + leads.count { $0.crosses(box) }
    var cost = Self.crossing * Double(crossings)
    for (other, circle) in circles.enumerated() where other != index {
      let gap = circle.gap(to: box)
      if gap < 1 { cost += Self.crossing }
      if lead == nil && gap < distance + 2 { cost += 12 }
      if let lead, circle.isCrossed(by: lead) { cost += circle.name == nil ? 4 : 8 }
    }
    return cost
  }

  // MARK: Numbers

  /// Adds a number inside its circle, or beside one that is smaller than the number.
  private mutating func addNumber(of index: Int, to drawing: inout Drawing) {
    let circle = circles[index]
    let number = "\(circle.number)"
    let width = Typeface.width(of: number, size: Self.numberSize)
    let isInside = width < 2 * circle.radius
    let beside = circle.radius + 2
    let spots =
      isInside
      ? [(-width / 2, 2.7)]
      : [(beside, 2.7), (-beside - width, 2.7), (-width / 2, -beside), (-width / 2, beside + 6)]
    for (x, y) in spots {
      let label = Drawing.Label(
        number, at: Point(circle.center.x + x, circle.center.y + y), size: Self.numberSize)
      guard isFree(label.box) else { continue }
      // Inside, only circles on top of this one can cover the number.
      let others = circles.indices.filter { isInside ? $0 > index : $0 != index }
      guard others.allSatisfy({ circles[$0].gap(to: label.box) >= 0 }) else { continue }
      drawing.add(label)
      taken.append(label.box)
      return
    }
  }
}
