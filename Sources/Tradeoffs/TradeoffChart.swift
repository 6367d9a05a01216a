import Glibc
import Graphics
import Zoo

/// A chart of networks in the manner of Canziani, Paszke and Culurciello, "An analysis of deep neural network models for
/// practical applications", arXiv:1605.07678: a circle for each, as large as its parameters.
package struct TradeoffChart: Sendable {
  /// What is drawn over what.
  package enum Kind: String, CaseIterable, Sendable {
    /// Accuracy over multiply-accumulates.
    case accuracyMACs = "accuracy-macs"
    /// Accuracy over measured time.
    case accuracyTime = "accuracy-time"
    /// Accuracy for each million parameters, over parameters.
    case accuracyPerParameter = "accuracy-per-parameter"
    /// Memory over multiply-accumulates.
    case memoryMACs = "memory-macs"
    /// Measured time over multiply-accumulates.
    case timeMACs = "time-macs"
  }

  /// What the times were measured under, as the chart says it: `batch of 1, 2 threads`.
  let conditions: String
  private let kind: Kind
  private let points: [NetworkPoint]
  private let families: FamilyLegend
  private let x: Axis
  private let y: Axis
  /// Names of networks that no other surpasses in both directions.
  private let frontier: Set<String>

  /// A network in the chart.
  private struct NetworkPoint {
    let name: String
    let family: Int
    let parameters: Double
    let x: Double
    let y: Double
  }

  /// A chart of those networks for which both numbers are known.
  package init(_ kind: Kind, _ candidates: [Candidate], conditions: String) {
    self.kind = kind
    self.conditions = conditions
    let known = candidates.compactMap { candidate in kind.numbers(candidate).map { (candidate, $0) } }
    let families = FamilyLegend(known.map(\.0.familyTitle))
    let points = known.map { candidate, numbers in
      NetworkPoint(
        name: candidate.name, family: families.number(of: candidate.familyTitle),
        parameters: Double(candidate.parameters), x: numbers.x, y: numbers.y)
    }
    self.families = families
    // Large circles first, so that small ones lie on top.
    self.points = points.sorted { ($1.parameters, $0.name) < ($0.parameters, $1.name) }
    let (titles, scales) = (kind.titles, kind.isLogarithmic)
    x = Axis(titles.x, points.map(\.x), isLogarithmic: scales.x, margin: 0.07)
    y = Axis(titles.y, points.map(\.y), isLogarithmic: scales.y, margin: 0.07)
    let upward = kind.isBetterUpward
    frontier = Set(
      points.filter { point in
        !points.contains { other in
          let isAsGood = other.x <= point.x && (upward ? other.y >= point.y : other.y <= point.y)
          return isAsGood && (other.x < point.x || other.y != point.y)
        }
      }.map(\.name))
  }

  private var subtitle: String {
    kind.isMeasured
      ? "measured: \(conditions)" : kind == .memoryMACs ? "planned: \(conditions)" : "published figures"
  }

  // MARK: Drawing

  private static let width = 560.0
  private static let area = Box(left: 74, top: 60, right: 546, bottom: 430)
  private static let nameSize = 10.5
  private static let numberSize = 8.0
  /// Radius of the largest circle.
  private static let largestRadius = 22.0

  /// The chart with its legend.
  package var drawing: Drawing {
    let legendTop = Self.area.bottom + 58
    let sizes = sampleSizes
    let sizesTop = legendTop + families.height(width: Self.width)
    let height = sizesTop + (sizes.isEmpty ? 0 : 2 * radius(sizes[sizes.count - 1]) + 14) + 8
    var drawing = Drawing(width: Self.width, height: height, title: "\(kind.heading); \(subtitle)")
    let frame = ChartFrame(x: x, y: y, area: Self.area)
    frame.draw(title: kind.heading, subtitle: subtitle, into: &drawing)
    let circles = points.map { (point: $0, place: frame.place($0.x, $0.y), radius: radius($0.parameters)) }
    for (point, place, radius) in circles {
      let isFirst = frontier.contains(point.name)
      drawing.add(
        circle: place, radius: radius,
        .init(
          fill: Palette.color(point.family), opacity: 0.4, stroke: isFirst ? "#000" : "#555",
          width: isFirst ? 1.4 : 0.6), name: point.name)
    }
    addLabels(circles, to: &drawing)
    families.draw(top: legendTop, width: Self.width, into: &drawing)
    addSizes(sizes, top: sizesTop + 6, to: &drawing)
    return drawing
  }

  /// The area of a circle is proportional to the parameters.
  private func radius(_ parameters: Double) -> Double {
    let largest = points.map(\.parameters).max() ?? 1
    return max(Self.largestRadius * (parameters / largest).squareRoot(), 2)
  }

  /// Names of the networks that nothing surpasses, and the number of its family in or beside every other circle, where there is
  /// room: no label covers another one.
  private func addLabels(
    _ circles: [(point: NetworkPoint, place: Point, radius: Double)], to drawing: inout Drawing
  ) {
    let limits = Self.area.widened(by: -2)
    var taken: [Box] = []
    func isFree(_ box: Box) -> Bool { limits.contains(box) && !taken.contains { $0.overlaps(box) } }
    for (point, place, radius) in circles where frontier.contains(point.name) {
      let size = Drawing.Label(point.name, at: place, size: Self.nameSize, isBold: true).box
      // The nearest spot that covers the fewest circles, and from which a line leads to the circle beside all names.
      var best: (label: Drawing.Label, lead: Path?, cost: Double)?
      for distance in [3, 12, 24, 40, 60, 85, 110, 140] as [Double] {
        for step in 0..<16 {
          let angle = Double(step) * .pi / 8
          let (dx, dy) = (cos(angle), sin(angle))
          let middle = Point(
            place.x + dx * (radius + distance + size.width / 2),
            place.y + dy * (radius + distance + size.height / 2))
          let label = Drawing.Label(
            point.name, at: Point(middle.x, middle.y + 4), size: Self.nameSize, isBold: true, anchor: .middle)
          let box = label.box
          guard isFree(box) else { continue }
          let end = Point(min(max(place.x, box.left), box.right), min(max(place.y, box.top), box.bottom))
          let lead = distance > 3 ? Path(through: [place, end]) : nil
          let way = lead?.points(every: 3) ?? []
          let covered = circles.count { other in
            other.point.name != point.name
              && Box(around: other.place, width: 2 * other.radius, height: 2 * other.radius).overlaps(box)
          }
          let crossed = taken.count { name in way.contains(where: name.contains) }
          // Away from the others, which are to the right and on the worse side.
          let inward = dx + (kind.isBetterUpward ? dy : -dy)
          let cost = distance / 8 + 2 * inward + 10 * Double(covered) + 30 * Double(crossed)
          if cost < best?.cost ?? .infinity { best = (label, lead, cost) }
        }
      }
      guard let best else { continue }
      if let lead = best.lead { drawing.add(lead, .init(stroke: "#555", width: 0.6)) }
      drawing.add(best.label)
      taken.append(best.label.box)
    }
    for (point, place, radius) in circles.reversed() {
      let number = "\(point.family + 1)"
      let width = Typeface.width(of: number, size: Self.numberSize)
      let beside = radius + 2
      let spots =
        width < 2 * radius
        ? [(-width / 2, 2.7)]
        : [(beside, 2.7), (-beside - width, 2.7), (-width / 2, -beside), (-width / 2, beside + 6)]
      for spot in spots {
        let label = Drawing.Label(
          number, at: Point(place.x + spot.0, place.y + spot.1), size: Self.numberSize)
        guard isFree(label.box) else { continue }
        drawing.add(label)
        taken.append(label.box)
        break
      }
    }
  }

  private var sampleSizes: [Double] {
    let largest = points.map(\.parameters).max() ?? 0
    return [1e6, 5e6, 25e6, 100e6, 400e6].filter { $0 <= largest && radius($0) > 2 }
  }

  private func addSizes(_ sizes: [Double], top: Double, to drawing: inout Drawing) {
    guard let largest = sizes.last.map(radius) else { return }
    let middle = top + largest
    var x = Self.area.left
    for size in sizes {
      let radius = radius(size)
      drawing.add(circle: Point(x + radius, middle), radius: radius, .init(stroke: "#555"))
      let text = Axis.short(size) + (size == sizes.last ? " parameters" : "")
      let label = Drawing.Label(text, at: Point(x + 2 * radius + 5, middle + 4))
      drawing.add(label)
      x = label.box.right + 20
    }
  }

  // MARK: Text

  /// The chart in characters: dots for networks, letters for those that nothing surpasses.
  package func text(columns: Int = 64, rows: Int = 18, isColored: Bool = false) -> String {
    var canvas = DotCanvas(columns: columns, rows: rows)
    func cell(_ point: NetworkPoint) -> (x: Int, y: Int) {
      (
        Int((x.place(point.x) * Double(canvas.width - 1)).rounded()),
        canvas.height - 1 - Int((y.place(point.y) * Double(canvas.height - 1)).rounded())
      )
    }
    for point in points {
      let cell = cell(point)
      canvas.set(x: cell.x, y: cell.y, color: Palette.terminalColor(point.family))
    }
    var names: [String] = []
    let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    for point in points.sorted(by: { ($0.x, $0.y) < ($1.x, $1.y) }) where frontier.contains(point.name) {
      let cell = cell(point)
      guard names.count < letters.count, canvas.mark(x: cell.x, y: cell.y, letters[names.count]) else {
        continue
      }
      names.append("\(letters[names.count]) \(point.name)")
    }
    return kind.heading + "\n" + canvas.framed(x: x, y: y, isColored: isColored)
      + TextColumns.text(names, width: columns + 8)
  }
}

