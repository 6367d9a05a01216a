import Text
import Zoo

/// A chart of networks in the manner of Canziani, Paszke and Culurciello, "An analysis of deep neural network models for
/// practical applications", arXiv:1605.07678.
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
  private let points: [Point]
  private let x: ChartAxis
  private let y: ChartAxis
  /// Names of networks that no other surpasses in both directions.
  private let frontier: Set<String>

  /// A network in the chart.
  private struct Point {
    let name: String
    let group: Int
    let parameters: Double
    let x: Double
    let y: Double
  }

  /// Titles of families, in the order of their colors.
  private let groups: [String]

  /// A chart of those networks for which both numbers are known.
  package init(_ kind: Kind, _ candidates: [Candidate], conditions: String) {
    self.kind = kind
    self.conditions = conditions
    var groups: [String] = []
    var points: [Point] = []
    for candidate in candidates {
      guard let (x, y) = kind.numbers(candidate) else { continue }
      let group = groups.firstIndex(of: candidate.familyTitle) ?? groups.count
      if group == groups.count { groups.append(candidate.familyTitle) }
      points.append(
        Point(name: candidate.name, group: group, parameters: Double(candidate.parameters), x: x, y: y))
    }
    // Large circles first, so that small ones lie on top.
    self.points = points.sorted { ($1.parameters, $0.name) < ($0.parameters, $1.name) }
    self.groups = groups
    let (titles, scales) = (kind.titles, kind.isLogarithmic)
    x = ChartAxis(titles.x, points.map(\.x), isLogarithmic: scales.x)
    y = ChartAxis(titles.y, points.map(\.y), isLogarithmic: scales.y)
    let upward = kind.isBetterUpward
    frontier = Set(
      points.filter { point in
        !points.contains { other in
          let isAsGood = other.x <= point.x && (upward ? other.y >= point.y : other.y <= point.y)
          return isAsGood && (other.x < point.x || other.y != point.y)
        }
      }.map(\.name))
  }

  // The drawing, in pixels.
  private static let (width, height) = (860.0, 560.0)
  private static let (left, right, upper, lower) = (74.0, 660.0, 56.0, 496.0)
  private static let fontSize = 11.0
  /// Okabe and Ito's colors, which people who see few colors tell apart, and which differ in gray.
  private static let colors = [
    "#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7", "#f0e442", "#666666",
  ]
  private static let dashes = ["", "3 2", "1 2"]

  /// The chart as an SVG file.
  package var svg: String {
    let (width, height) = (Int(Self.width), Int(Self.height))
    var text =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(width) \(height)\" width=\"\(width)\" "
    text +=
      "height=\"\(height)\" font-family=\"Helvetica, Arial, sans-serif\" font-size=\"\(Int(Self.fontSize))\">\n"
    text += "<rect width=\"\(width)\" height=\"\(height)\" fill=\"white\"/>\n"
    text +=
      "<text x=\"\(Int(Self.left))\" y=\"24\" font-size=\"15\" font-weight=\"bold\">\(kind.heading)</text>\n"
    text += "<text x=\"\(Int(Self.left))\" y=\"42\" fill=\"#444\">\(XML.escaped(subtitle))</text>\n"
    return text + frame + circles + legend + "</svg>\n"
  }

  private var subtitle: String {
    kind.isMeasured
      ? "measured: \(conditions)" : kind == .memoryMACs ? "planned: \(conditions)" : "published figures"
  }

  private func place(_ point: Point) -> (x: Double, y: Double) {
    (
      Self.left + x.place(point.x) * (Self.right - Self.left),
      Self.lower - y.place(point.y) * (Self.lower - Self.upper)
    )
  }

  /// The area of a circle is proportional to the parameters; the largest has a radius of 26.
  private func radius(_ parameters: Double) -> Double {
    let largest = points.map(\.parameters).max() ?? 1
    return max(26 * (parameters / largest).squareRoot(), 2)
  }

  private var frame: String {
    var text = ""
    for tick in x.ticks {
      let at = Self.short(Self.left + x.place(tick) * (Self.right - Self.left))
      text += "<path d=\"M\(at) \(Int(Self.upper))V\(Int(Self.lower))\" stroke=\"#e4e4e4\"/>"
      text +=
        "<text x=\"\(at)\" y=\"\(Int(Self.lower) + 17)\" text-anchor=\"middle\">\(ChartAxis.label(tick))</text>\n"
    }
    for tick in y.ticks {
      let at = Self.lower - y.place(tick) * (Self.lower - Self.upper)
      text += "<path d=\"M\(Int(Self.left)) \(Self.short(at))H\(Int(Self.right))\" stroke=\"#e4e4e4\"/>"
      text +=
        "<text x=\"\(Int(Self.left) - 7)\" y=\"\(Self.short(at + 4))\" text-anchor=\"end\">\(ChartAxis.label(tick))</text>\n"
    }
    text +=
      "<path d=\"M\(Int(Self.left)) \(Int(Self.upper))V\(Int(Self.lower))H\(Int(Self.right))\" fill=\"none\" stroke=\"black\"/>\n"
    let middle = Self.short((Self.left + Self.right) / 2)
    text +=
      "<text x=\"\(middle)\" y=\"\(Int(Self.lower) + 38)\" font-size=\"13\" text-anchor=\"middle\">\(x.title)</text>\n"
    let center = Self.short((Self.upper + Self.lower) / 2)
    text +=
      "<text transform=\"translate(20 \(center)) rotate(-90)\" font-size=\"13\" text-anchor=\"middle\">\(y.title)</text>\n"
    return text
  }

  private var circles: String {
    var text = ""
    for point in points {
      let (at, color) = (place(point), Self.colors[point.group % Self.colors.count])
      let dashes = Self.dashes[point.group / Self.colors.count % Self.dashes.count]
      text +=
        "<circle cx=\"\(Self.short(at.x))\" cy=\"\(Self.short(at.y))\" r=\"\(Self.short(radius(point.parameters)))\" "
      text +=
        "fill=\"\(color)\" fill-opacity=\"0.45\" stroke=\"\(frontier.contains(point.name) ? "black" : "#555")\" "
      text += "stroke-width=\"\(frontier.contains(point.name) ? "1.4" : "0.6")\""
      text +=
        (dashes.isEmpty ? "" : " stroke-dasharray=\"\(dashes)\"")
        + "><title>\(XML.escaped(point.name))</title></circle>\n"
    }
    return text + labels
  }

  /// A label with the room that it takes.
  private struct Box {
    let (left, upper, right, lower): (Double, Double, Double, Double)

    func overlaps(_ other: Box) -> Bool {
      left < other.right && other.left < right && upper < other.lower && other.upper < lower
    }
  }

  /// Names beside their circles, where there is room: first those that nothing surpasses, then the others.
  ///
  /// A name covers no other one and no circle but its own. The first ones may stand farther away, at the end of a line.
  private var labels: String {
    let circles = points.map { point in
      let (at, radius) = (place(point), radius(point.parameters) * 0.85)
      return (
        name: point.name,
        box: Box(left: at.x - radius, upper: at.y - radius, right: at.x + radius, lower: at.y + radius)
      )
    }
    var taken: [Box] = []
    var text = ""
    let order = points.filter { frontier.contains($0.name) } + points.filter { !frontier.contains($0.name) }
    for point in order {
      let (at, radius) = (place(point), radius(point.parameters))
      let isFirst = frontier.contains(point.name)
      let wide = XML.width(of: point.name, fontSize: Self.fontSize) * (isFirst ? 1.12 : 1)
      func isFree(_ box: Box) -> Bool {
        box.left > Self.left + 2 && box.right < Self.right + 16 && box.upper > Self.upper - 10
          && box.lower < Self.lower - 2
          && !taken.contains(where: box.overlaps)
          && !circles.contains { $0.name != point.name && box.overlaps($0.box) }
      }
      for away in isFirst ? [2, 12, 24, 40, 60, 84] : [2] as [Double] {
        let distance = radius + away
        let diagonal = distance * 0.75
        let spots = [
          (distance, 4), (-distance - wide, 4), (-wide / 2, -distance - 2), (-wide / 2, distance + 9),
          (diagonal, -diagonal), (-diagonal - wide, -diagonal), (diagonal, diagonal + 8),
          (-diagonal - wide, diagonal + 8),
        ].map { (left: at.x + $0.0, baseline: at.y + $0.1) }
        func box(_ spot: (left: Double, baseline: Double)) -> Box {
          Box(left: spot.left, upper: spot.baseline - 9, right: spot.left + wide, lower: spot.baseline + 3)
        }
        guard let spot = spots.first(where: { isFree(box($0)) }) else { continue }
        let room = box(spot)
        taken.append(room)
        if away > 2 {
          let end = (x: min(max(at.x, room.left), room.right), y: min(max(at.y, room.upper), room.lower))
          text +=
            "<path d=\"M\(Self.short(at.x)) \(Self.short(at.y))L\(Self.short(end.x)) \(Self.short(end.y))\" stroke=\"#555\" stroke-width=\"0.6\"/>"
        }
        text += "<text x=\"\(Self.short(spot.left))\" y=\"\(Self.short(spot.baseline))\""
        text +=
          (isFirst ? " font-weight=\"bold\"" : " fill=\"#333\"") + ">\(XML.escaped(point.name))</text>\n"
        break
      }
    }
    return text
  }

  /// Families with their colors, and the sizes of circles.
  private var legend: String {
    var text = ""
    var row = Self.upper + 4
    // Bold names take more room than plain ones, so the legend has its own column.
    let left = Self.right + 30
    for (index, group) in groups.prefix(Self.mostGroups).enumerated() {
      let color = Self.colors[index % Self.colors.count]
      let dashes = Self.dashes[index / Self.colors.count % Self.dashes.count]
      text +=
        "<circle cx=\"\(Self.short(left))\" cy=\"\(Self.short(row - 4))\" r=\"5\" fill=\"\(color)\" fill-opacity=\"0.45\" "
      text +=
        "stroke=\"#555\" stroke-width=\"0.8\"" + (dashes.isEmpty ? "" : " stroke-dasharray=\"\(dashes)\"")
        + "/>"
      text += "<text x=\"\(Self.short(left + 12))\" y=\"\(Self.short(row))\">\(XML.escaped(group))</text>\n"
      row += Self.legendStep
    }
    if groups.count > Self.mostGroups {
      text +=
        "<text x=\"\(Self.short(left + 12))\" y=\"\(Self.short(row))\">and \(groups.count - Self.mostGroups) more</text>\n"
      row += Self.legendStep
    }
    row += 6
    let largest = points.map(\.parameters).max() ?? 0
    for size in [1e6, 5e6, 25e6, 100e6, 400e6] where size <= largest {
      let radius = radius(size)
      row += max(radius, 7)
      text +=
        "<circle cx=\"\(Self.short(left + 14))\" cy=\"\(Self.short(row))\" r=\"\(Self.short(radius))\" fill=\"none\" stroke=\"#555\"/>"
      text +=
        "<text x=\"\(Self.short(left + 46))\" y=\"\(Self.short(row + 4))\">\(ChartAxis.label(size)) parameters</text>\n"
      row += max(radius, 7) + 2
    }
    return text
  }

  private static let mostGroups = 24
  private static let legendStep = 12.5

  private static func short(_ value: Double) -> String {
    let rounded = (value * 10).rounded() / 10
    return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
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
