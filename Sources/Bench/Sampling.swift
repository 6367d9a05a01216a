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
}
