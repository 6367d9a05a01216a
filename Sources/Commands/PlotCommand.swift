import ArgumentParser
import Files
import Graphics
import Training

/// `cnnzoo plot`: the curves of training runs.
struct PlotCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plot",
    abstract: "Plot loss and accuracy of training runs, in the terminal or as SVG or PNG.")

  @Argument(help: .init("Output folders of 'cnnzoo train'.", valueName: "run"))
  var runs: [String]

  @Option(
    name: [.long, .customLong("svg")],
    help: .init("Write the plot to a .svg or .png file instead of printing it.", valueName: "file"))
  var output: String?

  @OptionGroup var drawing: DrawingOptions

  func validate() throws {
    if runs.isEmpty { throw ValidationError("expected at least one run") }
    try drawing.validate(output, option: "--output", "--svg")
  }

  func run() throws {
    if let output { try drawing.prepare(output) }
    let histories = try runs.map { try RunHistory(folder: $0) }
    let plots = [("Loss", "loss"), ("Accuracy", "accuracy")].map { title, member in
      CurvePlot(
        title: histories.count == 1 ? "\(title) of \(escaped(histories[0].name))" : title,
        curves: histories.enumerated().flatMap { series, history in
          [("train", "training"), ("test", "test")].map { part, name in
            CurvePlot.Curve(
              histories.count == 1 ? name : "\(escaped(history.name)), \(name)",
              history.curve("\(part)_\(member)"), isDashed: part == "train", series: series)
          }
        }, yTitle: member, isPercentage: member == "accuracy")
    }
    if let output {
      try drawing.write(CurvePlot.drawing(of: plots), to: output)
    } else {
      let style = TextStyle.standardOutput
      let columns = style.plotColumns(beside: 14)
      try emit(plots.map { $0.text(columns: columns, isColored: style.isColored) }.joined(separator: "\n"))
    }
  }
}
