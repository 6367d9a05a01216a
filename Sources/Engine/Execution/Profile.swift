import Glibc

/// Wall-clock time of each step: the least of all runs, because whatever else the machine does only adds to it.
package final class Profile: @unchecked Sendable {
  /// Seconds of each step; infinite before the first run.
  package private(set) var seconds: [Double]
  /// Seconds for laying out the images.
  package private(set) var inputSeconds = Double.infinity

  private var current: [Double]
  private var currentInput = 0.0
  private var last = 0.0

  /// A profile for a plan with `steps` steps.
  package init(steps: Int) {
    seconds = [Double](repeating: .infinity, count: steps)
    current = [Double](repeating: 0, count: steps)
  }

  func begin() {
    currentInput = 0
    for step in current.indices { current[step] = 0 }
    last = MonotonicClock.seconds()
  }

  func inputIsReady() { currentInput += lap() }

  func stageIsDone(step: Int) { current[step] += lap() }

  /// Turns what has been noted in this run into what it would be for another share of the work.
  func scale(by factor: Double) {
    currentInput *= factor
    for step in current.indices { current[step] *= factor }
  }

  /// Notes the steps that were in this run: one half of a step of training has only its own.
  func end() {
    inputSeconds = min(inputSeconds, currentInput)
    for step in seconds.indices where current[step] > 0 { seconds[step] = min(seconds[step], current[step]) }
  }

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
