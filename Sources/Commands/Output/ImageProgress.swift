import Engine
import Text

/// Progress of a command through images, with their rate and the time left.
struct ImageProgress {
  private let total: Int?
  private let unit: String
  private var done = 0
  private let stopwatch = Stopwatch()

  /// Progress through `total` images, or whatever `unit` says, or through as many as may come.
  init(total: Int?, of unit: String = "images") {
    self.total = total
    self.unit = unit
  }

  /// Shows that `count` more images are done.
  mutating func advance(by count: Int) {
    done += count
    let rate = Double(done) / max(stopwatch.seconds, 1e-9)
    ProgressLine.show { columns in
      let speed = Numbers.fixed(rate, digits: rate < 10 ? 1 : 0) + " \(unit)/s"
      guard let total else { return "\(done) \(unit), \(speed)" }
      let left = ProgressBar.clock(Double(total - done) / rate)
      return ProgressBar.line(
        done, of: total, after: "\(done)/\(total) \(unit), \(speed), \(left) left", columns: columns)
    }
  }
}
