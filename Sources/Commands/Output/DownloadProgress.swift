import Engine
import Fetching
import Files
import Text

/// Progress of one download on standard error.
final class DownloadProgress {
  private let name: String
  private var stopwatch = Stopwatch()
  private var isStarted = false

  /// Progress of the file called `name`.
  init(_ name: String) { self.name = name }

  /// Shows an event.
  func show(_ event: Download.Event) {
    switch event {
    case .waiting: note("\(name): another process is downloading it; waiting")
    case .damaged: note("\(name): the file in the store is damaged; downloading it again")
    case .progress(let received, let earlier, let total):
      if !isStarted {
        isStarted = true
        stopwatch = Stopwatch()
      }
      let rate = Double(received - earlier) / max(stopwatch.seconds, 1e-3)
      ProgressLine.show { columns in
        let speed = Numbers.bytes(Int(rate)) + "/s"
        guard let total else { return "\(name) \(Numbers.bytes(received)), \(speed)" }
        let left = ProgressBar.clock(Double(total - received) / max(rate, 1))
        return ProgressBar.line(
          received, of: total, before: name,
          after: "\(Numbers.bytes(received)) of \(Numbers.bytes(total)), \(speed), \(left) left",
          columns: columns)
      }
    }
  }
}
