import Engine
import Text

/// How much of a known amount of work is done, with what is to be said before and after it: `1/3 ━━━━╌╌ loss 0.31`.
enum ProgressBar {
  private static let widest = 24
  private static let narrowest = 4

  /// The line; the bar gives way where it does not fit into the columns.
  static func line(_ done: Int, of total: Int, before: String = "", after: String, columns: Int) -> String {
    let parts = { (bar: String) in [before, bar, after].filter { !$0.isEmpty }.joined(separator: " ") }
    let width = min(columns - parts("").count - 1, widest)
    if width < narrowest { return parts("") }
    let filled = width * min(done, total) / max(total, 1)
    return parts(String(repeating: "━", count: filled) + String(repeating: "╌", count: width - filled))
  }

  /// A share as a bar that is filled up with blanks to at most `columns`; empty where those are too few for a bar.
  static func share(_ share: Float, columns: Int) -> String {
    let width = min(columns, widest)
    guard width >= narrowest, share.isFinite else { return "" }
    let filled = Int((Float(width) * min(max(share, 0), 1)).rounded())
    return String(repeating: "━", count: filled) + String(repeating: " ", count: width - filled)
  }

  /// A duration as `1:05:09` or `3:20`.
  static func clock(_ seconds: Double) -> String {
    let total = Int(max(0, min(seconds, 1e9)))
    func two(_ value: Int) -> String { (value < 10 ? "0" : "") + "\(value)" }
    let (hours, minutes) = (total / 3600, total / 60 % 60)
    return hours > 0 ? "\(hours):\(two(minutes)):\(two(total % 60))" : "\(minutes):\(two(total % 60))"
  }
}
