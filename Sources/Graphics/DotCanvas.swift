/// A drawing in characters: Braille dots, two by four a character.
package struct DotCanvas {
  /// Dots from left to right.
  package let width: Int
  /// Dots from top to bottom.
  package let height: Int
  private let columns: Int
  private var dots: [UInt32]
  /// The color of each character, as the parameter of SGR; 0 for none.
  private var colors: [Int]
  /// Characters that stand in place of dots.
  private var marks: [Int: Character] = [:]

  /// An empty canvas of `columns` × `rows` characters.
  package init(columns: Int, rows: Int) {
    self.columns = columns
    (width, height) = (2 * columns, 4 * rows)
    dots = Array(repeating: 0, count: columns * rows)
    colors = Array(repeating: 0, count: columns * rows)
  }

  /// Sets a dot; a character has the color of its last one.
  package mutating func set(x: Int, y: Int, color: Int = 0) {
    guard 0..<width ~= x, 0..<height ~= y else { return }
    let bits: [UInt32] = [0x01, 0x02, 0x04, 0x40, 0x08, 0x10, 0x20, 0x80]
    dots[y / 4 * columns + x / 2] |= bits[x % 2 * 4 + y % 4]
    colors[y / 4 * columns + x / 2] = color
  }

  /// Writes a character over the one that has a dot; returns whether there was none before.
  package mutating func mark(x: Int, y: Int, _ character: Character) -> Bool {
    guard 0..<width ~= x, 0..<height ~= y else { return false }
    let cell = y / 4 * columns + x / 2
    if marks[cell] != nil { return false }
    marks[cell] = character
    return true
  }

  /// The characters of a row, with escape sequences for their colors on demand.
  package func row(_ row: Int, isColored: Bool) -> String {
    var text = ""
    var current = 0
    for cell in row * columns..<(row + 1) * columns {
      if isColored, dots[cell] != 0, colors[cell] != current {
        current = colors[cell]
        text += "\u{1b}[\(current)m"
      }
      if let mark = marks[cell] {
        text.append(mark)
      } else {
        text.unicodeScalars.append(Unicode.Scalar(0x2800 + dots[cell]) ?? " ")
      }
    }
    return current == 0 ? text : text + "\u{1b}[0m"
  }

  /// The canvas between two axes, with the numbers at their ends and their titles.
  package func framed(x: Axis, y: Axis, isColored: Bool) -> String {
    let rows = height / 4
    let (high, low) = (y.label(y.range.upperBound), y.label(y.range.lowerBound))
    let margin = max(high.count, low.count)
    func blanks(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }
    var text = blanks(margin + 2) + y.title + "\n"
    for row in 0..<rows {
      let label = row == 0 ? high : row == rows - 1 ? low : ""
      text += blanks(margin - label.count) + label + " ┤" + self.row(row, isColored: isColored) + "\n"
    }
    let ends = (x.label(x.range.lowerBound), x.label(x.range.upperBound))
    let free = columns - ends.0.count - ends.1.count - x.title.count
    return text + blanks(margin + 2) + ends.0 + blanks(max(1, free / 2)) + x.title
      + blanks(max(1, free - free / 2)) + ends.1 + "\n"
  }
}

/// Words in columns, row by row.
package enum TextColumns {
  /// As many columns of equal width as fit into `width` characters.
  package static func text(_ words: [String], width: Int) -> String {
    let column = (words.map(\.count).max() ?? 0) + 3
    let count = max(1, width / column)
    var text = ""
    for (index, word) in words.enumerated() {
      let isLast = index % count == count - 1 || index + 1 == words.count
      text += (index % count == 0 ? "  " : "") + word
      text += isLast ? "\n" : String(repeating: " ", count: column - word.count)
    }
    return text
  }
}
