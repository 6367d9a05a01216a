import Engine
import Text

/// Progress of a command through images, with their rate and the time left.
struct ImageProgress {
  private let total: Int?
  private var done = 0
  private let stopwatch = Stopwatch()

  /// Progress through `total` images, or through as many as may come.
  init(total: Int?) { self.total = total }

  /// Shows that `count` more images are done.
  mutating func advance(by count: Int) {
    done += count
    let rate = Double(done) / max(stopwatch.seconds, 1e-9)
    ProgressLine.show { columns in
      let speed = Numbers.fixed(rate, digits: rate < 10 ? 1 : 0) + " images/s"
      guard let total else { return "\(done) images, \(speed)" }
      let left = ProgressBar.clock(Double(total - done) / rate)
      return ProgressBar.line(
        done, of: total, after: "\(done)/\(total) images, \(speed), \(left) left", columns: columns)
    }
  }
}
