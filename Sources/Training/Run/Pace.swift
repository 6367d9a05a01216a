import Text

/// How fast the processes of a training run are, compared with each other: all wait for the slowest.
package struct Pace {
  /// Steps and seconds over which times are added, at least.
  private static let window = (steps: 20, seconds: 10.0)
  /// How much longer than the median a process may need.
  private static let tolerance = 1.5

  private var seconds: [Double] = []
  private var steps = 0
  private var named: Set<Int> = []

  /// No steps yet.
  package init() {}

  /// Adds the seconds that each process computed in a step.
  ///
  /// - Parameters:
  ///   - seconds: Those of each process.
  ///   - name: What a process is called.
  /// - Returns: At the end of a window, the process that was slow in it, unless it was named before.
  package mutating func slowest(after seconds: [Double], name: (Int) -> String) -> String? {
    guard seconds.count > 1 else { return nil }
    if self.seconds.count != seconds.count { self.seconds = seconds.map { _ in 0 } }
    for (process, time) in seconds.enumerated() { self.seconds[process] += time }
    steps += 1
    guard steps >= Pace.window.steps, self.seconds.reduce(0, max) >= Pace.window.seconds else { return nil }
    let taken = steps
    defer {
      steps = 0
      self.seconds = []
    }
    // Of two processes, the faster one is the measure.
    let median = self.seconds.sorted()[(seconds.count - 1) / 2]
    guard let slowest = self.seconds.indices.max(by: { self.seconds[$0] < self.seconds[$1] }),
      self.seconds[slowest] > Pace.tolerance * median, named.insert(slowest).inserted
    else { return nil }
    func milliseconds(_ seconds: Double) -> String {
      Numbers.fixed(1000 * seconds / Double(taken), digits: 1) + " ms"
    }
    return
      "\(name(slowest)) is slow: \(milliseconds(self.seconds[slowest])) a step,"
      + " where the median is \(milliseconds(median)); all others wait for it"
  }
}
