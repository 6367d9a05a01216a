import ArgumentParser
import Session
import TensorCore
import Text
import Zoo

/// `cnnzoo about`: background of a network.
struct AboutCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "about",
    abstract: "Show a network's paper, idea, published figures, known errors and weights.")

  @Argument(help: "Name of a network, see 'cnnzoo list'.")
  var model: String

  @OptionGroup var output: FormatOption

  func run() throws {
    let network = try Network(NetworkRequest(model))
    let report = AboutReport(
      entry: network.entry, family: network.family, embedded: try EmbeddedWeights.description(of: model))
    switch output.format {
    case .json: try emit(report.json.line)
    case .csv: try emit(report.table.csv)
    case .markdown: try emit(report.markdown)
    case .text: try emit(report.text(style: .standardOutput))
    }
  }
}
