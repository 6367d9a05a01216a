import Glibc
import Text
import Training

/// Progress of a training run on standard error: a line per epoch, and on terminals a bar.
struct TrainingProgress {
  private let isTerminal = isatty(STDERR_FILENO) == 1 && Environment["TERM"] != "dumb"
  private static let width = 24

  /// Shows a report.
  func show(_ report: TrainingReport) {
    if let test = report.test {
      let clear = isTerminal ? "\r\u{1b}[K" : ""
      write(
        clear + "epoch \(report.epoch)/\(report.epochs): loss \(Numbers.fixed(report.loss, digits: 4)), "
          + "accuracy \(percent(report.accuracy)); test loss \(Numbers.fixed(test.loss, digits: 4)), "
          + "test accuracy \(percent(test.topOne)); \(duration(report.secondsLeft)) left\n")
    } else if isTerminal {
      let filled = Self.width * report.stepOfEpoch / max(report.stepsPerEpoch, 1)
      let bar = String(repeating: "━", count: filled) + String(repeating: "╌", count: Self.width - filled)
      write(
        "\r\u{1b}[K\(report.epoch)/\(report.epochs) \(bar) loss \(Numbers.fixed(report.loss, digits: 4)) "
          + "accuracy \(percent(report.accuracy)) \(Numbers.fixed(report.imagesPerSecond, digits: 0)) images/s "
          + "\(duration(report.secondsLeft)) left")
    }
  }

  private func percent(_ share: Double) -> String { Numbers.fixed(100 * share, digits: 2) + " %" }

  /// `1:05:09`, `3:20`.
  private func duration(_ seconds: Double) -> String {
    let total = Int(max(0, min(seconds, 1e9)))
    func two(_ value: Int) -> String { (value < 10 ? "0" : "") + "\(value)" }
    let (hours, minutes) = (total / 3600, total / 60 % 60)
    return hours > 0 ? "\(hours):\(two(minutes)):\(two(total % 60))" : "\(minutes):\(two(total % 60))"
  }

  /// A failure to show progress is no reason to stop.
  private func write(_ text: String) { try? StandardStream.error.write(text) }
}
