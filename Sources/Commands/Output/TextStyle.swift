import Glibc

/// Emphasis on terminals only.
struct TextStyle {
  /// Whether to write escape sequences.
  let isColored: Bool

  /// No emphasis.
  static let plain = TextStyle(isColored: false)

  /// Emphasis if standard output is a terminal that supports it and `NO_COLOR` is not set.
  static var standardOutput: TextStyle {
    TextStyle(
      isColored: StandardStream.output.isTerminal && (Environment["NO_COLOR"] ?? "").isEmpty)
  }

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
