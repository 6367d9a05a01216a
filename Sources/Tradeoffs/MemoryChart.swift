import Graphics

/// The memory of networks over the size of the batch, as it is planned.
package struct MemoryChart: NetworkChart {
  /// A network's curve.
  private struct Curve {
    let name: String
    let family: String
    /// Images in a batch, and MiB.
    let points: [(x: Double, y: Double)]
  }

  /// The batches.
  package static let batches = [1, 2, 4, 8, 16, 32, 64]

  private let curves: [Curve]
  private let threads: Int
  private let x: Axis
  private let y: Axis

  /// A chart of `candidates`, whose memory for ``batches`` is known.
  package init(_ candidates: [Candidate], threads: Int) {
    curves = candidates.map { candidate in
      let points = Self.batches.compactMap { batch in
        candidate.memoryBytesOfBatches[batch].map { (Double(batch), Double($0) / 0x1p20) }
      }
      return Curve(name: candidate.name, family: candidate.family, points: points)
    }
    self.threads = threads
    let points = curves.flatMap(\.points)
    x = Axis("images in a batch", points.map(\.x), isLogarithmic: true, ticks: Self.batches.map(Double.init))
    y = Axis("memory, MiB", points.map(\.y), isLogarithmic: true, margin: 0.03)
  }

  private var heading: String { "Memory over batch size" }

  // MARK: Drawing

  private static let width = 600.0
  private static let area = Box(left: 74, top: 60, right: 388, bottom: 480)
  private static let nameSize = 10.0
  /// Distance of names from one another.
  private static let nameStep = 12.5
  /// Most curves whose names are moved away from their ends, rather than left out, where they are too close.
  private static let mostMovedNames = 20

  /// The curves, each with its name behind its end; without names and in gray where there is no room.
  package var drawing: Drawing {
    let frame = ChartFrame(x: x, y: y, area: Self.area)
    let (named, others) = divided(in: frame)
    let subtitle =
      "planned for inference in float32, \(threads) \(threads == 1 ? "thread" : "threads")"
      + (others.isEmpty ? "" : "; gray: \(others.count) more networks")
    var drawing = Drawing(
      width: Self.width, height: Self.area.bottom + 54, title: "\(heading); \(subtitle)")
    frame.draw(title: heading, subtitle: subtitle, into: &drawing)
    func path(_ curve: Curve) -> Path { Path(through: curve.points.map { frame.place($0.x, $0.y) }) }
    for curve in others { drawing.add(path(curve), .init(stroke: "#bbb", width: 0.6)) }
    for (index, curve) in named.enumerated() {
      drawing.add(path(curve), .init(stroke: Palette.color(index), width: 1.6, dashes: Self.dashes(index)))
    }
    addNames(of: named, in: frame, to: &drawing)
    return drawing
  }

  /// Dashes that differ between neighbors, and between curves of one color.
  private static func dashes(_ index: Int) -> String? {
    [nil, "6 3", "2 2", "8 3 2 3"][(index + index / Palette.colors.count) % 4]
  }

  private static func end(of curve: Curve, in frame: ChartFrame) -> Point {
    curve.points.last.map { frame.place($0.x, $0.y) } ?? frame.area.center
  }

  /// The curves that get names, from top to bottom, and the others.
  ///
  /// Where there are many, the first network of each family comes before its others.
  private func divided(in frame: ChartFrame) -> (named: [Curve], others: [Curve]) {
    var named: [Curve] = []
    var others: [Curve] = []
    var families: Set<String> = []
    let isFirst = curves.map { families.insert($0.family).inserted }
    let ordered = zip(curves, isFirst).filter(\.1).map(\.0) + zip(curves, isFirst).filter { !$1 }.map(\.0)
    for curve in ordered {
      let at = Self.end(of: curve, in: frame).y
      let isFree = !named.contains { abs(Self.end(of: $0, in: frame).y - at) < Self.nameStep }
      if isFree || curves.count <= Self.mostMovedNames { named.append(curve) } else { others.append(curve) }
    }
    return (named.sorted { Self.end(of: $0, in: frame).y < Self.end(of: $1, in: frame).y }, others)
  }

  /// Names behind the ends of their curves.
  private func addNames(of named: [Curve], in frame: ChartFrame, to drawing: inout Drawing) {
    let ends = named.map { Self.end(of: $0, in: frame) }
    var rows = ends.map(\.y)
    for index in rows.indices.dropFirst() { rows[index] = max(rows[index], rows[index - 1] + Self.nameStep) }
    var limit = frame.area.bottom
    for index in rows.indices.reversed() {
      rows[index] = min(rows[index], limit)
      limit = rows[index] - Self.nameStep
    }
    for (index, curve) in named.enumerated() {
      let (start, row) = (Point(ends[index].x + 2, ends[index].y), rows[index])
      drawing.add(
        Path(through: [start, Point(frame.area.right + 18, row), Point(frame.area.right + 22, row)]),
        .init(stroke: Palette.color(index), width: 0.8))
      let room = Self.width - frame.area.right - 34
      drawing.add(
        .init(
          Typeface.fitted(curve.name, to: room, size: Self.nameSize),
          at: Point(frame.area.right + 26, row + 3.5), size: Self.nameSize))
    }
  }

  // MARK: Text

  /// The chart in characters.
  package func text(columns: Int, isColored: Bool) -> String {
    var canvas = DotCanvas(columns: columns, rows: 18)
    let (right, bottom) = (Double(canvas.width - 1), Double(canvas.height - 1))
    for (index, curve) in curves.enumerated() {
      let path = Path(
        through: curve.points.map { Point(x.place($0.x) * right, bottom - y.place($0.y) * bottom) })
      for point in path.points(every: 1) {
        canvas.set(
          x: Int(point.x.rounded()), y: Int(point.y.rounded()), color: Palette.terminalColor(index))
      }
    }
    return heading + "\n" + canvas.framed(x: x, y: y, isColored: isColored)
  }
}
