/// How long a measurement goes on.
package struct SamplingRule: Hashable, Sendable {
  /// Runs before anything is counted: caches fill, the clock speed settles, pages are touched.
  package var warmUpRuns: Int
  /// Fewest runs that are counted.
  package var minimumRuns: Int
  /// Shortest time over all counted runs, in seconds.
  package var minimumSeconds: Double
  /// Most runs that are counted.
  package var maximumRuns: Int

  /// A rule from its parts.
  package init(
    warmUpRuns: Int = 3, minimumRuns: Int = 10, minimumSeconds: Double = 2, maximumRuns: Int = 100_000
  ) {
    self.warmUpRuns = warmUpRuns
    self.minimumRuns = minimumRuns
    self.minimumSeconds = minimumSeconds
    self.maximumRuns = maximumRuns
  }
}

extension SamplingRule {
  /// Turns that each of several pieces of work gets.
  private static let turns = 5

  /// Times `body` until the rule is met.
  ///
  /// - Parameters:
  ///   - clock: seconds since some moment; given from outside so that a test can decide what time it is.
  ///   - body: one run.
  /// - Returns: the duration of each counted run, in seconds.
  package func sample(clock: () -> Double, _ body: () -> Void) -> [Double] {
    for _ in 0..<warmUpRuns { body() }
    var samples: [Double] = []
    var total = 0.0
    while samples.count < minimumRuns || (total < minimumSeconds && samples.count < maximumRuns) {
      let start = clock()
      body()
      let duration = clock() - start
      samples.append(duration)
      total += duration
    }
    return samples
  }

  /// Times several pieces of work side by side until the rule is met for each.
  ///
  /// They take turns, so that whatever else happens on the machine happens to all of them. Each turn warms up again:
  /// the caches hold what the others have left.
  ///
  /// - Parameters:
  ///   - clock: seconds since some moment.
  ///   - count: how many there are.
  ///   - run: one run of one of them.
  /// - Returns: for each, the durations of its counted runs, in seconds.
  package func sample(clock: () -> Double, count: Int, _ run: (_ index: Int) -> Void) -> [[Double]] {
    var turn = self
    var turns = 1
    if count > 1 {
      turns = Self.turns
      turn.minimumRuns = (minimumRuns + turns - 1) / turns
      turn.minimumSeconds = minimumSeconds / Double(turns)
      turn.maximumRuns = max(maximumRuns / turns, 1)
    }
    var samples = [[Double]](repeating: [], count: count)
    for _ in 0..<turns {
      for index in 0..<count { samples[index] += turn.sample(clock: clock) { run(index) } }
    }
    return samples
  }
}
