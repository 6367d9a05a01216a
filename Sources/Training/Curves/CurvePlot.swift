import Glibc
import Text

/// Curves over epochs or learning rates, as SVG and as text.
package struct CurvePlot: Sendable {
  /// What is on the horizontal axis.
  package enum Axis: Sendable {
    /// Epochs.
    case epochs
    /// Learning rates, on a logarithmic scale.
    case learningRates

    fileprivate var title: String {
      switch self {
      case .epochs: "epoch"
      case .learningRates: "learning rate"
      }
    }

    /// The text for a place on the axis.
    fileprivate func label(_ place: Double) -> String {
      switch self {
      case .epochs: return CurvePlot.label(place)
      case .learningRates:
        let exponent = floor(place)
        let factor = CurvePlot.label((pow(10, place - exponent) * 10).rounded() / 10)
        return factor == "10" ? "1e\(Int(exponent) + 1)" : "\(factor)e\(Int(exponent))"
      }
    }
  }

  /// One curve.
  package struct Curve: Sendable {
    /// Its name in the legend.
    package let name: String
    /// Its points, from left to right.
    package let points: [(epoch: Double, value: Double)]
    /// Whether it is dashed.
    package let isDashed: Bool

    /// A curve from its points.
    package init(_ name: String, _ points: [(epoch: Double, value: Double)], isDashed: Bool = false) {
      self.name = name
      self.points = points
      self.isDashed = isDashed
    }
  }

  /// The title.
  package let title: String
  /// The curves; a dashed one and the solid one next to it share a color.
  package let curves: [Curve]
  private let axis: Axis

  /// A plot from its curves, whose points have epochs, or whatever else `axis` says.
  package init(title: String, curves: [Curve], axis: Axis = .epochs) {
    self.title = title
    self.axis = axis
    let drawn = curves.filter { !$0.points.isEmpty }
    self.curves =
      switch axis {
      case .epochs: drawn
      case .learningRates:
        drawn.map { curve in
          Curve(curve.name, curve.points.map { (log10($0.epoch), $0.value) }, isDashed: curve.isDashed)
        }
      }
  }

  private static let colors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"]

  private var epochs: ClosedRange<Double> { Self.range(curves.flatMap { $0.points.map(\.epoch) }) }
  private var values: ClosedRange<Double> { Self.range(curves.flatMap { $0.points.map(\.value) }) }

  private static func range(_ values: [Double]) -> ClosedRange<Double> {
    guard let low = values.min(), let high = values.max() else { return 0...1 }
    if low < high { return low...high }
    // Half a unit is nothing beside a large number: the range would be empty.
    let margin = max(0.5, abs(low) / 1000)
    return low - margin...high + margin
  }

  // MARK: SVG

  /// A drawing of 720 × 400 as one `g` element, moved down by `top`.
  private func drawing(top: Int) -> String {
    let (left, right, upper, lower) = (64.0, 700.0, 40.0, 350.0)
    let (epochs, values) = (epochs, values)
    func x(_ epoch: Double) -> Double {
      left + (epoch - epochs.lowerBound) / (epochs.upperBound - epochs.lowerBound) * (right - left)
    }
    func y(_ value: Double) -> Double {
      lower - (value - values.lowerBound) / (values.upperBound - values.lowerBound) * (lower - upper)
    }
    var text = "<g transform=\"translate(0 \(top))\">\n"
    text += "<text x=\"64\" y=\"24\" font-size=\"16\" font-weight=\"bold\">\(XML.escaped(title))</text>\n"
    for tick in Self.ticks(values) {
      text += "<path d=\"M\(Self.short(left)) \(Self.short(y(tick)))H\(Self.short(right))\" stroke=\"#ddd\"/>"
      text +=
        "<text x=\"58\" y=\"\(Self.short(y(tick) + 4))\" text-anchor=\"end\">\(Self.label(tick))</text>\n"
    }
    for tick in Self.ticks(epochs) {
      text +=
        "<text x=\"\(Self.short(x(tick)))\" y=\"368\" text-anchor=\"middle\">\(axis.label(tick))</text>\n"
    }
    text += "<text x=\"382\" y=\"388\" text-anchor=\"middle\">\(axis.title)</text>\n"
    let places = curves.map { $0.points.map { (x: x($0.epoch), y: y($0.value)) } }
    let legend = Self.emptiestCorner(places, height: 18 * Double(curves.count) + 10)
    for (index, curve) in curves.enumerated() {
      let color = Self.colors[index / 2 % Self.colors.count]
      let dashes = curve.isDashed ? " stroke-dasharray=\"5 4\"" : ""
      let points = places[index].map { "\(Self.short($0.x)),\(Self.short($0.y))" }
      text += "<polyline fill=\"none\" stroke=\"\(color)\" stroke-width=\"2\"\(dashes) "
      text += "points=\"\(points.joined(separator: " "))\"/>\n"
      if points.count == 1 {
        text += "<circle r=\"3\" fill=\"\(color)\" cx=\"\(Self.short(places[index][0].x))\" "
        text += "cy=\"\(Self.short(places[index][0].y))\"/>\n"
      }
      let row = Int(legend.y) + 10 + 18 * index
      text += "<path d=\"M\(Int(legend.x)) \(row)h24\" stroke=\"\(color)\" stroke-width=\"2\"\(dashes)/>"
      text += "<text x=\"\(Int(legend.x) + 30)\" y=\"\(row + 4)\">\(XML.escaped(curve.name))</text>\n"
    }
    return text + "</g>\n"
  }

  /// The corner for the legend: the one of four that the curves cross least.
  private static func emptiestCorner(
    _ curves: [[(x: Double, y: Double)]], height: Double
  ) -> (x: Double, y: Double) {
    let width = 180.0
    let corners = [(520.0, 40.0), (520.0, 350 - height), (80.0, 40.0), (80.0, 350 - height)]
    // Points along the curves, dense enough that no curve slips through a corner.
    let points = curves.flatMap { curve in
      zip(curve, curve.dropFirst() + curve.suffix(1)).flatMap { from, to in
        (0..<20).map { step in
          let share = Double(step) / 20
          return (x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share)
        }
      }
    }
    let crossings = corners.map { corner in
      points.count {
        (corner.0 - 10...corner.0 + width).contains($0.x) && (corner.1...corner.1 + height).contains($0.y)
      }
    }
    let least = crossings.indices.min { crossings[$0] < crossings[$1] } ?? 0
    return corners[least]
  }

  /// Several plots, one below the other, as an SVG file.
  package static func svg(_ plots: [CurvePlot]) -> String {
    let height = 400 * max(plots.count, 1)
    var text = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 720 \(height)\" width=\"720\" "
    text += "height=\"\(height)\" font-family=\"sans-serif\" font-size=\"12\">\n"
    text += "<rect width=\"720\" height=\"\(height)\" fill=\"white\"/>\n"
    for (index, plot) in plots.enumerated() { text += plot.drawing(top: 400 * index) }
    return text + "</svg>\n"
  }

  /// About five round numbers inside a range.
  static func ticks(_ range: ClosedRange<Double>) -> [Double] {
    let width = range.upperBound - range.lowerBound
    let power = pow(10, floor(log10(width / 5)))
    let step = power * ([1, 2, 5, 10].first { width / ($0 * power) <= 6 } ?? 10)
    let first = (range.lowerBound / step).rounded(.up)
    let last = (range.upperBound / step).rounded(.down)
    guard first <= last, last - first < 100 else { return [] }
    return (0...Int(last - first)).map { (first + Double($0)) * step }
  }

  fileprivate static func label(_ value: Double) -> String {
    let rounded = (value * 1e6).rounded() / 1e6
    return rounded == rounded.rounded() && abs(rounded) < 1e15 ? "\(Int(rounded))" : "\(rounded)"
  }

  private static func short(_ value: Double) -> String { label((value * 10).rounded() / 10) }

  // MARK: Text

  /// A drawing in characters: Braille dots, two by four per character.
  package func text(columns: Int = 64, rows: Int = 12) -> String {
    let (epochs, values) = (epochs, values)
    var dots = [UInt32](repeating: 0, count: columns * rows)
    func set(_ x: Int, _ y: Int) {
      let bits: [UInt32] = [0x01, 0x02, 0x04, 0x40, 0x08, 0x10, 0x20, 0x80]
      dots[y / 4 * columns + x / 2] |= bits[x % 2 * 4 + y % 4]
    }
    let (right, bottom) = (Double(2 * columns - 1), Double(4 * rows - 1))
    for curve in curves {
      let places = curve.points.map { point in
        (
          x: (point.epoch - epochs.lowerBound) / (epochs.upperBound - epochs.lowerBound) * right,
          y: bottom - (point.value - values.lowerBound) / (values.upperBound - values.lowerBound) * bottom
        )
      }
      for (from, to) in zip(places, places.dropFirst() + places.suffix(1)) {
        let steps = max(1, Int(max(abs(to.x - from.x), abs(to.y - from.y))))
        for step in 0...steps where !curve.isDashed || step % 4 < 2 {
          let share = Double(step) / Double(steps)
          set(
            Int((from.x + (to.x - from.x) * share).rounded()),
            Int((from.y + (to.y - from.y) * share).rounded()))
        }
      }
    }
    let high = Self.label((values.upperBound * 1e4).rounded() / 1e4)
    let low = Self.label((values.lowerBound * 1e4).rounded() / 1e4)
    let margin = max(high.count, low.count)
    var result = title + "\n"
    for row in 0..<rows {
      let label = row == 0 ? high : row == rows - 1 ? low : ""
      result += String(repeating: " ", count: margin - label.count) + label + " ┤"
      for column in 0..<columns {
        result.unicodeScalars.append(Unicode.Scalar(0x2800 + dots[row * columns + column]) ?? " ")
      }
      result += "\n"
    }
    let ends = (axis.label(epochs.lowerBound), axis.label(epochs.upperBound))
    result += String(repeating: " ", count: margin + 2) + ends.0
    result +=
      String(repeating: " ", count: max(1, columns - ends.0.count - ends.1.count)) + ends.1
      + " \(axis.title)s\n"
    for curve in curves {
      let best = curve.points.last.map { Self.label(($0.value * 1e4).rounded() / 1e4) } ?? ""
      result += "  " + (curve.isDashed ? "- - " : "─── ") + "\(curve.name): \(best)\n"
    }
    return result
  }
}
