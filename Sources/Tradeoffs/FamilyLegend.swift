import Graphics

/// The families of a chart: a color and a number for each, so that they are told apart without colors as well.
struct FamilyLegend: Sendable {
  /// Titles in the order of their numbers.
  private let titles: [String]
  private let numbers: [String: Int]

  private static let size = 10.0
  private static let step = 15.0
  private static let left = 24.0

  /// The families among `titles`, in the order of their first occurrence.
  init(_ titles: [String]) {
    let distinct = titles.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    self.titles = distinct
    numbers = Dictionary(uniqueKeysWithValues: distinct.enumerated().map { ($1, $0) })
  }

  /// The number of a family, from 0.
  func number(of title: String) -> Int { numbers[title] ?? 0 }

  private var columnWidth: Double {
    titles.reduce(0) { max($0, Typeface.width(of: $1, size: Self.size)) } + 44
  }

  private func rows(width: Double) -> Int {
    let columns = max(1, Int((width - Self.left) / columnWidth))
    return (titles.count + columns - 1) / columns
  }

  /// The room that it takes on a page.
  func height(width: Double) -> Double { Double(rows(width: width)) * Self.step }

  /// Draws it, column by column.
  func draw(top: Double, width: Double, into drawing: inout Drawing) {
    let rows = rows(width: width)
    for (index, title) in titles.enumerated() {
      let (column, row) = index.quotientAndRemainder(dividingBy: rows)
      let (x, y) = (Self.left + Double(column) * columnWidth, top + Double(row) * Self.step)
      drawing.add(
        circle: Point(x, y), radius: 5,
        .init(fill: Palette.color(index), opacity: 0.4, stroke: "#555", width: 0.6))
      drawing.add(
        .init("\(index + 1)", at: Point(x + 24, y + 3.5), size: Self.size, isBold: true, anchor: .end))
      drawing.add(.init(title, at: Point(x + 29, y + 3.5), size: Self.size))
    }
  }
}
