import Files
import Text

/// A table that can be written as aligned text, CSV or Markdown.
struct Table {
  /// A column: its heading for people, its key for CSV, and its alignment.
  struct Column {
    let title: String
    let key: String
    let alignment: Alignment

    init(_ title: String, key: String, _ alignment: Alignment = .left) {
      self.title = title
      self.key = key
      self.alignment = alignment
    }
  }

  enum Alignment {
    case left
    case right
  }

  /// A cell: its text for people and for programs.
  struct Cell {
    let text: String
    let raw: String

    init(_ text: String, raw: String? = nil) {
      // Names of classes and tensors come from outside, and this goes to terminals.
      self.text = Files.escaped(text)
      self.raw = raw ?? text
    }

    /// A number with digits in groups of three.
    static func count(_ value: Int) -> Cell { Cell(Numbers.grouped(value), raw: String(value)) }

    /// A number with three significant digits.
    static func scaled(_ value: Int) -> Cell { Cell(Numbers.scaled(value), raw: String(value)) }

    /// Bytes with three significant digits.
    static func bytes(_ value: Int) -> Cell { Cell(Numbers.bytes(value), raw: String(value)) }

    /// A number with a fixed number of decimal places; empty if it is not finite.
    static func fixed(_ value: Double, digits: Int) -> Cell {
      value.isFinite ? Cell(Numbers.fixed(value, digits: digits), raw: "\(value)") : .empty
    }

    /// Milliseconds with a fixed number of decimal places, and with three significant digits below 0.1.
    static func milliseconds(_ value: Double, digits: Int) -> Cell {
      var (digits, limit) = (digits, 0.1)
      if value > 0, value < limit { digits = 3 }
      while value > 0, value < limit, digits < 9 { (digits, limit) = (digits + 1, limit / 10) }
      return fixed(value, digits: digits)
    }

    /// A share in percent; empty if it is not finite.
    static func percent(_ share: Double, digits: Int) -> Cell {
      share.isFinite ? Cell("\(Numbers.fixed(share * 100, digits: digits)) %", raw: "\(share)") : .empty
    }

    static let empty = Cell("", raw: "")
  }

  let columns: [Column]
  var rows: [[Cell]] = []

  init(_ columns: [Column]) { self.columns = columns }

  /// Aligned columns under a heading, for people, no wider than a terminal where that can be.
  func aligned(style: TextStyle) -> String {
    let widths = widths(within: style.columns ?? .max)
    var text = style.heading(line(columns.map(\.title), widths: widths)) + "\n"
    for row in rows { text += line(row.map(\.text), widths: widths) + "\n" }
    return text
  }

  private static let gap = 2
  /// Characters that are left of a column at least.
  private static let leastWidth = 10

  /// The widths of the columns; where they are too many for a line, those of words become narrower, the widest first.
  private func widths(within limit: Int) -> [Int] {
    var widths = columns.indices.map { index in
      rows.reduce(columns[index].title.count) { max($0, $1[index].text.count) }
    }
    var excess = widths.reduce(-Self.gap) { $0 + $1 + Self.gap } - max(limit, 0)
    while excess > 0 {
      let widest = columns.indices.filter { columns[$0].alignment == .left }.max { widths[$0] < widths[$1] }
      guard let widest, widths[widest] > Self.leastWidth else { break }
      widths[widest] -= 1
      excess -= 1
    }
    return widths
  }

  private func line(_ cells: [String], widths: [Int]) -> String {
    var line = ""
    for (index, cell) in cells.enumerated() {
      let cell = cell.count > widths[index] ? cell.prefix(widths[index] - 1) + "…" : cell
      let blanks = String(repeating: " ", count: widths[index] - cell.count)
      if index > 0 { line += String(repeating: " ", count: Self.gap) }
      line += columns[index].alignment == .left ? cell + blanks : blanks + cell
    }
    while line.last == " " { line.removeLast() }
    return line
  }

  /// CSV as in RFC 4180, with a header and line feeds.
  var csv: String {
    ([columns.map(\.key)] + rows.map { $0.map(\.raw) })
      .map(Self.csvLine).joined()
  }

  /// One line of CSV.
  static func csvLine(_ fields: [String]) -> String { fields.map(quoted).joined(separator: ",") + "\n" }

  /// A GitHub-flavored Markdown table.
  var markdown: String {
    func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }
    let rules = columns.map { $0.alignment == .left ? "---" : "---:" }
    return line(columns.map(\.title)) + line(rules)
      + rows.map { line($0.map { Self.escaped($0.text) }) }.joined()
  }

  private static func quoted(_ field: String) -> String {
    let needsQuotes = field.unicodeScalars.contains { ["\"", ",", "\n", "\r"].contains($0) }
    return needsQuotes
      ? "\"" + field.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
      : field
  }

  private static func escaped(_ text: String) -> String {
    text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
  }
}
