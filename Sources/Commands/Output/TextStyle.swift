import Glibc

/// Emphasis on terminals only.
struct TextStyle {
  /// Whether to write escape sequences.
  let isColored: Bool
  /// Characters in a line of the terminal; `nil` where lines may be of any length.
  var columns: Int?

  /// No emphasis.
  static let plain = TextStyle(isColored: false)

  /// Emphasis if standard output is a terminal that supports it and `NO_COLOR` is not set.
  static var standardOutput: TextStyle {
    TextStyle(
      isColored: StandardStream.output.isTerminal && (Environment["NO_COLOR"] ?? "").isEmpty,
      columns: StandardStream.output.columns)
  }

  /// Characters from left to right of a plot that has `margin` characters beside it.
  func plotColumns(beside margin: Int) -> Int { columns.map { max(20, min($0 - margin, 100)) } ?? 64 }

  /// A heading.
  func heading(_ text: String) -> String { isColored ? "\u{1b}[1m\(text)\u{1b}[0m" : text }
}

/// The process's environment.
enum Environment {
  /// The value of a variable; `nil` if it is not set.
  static subscript(name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }
}
