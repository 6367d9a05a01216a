import Glibc

/// Measures wall-clock time with a clock that only moves forward.
package struct Stopwatch {
  private let started: Double
  private var lapped: Double

  /// A stopwatch that starts now.
  package init() {
    started = Stopwatch.now()
    lapped = started
  }

  /// Seconds since it started.
  package var seconds: Double { Stopwatch.now() - started }

  /// Seconds since the last lap, or since the start.
  package var lapSeconds: Double { Stopwatch.now() - lapped }

  /// Seconds since the last lap, or since the start; begins the next lap.
  package mutating func lap() -> Double {
    let now = Stopwatch.now()
    defer { lapped = now }
    return now - lapped
  }

  /// Seconds since some moment in the past.
  package static func now() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
  }
}
