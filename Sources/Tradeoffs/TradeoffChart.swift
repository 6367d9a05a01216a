import Graphics
import Zoo

/// A chart of networks in the manner of Canziani, Paszke and Culurciello, "An analysis of deep neural network models for
/// practical applications", arXiv:1605.07678: a circle for each, as large as its parameters.
package struct TradeoffChart: NetworkChart {
  /// What is drawn over what.
  package enum Kind: String, CaseIterable, Sendable {
    /// Accuracy over multiply-accumulates.
    case accuracyMACs = "accuracy-macs"
    /// Accuracy over measured time.
    case accuracyTime = "accuracy-time"
    /// Accuracy over accuracy for each million parameters.
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
  /// Names of networks that no other one surpasses: at least as good in both directions, and better in one.
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
    let corner = kind.bestCorner
    frontier = Set(
      points.filter { point in
        !points.contains { other in
          let isAsGood = (other.x - point.x) * corner.x >= 0 && (point.y - other.y) * corner.y >= 0
          return isAsGood && (other.x != point.x || other.y != point.y)
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
    var labels = CircleLabels(
      circles.map { point, place, radius in
        .init(
          center: place, radius: radius, name: frontier.contains(point.name) ? point.name : nil,
          number: point.family + 1)
      }, in: Self.area, toward: kind.bestCorner)
    labels.draw(into: &drawing)
    families.draw(top: legendTop, width: Self.width, into: &drawing)
    addSizes(sizes, top: sizesTop + 6, to: &drawing)
    return drawing
  }

  /// The area of a circle is proportional to the parameters.
  private func radius(_ parameters: Double) -> Double {
    let largest = points.map(\.parameters).max() ?? 1
    return max(Self.largestRadius * (parameters / largest).squareRoot(), 2)
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
  package func text(columns: Int, isColored: Bool) -> String {
    var canvas = DotCanvas(columns: columns, rows: 18)
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
    case .accuracyPerParameter: ("top-1 % per million parameters", accuracy)
    case .memoryMACs: (macs, "memory, MiB")
    case .timeMACs: (macs, "time of a batch, ms")
    }
  }

  fileprivate var isLogarithmic: (x: Bool, y: Bool) {
    switch self {
    case .accuracyMACs, .accuracyTime, .accuracyPerParameter: (true, false)
    case .memoryMACs, .timeMACs: (true, true)
    }
  }

  /// Whether times are drawn.
  package var isMeasured: Bool { self == .accuracyTime || self == .timeMACs }

  /// Where the best networks are: 1 for right and down, -1 for left and up.
  ///
  /// More operations in the same time or memory are better.
  fileprivate var bestCorner: (x: Double, y: Double) {
    switch self {
    case .accuracyMACs, .accuracyTime: (-1, -1)
    case .accuracyPerParameter: (1, -1)
    case .memoryMACs, .timeMACs: (1, 1)
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
      guard let accuracy = candidate.accuracy, let density = candidate.accuracyPerMegaparameter else {
        return nil
      }
      return (density, accuracy.percent)
    case .memoryMACs: return (macs, Double(candidate.memoryBytes) / 0x1p20)
    case .timeMACs: return candidate.milliseconds.map { (macs, $0) }
    }
  }
}
