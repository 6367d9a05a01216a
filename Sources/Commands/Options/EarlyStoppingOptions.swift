import ArgumentParser
import Training

/// When a training run ends before its last epoch.
struct EarlyStoppingOptions: ParsableArguments {
  @Option(
    help: .init(
      "Stop after this many epochs without an improvement on the test images.", valueName: "patience"))
  var earlyStop: Int?

  @Option(help: "What is to improve: accuracy or loss on the test images. Default: accuracy.")
  var earlyStopMetric: EarlyStopping.Metric?

  @Option(
    help: .init(
      "Least improvement that counts: a share of the images, as 0.001 for 0.1 %, or a loss. Default: 0.",
      valueName: "x"))
  var minDelta: Double?

  func validate() throws {
    try check(earlyStop, atLeast: 1, option: "--early-stop")
    if let minDelta, !(minDelta >= 0 && minDelta.isFinite) {
      throw ValidationError("--min-delta must be at least 0")
    }
  }

  /// The rule: what is said here, otherwise that of the run that is resumed; `nil` for none.
  ///
  /// Throws a ``ValidationError`` for options that have no effect without a rule.
  func rule(resuming before: EarlyStopping?) throws -> EarlyStopping? {
    guard let patience = earlyStop ?? before?.patience else {
      try refuse("--early-stop-metric", "--min-delta", when: true, "without --early-stop")
      return nil
    }
    return EarlyStopping(
      patience: patience, metric: earlyStopMetric ?? before?.metric ?? .accuracy,
      leastImprovement: minDelta ?? before?.leastImprovement ?? 0)
  }
}

extension EarlyStopping.Metric: ExpressibleByArgument {}
