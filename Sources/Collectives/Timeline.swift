import Synchronization
import Text

/// When what happened in a process: the passes of a training step, and the messages between processes beside them.
///
/// Written in the trace event format that Perfetto and Chrome's `about:tracing` show.
package final class Timeline: Sendable {
  /// A point in time.
  package typealias Moment = ContinuousClock.Instant

  /// Who was at work.
  package enum Lane: Int, Sendable {
    /// The thread that runs a training step.
    case step = 0
    /// The layers of its passes.
    case layers = 1
    /// The messages between processes.
    case messages = 2
  }

  private struct Event: Sendable {
    let name: String
    let lane: Lane
    let start: Moment
    let end: Moment
    let bytes: Int?
  }

  private let events = Mutex<[Event]>([])
  private let mostEvents: Int

  /// A timeline that ends with `mostEvents` events.
  package init(mostEvents: Int = 100_000) { self.mostEvents = mostEvents }

  /// Adds what began at `start` and ends now, with the bytes that were sent.
  package func add(_ name: String, _ lane: Lane, since start: Moment, bytes: Int? = nil) {
    let event = Event(name: name, lane: lane, start: start, end: .now, bytes: bytes)
    events.withLock { if $0.count < mostEvents { $0.append(event) } }
  }

  /// The share of the time of sums during which the backward pass ran as well; `nil` without sums.
  package var overlap: Double? {
    events.withLock { events in
      let passes = events.filter { $0.lane == .step && $0.name == "backward" }
      let sums = events.filter { $0.lane == .messages && $0.name == "sum" }
      let total = sums.reduce(.zero) { $0 + $1.start.duration(to: $1.end) }
      guard total > .zero else { return nil }
      let shared = sums.reduce(Duration.zero) { sum, event in
        passes.reduce(sum) { sum, pass in
          let (start, end) = (max(pass.start, event.start), min(pass.end, event.end))
          return start < end ? sum + start.duration(to: end) : sum
        }
      }
      return shared / total
    }
  }

  /// The file: one JSON object.
  ///
  /// - Parameter process: The number of the process, from 0.
  /// - Returns: The text.
  package func json(process: Int) -> String {
    let events = self.events.withLock { $0 }
    let origin = events.map(\.start).min()
    func microseconds(_ duration: Duration) -> JSON { .integer(Int(duration / .microseconds(1))) }
    var rows = [Lane.step, .layers, .messages].map { lane -> JSONObject in
      [
        "name": "thread_name", "ph": "M", "pid": .integer(process), "tid": .integer(lane.rawValue),
        "args": ["name": .string("\(lane)")],
      ]
    }
    for event in events {
      var row: JSONObject = [
        "name": .string(event.name), "ph": "X", "pid": .integer(process),
        "tid": .integer(event.lane.rawValue),
        "ts": microseconds((origin ?? event.start).duration(to: event.start)),
        "dur": microseconds(event.start.duration(to: event.end)),
      ]
      if let bytes = event.bytes { row.append("args", ["bytes": .integer(bytes)]) }
      rows.append(row)
    }
    return "{\"traceEvents\":[\n" + rows.map(\.text).joined(separator: ",\n") + "\n]}\n"
  }
}
