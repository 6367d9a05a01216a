import Engine
import Glibc
import Synchronization

/// The last line of a terminal, on which a command shows how far it is; nothing if standard error is no terminal.
///
/// It is redrawn in place, at most ten times a second, and never wider than the terminal. Whatever else is printed
/// takes its place.
enum ProgressLine {
  /// Seconds between two drawings; a command that is done before the first shows nothing.
  private static let interval = 0.1

  private static let isTerminal = StandardStream.error.columns != nil
  private static let isSilent = Atomic<Bool>(false)
  private static let isShown = Atomic<Bool>(false)
  /// When it was drawn last, in milliseconds.
  private static let drawn = Atomic<Int>(Int(Stopwatch.now() * 1000))

  /// Whether a line would be shown at all.
  static var isPossible: Bool { isTerminal && !isSilent.load(ordering: .relaxed) }

  /// Shows nothing from now on.
  static func silence() { isSilent.store(true, ordering: .relaxed) }

  /// Shows a line, unless one was shown a moment ago.
  ///
  /// - Parameter text: The line for a terminal of so many columns.
  static func show(_ text: (_ columns: Int) -> String) {
    let now = Int(Stopwatch.now() * 1000)
    guard isPossible, now - drawn.load(ordering: .relaxed) >= Int(1000 * interval) else { return }
    drawn.store(now, ordering: .relaxed)
    // In its last column, some terminals begin the next line.
    let columns = max((StandardStream.error.columns ?? 80) - 1, 1)
    isShown.store(false, ordering: .relaxed)
    // A failure to show progress is no reason to stop.
    try? StandardStream.error.write("\r\u{1b}[K\(text(columns).prefix(columns))")
    isShown.store(true, ordering: .relaxed)
  }

  /// Removes the line, to make room for other output to a stream.
  static func clear(for stream: StandardStream = .error) {
    guard isShown.load(ordering: .relaxed), stream == .error || isatty(stream.rawValue) == 1 else { return }
    isShown.store(false, ordering: .relaxed)
    try? StandardStream.error.write("\r\u{1b}[K")
  }
}
