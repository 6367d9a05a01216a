import Engine
import Graphics
import Session
import Zoo

/// The memory of networks over the size of the batch, as it is planned.
package struct MemoryChart: Sendable {
  /// The batches.
  package static let batches = [1, 2, 4, 8, 16, 32, 64]

  private let curves: [(name: String, family: Int, points: [(x: Double, y: Double)])]
  private let families: FamilyLegend
  private let threads: Int
  private let x: Axis
  private let y: Axis

  /// Plans `candidates` for all batches that they allow.
  package init(_ candidates: [Candidate], threads: Int) throws {
    let families = FamilyLegend(candidates.map(\.familyTitle))
    curves = try candidates.map { candidate in
      let network = try Network(NetworkRequest(candidate.name))
      let points = Self.batches.compactMap { batch -> (x: Double, y: Double)? in
        guard let graph = try? network.graph(batch: batch) else { return nil }
        return (Double(batch), Double(Plan(graph).memory.peakBytes(threads: threads)) / 0x1p20)
      }
      return (candidate.name, families.number(of: candidate.familyTitle), points)
    }
    self.families = families
    self.threads = threads
    let points = curves.flatMap(\.points)
    x = Axis("images in a batch", points.map(\.x), isLogarithmic: true, ticks: Self.batches.map(Double.init))
    y = Axis("memory, MiB", points.map(\.y), isLogarithmic: true, margin: 0.03)
  }

  private var heading: String { "Memory over batch size" }
  private static let width = 600.0
  private static let area = Box(left: 74, top: 60, right: 388, bottom: 480)
  private static let nameSize = 10.0

  /// The chart with its legend.
  package var drawing: Drawing {
    let legendTop = Self.area.bottom + 58
    let subtitle = "planned for inference in float32, \(threads) \(threads == 1 ? "thread" : "threads")"
    var drawing = Drawing(
      width: Self.width, height: legendTop + families.height(width: Self.width) + 4,
      title: "\(heading); \(subtitle)")
    let frame = ChartFrame(x: x, y: y, area: Self.area)
    frame.draw(title: heading, subtitle: subtitle, into: &drawing)
    for (index, curve) in curves.enumerated() {
      let dashes = [nil, "6 3", "2 2", "8 3 2 3"][index % 4]
      drawing.add(
        Path(through: curve.points.map { frame.place($0.x, $0.y) }),
        .init(stroke: Palette.color(curve.family), width: curves.count > 20 ? 0.8 : 1.6, dashes: dashes))
    }
    addNames(in: frame, to: &drawing)
    families.draw(top: legendTop, width: Self.width, into: &drawing)
    return drawing
  }

  /// Names behind the ends of their curves, as many as there is room for, each with the number of its family.
  private func addNames(in frame: ChartFrame, to drawing: inout Drawing) {
    let step = 12.0
    let ends = curves.compactMap { curve in
      curve.points.last.map { (curve: curve, at: frame.place($0.x, $0.y)) }
    }.sorted { $0.at.y < $1.at.y }
    let most = Int(frame.area.height / step)
    // Evenly chosen where there are more.
    let shown =
      ends.count <= most ? ends : (0..<most).map { ends[$0 * (ends.count - 1) / max(most - 1, 1)] }
    var rows = shown.map(\.at.y)
    for index in rows.indices.dropFirst() { rows[index] = max(rows[index], rows[index - 1] + step) }
    var limit = frame.area.bottom
    for index in rows.indices.reversed() {
      rows[index] = min(rows[index], limit)
      limit = rows[index] - step
    }
    for (end, row) in zip(shown, rows) {
      let start = Point(end.at.x + 2, end.at.y)
      drawing.add(
        Path(through: [start, Point(frame.area.right + 14, row), Point(frame.area.right + 18, row)]),
        .init(stroke: "#999", width: 0.6))
      let room = Self.width - frame.area.right - 26
      drawing.add(
        .init(
          Typeface.fitted("\(end.curve.family + 1) \(end.curve.name)", to: room, size: Self.nameSize),
          at: Point(frame.area.right + 21, row + 3.5), size: Self.nameSize))
    }
  }

  // MARK: Text

  /// The chart in characters.
  package func text(columns: Int = 64, rows: Int = 18, isColored: Bool = false) -> String {
    var canvas = DotCanvas(columns: columns, rows: rows)
    let (right, bottom) = (Double(canvas.width - 1), Double(canvas.height - 1))
    for curve in curves {
      let path = Path(
        through: curve.points.map { Point(x.place($0.x) * right, bottom - y.place($0.y) * bottom) })
      for point in path.points(every: 1) {
        canvas.set(
          x: Int(point.x.rounded()), y: Int(point.y.rounded()), color: Palette.terminalColor(curve.family))
      }
    }
    return heading + "\n" + canvas.framed(x: x, y: y, isColored: isColored)
  }
}
