import GraphIR
import Graphics

extension Figure {
  /// The figure on a page, with a title and a legend.
  package func drawing(
    title: String = "", subtitle: String = "", direction: FigureLayout.Direction = .down
  ) -> Drawing {
    let layout = FigureLayout(self, direction: direction)
    let margin = 24.0
    let entries = legend
    let titleWidth = max(
      Typeface.width(of: title, size: 16, isBold: true), Typeface.width(of: subtitle, size: 11))
    let widest = entries.map(\.width).max() ?? 0
    let width = max(layout.width, titleWidth, min(entries.reduce(-16) { $0 + $1.width + 16 }, 420), widest)
    let rows = Self.rows(of: entries.map(\.width), within: width)
    let top = title.isEmpty ? margin : 68.0
    let legendTop = top + layout.height + 30
    var drawing = Drawing(
      width: width + 2 * margin, height: legendTop + 20 * Double(rows.count) + 6,
      title: title.isEmpty ? "network" : title)
    if !title.isEmpty {
      drawing.add(.init(title, at: Point(margin, 28), size: 16, isBold: true))
      drawing.add(.init(subtitle, at: Point(margin, 45), color: "#444"))
    }
    let left = margin + (width - layout.width) / 2
    func moved(_ point: Point) -> Point { Point(point.x + left, point.y + top) }
    for frame in layout.frames { add(frame, moved: (left, top), to: &drawing) }
    for path in layout.paths {
      drawing.add(path.map(moved), hasTip: true, .init(stroke: "#555"))
    }
    for (box, place) in zip(boxes, layout.places) { add(box, at: place.moved(x: left, y: top), to: &drawing) }
    for (row, members) in rows.enumerated() {
      var x = margin
      for entry in members.map({ entries[$0] }) {
        let y = legendTop + 20 * Double(row)
        if let color = entry.color {
          drawing.add(
            Graphics.Box(left: x, top: y, right: x + 16, bottom: y + 12), corner: 3,
            .init(fill: color, stroke: "#777"))
        }
        drawing.add(
          .init(entry.text, at: Point(entry.color == nil ? x : x + 21, y + 9.5), size: 10, color: "#333"))
        x += entry.width + 16
      }
    }
    return drawing
  }

  private func add(
    _ frame: FigureLayout.FramePlace, moved: (x: Double, y: Double), to drawing: inout Drawing
  ) {
    typealias Measure = FigureLayout.Measure
    let box = frame.box.moved(x: moved.x, y: moved.y)
    drawing.add(box, corner: 6, .init(fill: "#000", opacity: 0.03, stroke: "#bbb"))
    let baseline = box.top + Measure.padding + 7
    drawing.add(
      .init(
        frame.title, at: Point(box.left + Measure.padding, baseline), size: Measure.titleSize, color: "#555"))
    if let multiplicity = frame.multiplicity {
      let title = Typeface.width(of: frame.title, size: Measure.titleSize)
      let x = box.left + Measure.padding + (title == 0 ? 0 : title + Measure.padding)
      drawing.add(
        .init(
          multiplicity, at: Point(x, baseline + 1), size: Measure.multiplicitySize, isBold: true,
          color: "#333"))
    }
  }

  private func add(_ box: Box, at place: Graphics.Box, to drawing: inout Drawing) {
    typealias Measure = FigureLayout.Measure
    drawing.add(place, corner: 4, .init(fill: box.color, stroke: box.isBlock ? "#333" : "#777"))
    let (x, y) = (place.center.x, place.center.y)
    let lift = box.size == nil ? 3.7 : -1.5
    drawing.add(.init(box.label, at: Point(x, y + lift), size: Measure.labelSize, anchor: .middle))
    if let size = box.size {
      drawing.add(
        .init(size, at: Point(x, y + 11), size: Measure.outputSize, color: "#333", anchor: .middle))
    }
  }

  /// An entry of the legend.
  private struct LegendEntry {
    /// `nil` for a sentence.
    let color: String?
    let text: String

    var width: Double { Typeface.width(of: text, size: 10) + (color == nil ? 0 : 21) }
  }

  /// What the figure has that a reader may not know.
  private var legend: [LegendEntry] {
    var entries: [LegendEntry] = []
    func note(_ text: String, _ kinds: Depiction.Kind...) {
      if let box = boxes.first(where: { box in kinds.contains { $0 == box.kind } }) {
        entries.append(LegendEntry(color: box.color, text: text))
      }
    }
    let hasUnnamedNorms = boxes.contains(where: \.hasUnnamedNorm)
    note(hasUnnamedNorms ? "convolution, with its batch norm" : "convolution", .convolution)
    note("pooling", .pool)
    note("normalization, activation", .norm, .activation)
    note("sum, concatenation", .sum, .concatenation)
    note("fully connected", .linear)
    note("other", .other)
    if let block = boxes.first(where: \.isBlock) {
      entries.append(LegendEntry(color: block.color, text: "block"))
    }
    entries.append(LegendEntry(color: nil, text: "C×H×W: feature maps at the end of a stage"))
    let drawn = boxes.flatMap { box in box.blocks.compactMap { repetitions[$0] } }
    if drawn.contains(where: { !$0.isDense }) {
      entries.append(LegendEntry(color: nil, text: "×n: n such blocks in a row"))
    }
    if drawn.contains(where: \.isDense) {
      entries.append(LegendEntry(color: nil, text: "×n dense: each reads the outputs of all before it"))
    }
    return entries
  }

  /// Entries in rows no wider than `width`.
  private static func rows(of widths: [Double], within width: Double) -> [[Int]] {
    var rows: [[Int]] = []
    var used = Double.infinity
    for (index, entry) in widths.enumerated() {
      if used + 16 + entry > width + 0.01 {
        rows.append([index])
        used = entry
      } else {
        rows[rows.count - 1].append(index)
        used += 16 + entry
      }
    }
    return rows
  }
}
