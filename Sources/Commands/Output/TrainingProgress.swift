import Text
import Training

/// Progress of a training run on standard error: a line per epoch, and on terminals a bar.
enum TrainingProgress {
  /// Shows a report.
  static func show(_ report: TrainingReport) {
    if let test = report.test {
      // Without this line a run tells nothing, so a failure to print it is no reason to stop either.
      try? StandardStream.error.write(
        "epoch \(report.epoch)/\(report.epochs): loss \(Numbers.fixed(report.loss, digits: 4)), "
          + "accuracy \(percent(report.accuracy)); test loss \(Numbers.fixed(test.loss, digits: 4)), "
          + "test accuracy \(percent(test.topOne)); \(ProgressBar.clock(report.secondsLeft)) left\n")
    } else {
      ProgressLine.show { columns in
        let speed =
          report.imagesPerSecond.map { " \(Numbers.fixed($0, digits: 0)) images/s" } ?? ""
        return ProgressBar.line(
          report.stepOfEpoch, of: report.stepsPerEpoch, before: "\(report.epoch)/\(report.epochs)",
          after: "loss \(Numbers.fixed(report.loss, digits: 4)) accuracy \(percent(report.accuracy))"
            + speed + " \(ProgressBar.clock(report.secondsLeft)) left", columns: columns)
      }
    }
  }

  private static func percent(_ share: Double) -> String { Numbers.fixed(100 * share, digits: 2) + " %" }
}