extension TradeoffChart.Kind {
  /// Title of the chart.
  var heading: String {
    switch self {
    case .accuracyMACs: "Accuracy over operations"
    case .accuracyTime: "Accuracy over time"
    case .accuracyPerParameter: "Accuracy per parameter"
    case .memoryMACs: "Memory over operations"
    case .timeMACs: "Time over operations"
    }
  }

  fileprivate var titles: (x: String, y: String) {
    let (accuracy, macs) = ("ImageNet top-1 accuracy, %", "multiply-accumulates of an image")
    return switch self {
    case .accuracyMACs: (macs, accuracy)
    case .accuracyTime: ("time of a batch, ms", accuracy)
    case .accuracyPerParameter: ("parameters", "top-1 % per million parameters")
    case .memoryMACs: (macs, "memory, MiB")
    case .timeMACs: (macs, "time of a batch, ms")
    }
  }

  fileprivate var isLogarithmic: (x: Bool, y: Bool) {
    switch self {
    case .accuracyMACs, .accuracyTime: (true, false)
    case .accuracyPerParameter, .memoryMACs, .timeMACs: (true, true)
    }
  }

  /// Whether times are drawn.
  package var isMeasured: Bool { self == .accuracyTime || self == .timeMACs }

  fileprivate var isBetterUpward: Bool {
    switch self {
    case .accuracyMACs, .accuracyTime, .accuracyPerParameter: true
    case .memoryMACs, .timeMACs: false
    }
  }

  /// Both numbers of a network; `nil` where one is not known.
  fileprivate func numbers(_ candidate: Candidate) -> (x: Double, y: Double)? {
    let macs = Double(candidate.macs)
    switch self {
    case .accuracyMACs: return candidate.accuracy.map { (macs, $0.percent) }
    case .accuracyTime:
      guard let accuracy = candidate.accuracy, let time = candidate.milliseconds else { return nil }
      return (time, accuracy.percent)
    case .accuracyPerParameter:
      return candidate.accuracyPerMegaparameter.map { (Double(candidate.parameters), $0) }
    case .memoryMACs: return (macs, Double(candidate.memoryBytes) / 0x1p20)
    case .timeMACs: return candidate.milliseconds.map { (macs, $0) }
    }
  }
}
