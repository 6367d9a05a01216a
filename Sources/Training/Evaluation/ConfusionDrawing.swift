import Text

/// A confusion matrix as SVG: rows are true classes, columns predicted ones.
package enum ConfusionDrawing {
  /// The drawing: each row's shares as shades, with counts where there is room.
  package static func svg(_ evaluation: Evaluation, classNames: [String]) -> String {
    let classes = evaluation.classes
    let cell = max(4, min(36, 720 / max(classes, 1)))
    // About 6.5 units per character of the longest name.
    let longest =
      (0..<classes).map { $0 < classNames.count ? classNames[$0].count : "\($0)".count }.max() ?? 0
    let margin = classes <= 40 ? 20 + 13 * min(longest, 40) / 2 : 20
    let side = margin + cell * classes + 10
    var text = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(side) \(side)\" width=\"\(side)\" "
    text += "height=\"\(side)\" font-family=\"sans-serif\" font-size=\"11\">\n"
    text += "<rect width=\"\(side)\" height=\"\(side)\" fill=\"white\"/>\n"
    for row in 0..<classes {
      let counts = evaluation.confusion[row * classes..<(row + 1) * classes]
      let total = max(counts.reduce(0, +), 1)
      if classes <= 40 {
        let name = XML.escaped(row < classNames.count ? classNames[row] : "\(row)")
        let place = margin + cell * row + cell / 2 + 4
        text += "<text x=\"\(margin - 6)\" y=\"\(place)\" text-anchor=\"end\">\(name)</text>"
        text += "<text transform=\"translate(\(place) \(margin - 6)) rotate(-60)\">\(name)</text>\n"
      }
      for (column, count) in counts.enumerated() where count > 0 {
        let share = Double(count) / Double(total)
        let shade = 255 - Int(share.squareRoot() * 200)
        let color = row == column ? "rgb(\(shade),\(shade),255)" : "rgb(255,\(shade),\(shade))"
        let (x, y) = (margin + cell * column, margin + cell * row)
        text += "<rect x=\"\(x)\" y=\"\(y)\" width=\"\(cell)\" height=\"\(cell)\" fill=\"\(color)\"/>"
        if cell >= 24 {
          text +=
            "<text x=\"\(x + cell / 2)\" y=\"\(y + cell / 2 + 4)\" text-anchor=\"middle\">\(count)</text>"
        }
        text += "\n"
      }
    }
    return text + "</svg>\n"
  }
}
