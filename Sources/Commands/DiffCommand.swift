import Anatomy
import ArgumentParser
import GraphIR
import Session
import TensorCore
import Text

/// `cnnzoo diff`: compares two networks.
struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Compare two networks layer by layer.",
    discussion: "--set, --classes and --input-size apply to both networks.")

  @Argument(help: .init("Network to compare from.", valueName: "a"))
  var old: String

  @Argument(help: .init("Network to compare to.", valueName: "b"))
  var new: String

  @OptionGroup var network: NetworkOptions
  @OptionGroup var output: FormatOption

  func run() throws {
    let graphs = try [old, new].map { try network.resolve($0).graph() }
    let comparison = Comparison(
      Breakdown(graphs[0].withoutAuxiliaries()), Breakdown(graphs[1].withoutAuxiliaries()))
    let report = DiffReport(
      names: (old, new), totals: (graphs[0].totals, graphs[1].totals), changes: comparison.changes)
    switch output.format {
    case .json: try emit(report.json.line)
    case .csv: try emit(report.table.csv)
    case .markdown: try emit(report.table.markdown)
    case .text: try emit(report.text(style: .standardOutput))
    }
  }
}
