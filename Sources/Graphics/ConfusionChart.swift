import Glibc
import Text

/// A confusion matrix: rows are true classes, columns predicted ones.
package struct ConfusionChart: Sendable {
  private let title: String
  private let names: [String]
  /// `[true class, predicted class]`.
  private let counts: [Int]

  /// A chart of counts, `[classes, classes]`; classes without a name are numbered.
  package init(title: String, counts: [Int], names: [String]) {
    self.title = title
    self.counts = counts
    let classes = Int(Double(counts.count).squareRoot().rounded())
    self.names = (0..<classes).map { $0 < names.count ? names[$0] : "\($0)" }
  }

  private static let nameSize = 11.0
  private static let legendWidth = 84.0

  private var classes: Int { names.count }
  private var cell: Double {
    switch classes {
    case ...12: 42
    case ...40: max(18, (620 / Double(classes)).rounded())
    default: max(2, (720 / Double(classes)).rounded(.down))
    }
  }
  /// Whether every class has its name beside it; otherwise some have their numbers.
  private var hasNames: Bool { classes <= 40 }

  /// Each row's shares as shades, in per cent where there is room.
  package var drawing: Drawing {
    let side = cell * Double(classes)
    let shown = hasNames ? names.map { Typeface.fitted($0, to: 170, size: Self.nameSize) } : ["\(classes)"]
    let margin = shown.reduce(0) { max($0, Typeface.width(of: $1, size: Self.nameSize)) } + 12
    let heading = Typeface.fitted(title, to: 900, size: 14)
    let headingWidth = Typeface.width(of: heading, size: 14, isBold: true)
    let matrix = Box(
      left: 34 + margin, top: 62 + margin, right: 34 + margin + side, bottom: 62 + margin + side)
    let legendHeight = 180.0
    var drawing = Drawing(
      width: max(matrix.right + Self.legendWidth, headingWidth + 32),
      height: max(matrix.bottom, matrix.top + legendHeight) + 18, title: title)
    drawing.add(.init(heading, at: Point(16, 24), size: 14, isBold: true))
    drawing.add(
      .init("predicted class", at: Point(matrix.center.x, 50), size: 12, anchor: .middle))
    drawing.add(
      .init("true class", at: Point(24, matrix.center.y), size: 12, anchor: .middle, runsUp: true))
    for index in 0..<classes {
      let at = (Double(index) + 0.5) * cell + 4
      let isTick = index % (classes > 200 ? 100 : 10) == 0
      guard hasNames || isTick else { continue }
      let name = hasNames ? shown[index] : "\(index)"
      drawing.add(
        .init(name, at: Point(matrix.left - 6, matrix.top + at), size: Self.nameSize, anchor: .end))
      drawing.add(
        .init(name, at: Point(matrix.left + at, matrix.top - 6), size: Self.nameSize, runsUp: true))
    }
    drawCells(in: matrix, of: &drawing)
    drawing.add(matrix, .init(stroke: "#000"))
    drawScale(
      Box(left: matrix.right + 20, top: matrix.top + 28, right: matrix.right + 36, bottom: matrix.top + 168),
      in: &drawing)
    return drawing
  }

  private func drawCells(in matrix: Box, of drawing: inout Drawing) {
    for row in 0..<classes {
      let total = counts[row * classes..<(row + 1) * classes].reduce(0, +)
      for column in 0..<classes {
        let count = counts[row * classes + column]
        guard count > 0 else { continue }
        let share = Double(count) / Double(total)
        let (left, top) = (matrix.left + cell * Double(column), matrix.top + cell * Double(row))
        let box = Box(left: left, top: top, right: left + cell, bottom: top + cell)
        drawing.add(box, .init(fill: Self.shade(share)))
        if cell >= 30 {
          drawing.add(
            .init(
              Self.percent(share), at: Point(box.center.x, box.center.y + 4), size: 11,
              isBold: row == column, color: share > 0.25 ? "#fff" : "#000", anchor: .middle))
        }
      }
    }
  }

  /// The shades with their shares.
  private func drawScale(_ bar: Box, in drawing: inout Drawing) {
    drawing.add(.init("% of row", at: Point(bar.left, bar.top - 12), size: 11))
    let steps = 50
    for step in 0..<steps {
      let (lower, upper) = (Double(step) / Double(steps), Double(step + 1) / Double(steps))
      // Up to the top: what is above covers it, without seams.
      drawing.add(
        Box(left: bar.left, top: bar.top, right: bar.right, bottom: bar.bottom - lower * bar.height),
        .init(fill: Self.shade((upper + lower) * (upper + lower) / 4)))
    }
    drawing.add(bar, .init(stroke: "#000"))
    for share in [0, 0.04, 0.16, 0.36, 0.64, 1] {
      let at = bar.bottom - share.squareRoot() * bar.height
      drawing.add(Path(through: [Point(bar.right, at), Point(bar.right + 4, at)]), .init(stroke: "#000"))
      drawing.add(.init(Numbers.fixed(share * 100, digits: 0), at: Point(bar.right + 7, at + 4)))
    }
  }

  /// From white to dark blue, by the root of the share: small confusions are seen beside a strong diagonal.
  private static func shade(_ share: Double) -> String {
    let depth = share.squareRoot()
    let channels = zip([255.0, 255, 255], [8.0, 48, 107]).map { light, dark in
      Int((light + (dark - light) * depth).rounded())
    }
    return "rgb(\(channels[0]),\(channels[1]),\(channels[2]))"
  }

  /// `93`, `7.5`, `<0.1`.
  private static func percent(_ share: Double) -> String {
    let percent = share * 100
    return percent < 0.05 ? "<0.1" : Numbers.fixed(percent, digits: percent < 9.95 ? 1 : 0)
  }
}
