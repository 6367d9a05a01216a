import Files
import Graphics
import Text
import Training

/// What `train --find-lr` prints.
struct LearningRateReport {
  let model: String
  let data: String
  let test: LearningRateTest

  /// The curves of the losses, as far as the test is of interest.
  var plot: CurvePlot {
    let limit = test.highestOfInterest
    return CurvePlot(
      title: "Loss of \(model) on \(escaped(data))",
      curves: [
        CurvePlot.Curve("batch", test.points.map { ($0.rate, min($0.loss, limit)) }, isDashed: true),
        CurvePlot.Curve("smoothed", test.points.map { ($0.rate, min($0.smoothedLoss, limit)) }),
      ], xTitle: "learning rate", yTitle: "loss", isLogarithmic: true)
  }

  /// A row per step.
  var table: Table {
    var table = Table([
      .init("learning rate", key: "learning_rate", .right), .init("loss", key: "loss", .right),
      .init("smoothed loss", key: "smoothed_loss", .right),
    ])
    table.rows = test.points.map { point in
      [
        .init(Self.short(point.rate), raw: "\(point.rate)"), .fixed(point.loss, digits: 4),
        .fixed(point.smoothedLoss, digits: 4),
      ]
    }
    return table
  }

  /// The object of schema `cnnzoo.find-lr/1`.
  var json: JSONObject {
    func number(_ value: Double?) -> JSON { value.map(JSON.number) ?? .null }
    return [
      "schema": "cnnzoo.find-lr/1", "model": .string(model), "data": .string(data),
      "suggestion": number(test.suggestion), "steepest": number(test.steepest),
      "tenth_of_lowest": number(test.tenthOfLowest), "diverged_at": number(test.divergedAt),
      "points": .array(
        test.points.map {
          [
            "learning_rate": .number($0.rate), "loss": .number($0.loss),
            "smoothed_loss": .number($0.smoothedLoss),
          ]
        }),
    ]
  }

  /// For people: the plot, and what follows from it.
  var text: String {
    let style = TextStyle.standardOutput
    var text = plot.text(columns: style.plotColumns(beside: 14), isColored: style.isColored) + "\n"
    text +=
      test.divergedAt.map { "diverged at \(Self.short($0)) after \(test.points.count) steps\n" }
      ?? "no divergence in \(test.points.count) steps\n"
    func line(_ what: String, _ rate: Double?) -> String {
      rate.map { "\(what) \(Self.short($0))\n" } ?? ""
    }
    text +=
      line("steepest descent", test.steepest)
      + line("tenth of the rate of the least loss", test.tenthOfLowest)
    guard let suggestion = test.suggestion else {
      return text + "no suggestion: the loss does not fall; try another --lr-range or more --lr-steps\n"
    }
    return text + "suggestion: --lr \(Self.short(suggestion))\n"
  }

  /// A rate with two significant digits.
  private static func short(_ rate: Double) -> String { Numbers.significant(rate, digits: 2) }
}
