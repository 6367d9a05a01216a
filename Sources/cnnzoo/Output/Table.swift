import Text

/// Rows and columns, written as aligned text, CSV or Markdown.
struct Table {
  /// One column: its heading for people, its key for CSV, and on which side its cells stand.
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

  /// One cell: what people read and what programs read.
  struct Cell {
    let text: String
    let raw: String

    init(_ text: String, raw: String? = nil) {
      self.text = text
      self.raw = raw ?? text
    }

    /// A count in groups of three digits.
    static func count(_ value: Int) -> Cell { Cell(Numbers.grouped(value), raw: String(value)) }

    /// A count with three significant digits.
    static func scaled(_ value: Int) -> Cell { Cell(Numbers.scaled(value), raw: String(value)) }

    /// Bytes with three significant digits.
    static func bytes(_ value: Int) -> Cell { Cell(Numbers.bytes(value), raw: String(value)) }

    /// A number with a fixed count of places; nothing where there is no number.
    static func fixed(_ value: Double, digits: Int) -> Cell {
      value.isFinite ? Cell(Numbers.fixed(value, digits: digits), raw: "\(value)") : .empty
    }

    static let empty = Cell("", raw: "")
  }

  let columns: [Column]
  var rows: [[Cell]] = []

  init(_ columns: [Column]) { self.columns = columns }

  /// Aligned columns under a heading, for people.
  func aligned(style: TextStyle) -> String {
    let widths = columns.indices.map { index in
      rows.reduce(columns[index].title.count) { max($0, $1[index].text.count) }
    }
    var text = style.heading(line(columns.map(\.title), widths: widths)) + "\n"
    for row in rows { text += line(row.map(\.text), widths: widths) + "\n" }
    return text
  }

  private func line(_ cells: [String], widths: [Int]) -> String {
    var line = ""
    for (index, cell) in cells.enumerated() {
      let blanks = String(repeating: " ", count: widths[index] - cell.count)
      if index > 0 { line += "  " }
      line += columns[index].alignment == .left ? cell + blanks : blanks + cell
    }
    while line.last == " " { line.removeLast() }
    return line
  }

  /// RFC 4180 with a heading and line feeds.
  var csv: String {
    ([columns.map(\.key)] + rows.map { $0.map(\.raw) })
      .map(Self.csvLine).joined()
  }

  /// One line of CSV.
  static func csvLine(_ fields: [String]) -> String { fields.map(quoted).joined(separator: ",") + "\n" }

  /// A GitHub table.
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
