import Glibc

/// Wall-clock time of each step, added up over runs.
package final class Profile: @unchecked Sendable {
  /// Seconds of each step since the last ``reset()``.
  package private(set) var seconds: [Double]
  /// Seconds spent on laying out the pictures.
  package private(set) var inputSeconds = 0.0
  /// Runs since the last ``reset()``.
  package private(set) var runs = 0

  private var last = 0.0

  /// A profile for a plan with `steps` steps.
  package init(steps: Int) { seconds = [Double](repeating: 0, count: steps) }

  /// Forgets everything noted so far.
  package func reset() {
    for step in seconds.indices { seconds[step] = 0 }
    inputSeconds = 0
    runs = 0
  }

  func begin() { last = MonotonicClock.seconds() }

  func inputIsReady() { inputSeconds += lap() }

  func stageIsDone(step: Int) { seconds[step] += lap() }

  func end() { runs += 1 }

  private func lap() -> Double {
    let now = MonotonicClock.seconds()
    defer { last = now }
    return now - last
  }
}

/// The clock that only moves forward.
package enum MonotonicClock {
  /// Seconds since some moment in the past.
  package static func seconds() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
  }
}
