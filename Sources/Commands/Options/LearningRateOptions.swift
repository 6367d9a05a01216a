import ArgumentParser
import Training

/// What a learning-rate range test tries.
struct LearningRateOptions: ParsableArguments {
  @Flag(
    help: """
      Find a learning rate instead of training: a few steps whose rate grows from step to step, until the loss diverges. \
      Nothing is kept of them.
      """)
  var findLr = false

  @Option(
    help: .init("First and last learning rate that --find-lr tries. Default: 1e-6,10.", valueName: "low,high")
  )
  var lrRange: LearningRates?

  @Option(help: .init("Steps that --find-lr takes at most. Default: 100.", valueName: "n"))
  var lrSteps: Int?

  @Option(help: "Output format of --find-lr.")
  var format: OutputFormat?

  func validate() throws {
    try check(lrSteps, in: 10...10_000, option: "--lr-steps")
    try refuse("--lr-range", "--lr-steps", "--format", when: !findLr, "without --find-lr")
    // What belongs to a run that is kept, and the learning rate itself.
    try refuse(
      "--resume", "--tensorboard", "--early-stop", "--early-stop-metric", "--min-delta", "--save-every",
      "--log-every", "--epochs", "--lr", "--schedule", "--warmup", "--ema", when: findLr, "with --find-lr")
  }

  /// What is tried.
  var range: LearningRateTest.Range {
    LearningRateTest.Range(low: lrRange?.low ?? 1e-6, high: lrRange?.high ?? 10, steps: lrSteps ?? 100)
  }
}

/// Two learning rates, such as `1e-6,10`.
struct LearningRates: ExpressibleByArgument {
  let low: Double
  let high: Double

  init?(argument: String) {
    let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
    guard numbers.count == 2, let low = numbers[0], let high = numbers[1], 0 < low, low < high, high <= 1e6
    else { return nil }
    (self.low, self.high) = (low, high)
  }
}
