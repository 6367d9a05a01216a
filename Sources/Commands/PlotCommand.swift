import ArgumentParser
import Files
import Training

/// `cnnzoo plot`: the curves of training runs.
struct PlotCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plot", abstract: "Plot loss and accuracy of training runs, in the terminal or as SVG.")

  @Argument(help: .init("Output folders of 'cnnzoo train'.", valueName: "run"))
  var runs: [String]

  @Option(help: .init("Write an SVG file instead of printing.", valueName: "file.svg"))
  var svg: String?

  func validate() throws {
    if runs.isEmpty { throw ValidationError("expected at least one run") }
  }

  func run() throws {
    let histories = try runs.map { try RunHistory(folder: $0) }
    let plots = [("loss", "loss"), ("accuracy", "accuracy")].map { title, member in
      CurvePlot(
        title: title,
        curves: histories.flatMap { history in
          ["train", "test"].map { part in
            CurvePlot.Curve(
              "\(escaped(history.name)) \(part)", history.curve("\(part)_\(member)"),
              isDashed: part == "train")
          }
        })
    }
    if let svg {
      try AtomicFile.write(Array(CurvePlot.svg(plots).utf8), to: svg)
    } else {
      try emit(plots.map { $0.text() }.joined(separator: "\n"))
    }
  }
}
