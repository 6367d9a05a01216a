import ArgumentParser
import Bench
import Kernels
import Session

/// The command `cnnzoo`.
struct CommandLineInterface: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cnnzoo",
    abstract: "Inspect, run, train and benchmark the classic convolutional networks.",
    subcommands: [
      ListCommand.self, AboutCommand.self, SummaryCommand.self, ParamsCommand.self, DiffCommand.self,
      InspectCommand.self, ConvertCommand.self, QuantizeCommand.self, InferCommand.self, EvalCommand.self,
      DataCommand.self, TrainCommand.self, PlotCommand.self, BenchCommand.self, CompareCommand.self,
      PickCommand.self,
      FeaturesCommand.self, SimilarCommand.self, ExplainCommand.self, FiltersCommand.self, ExportCommand.self,
      PullCommand.self, WeightsCommand.self, CompletionCommand.self,
    ])

  /// The names of the subcommands.
  static var commands: [String] { configuration.subcommands.compactMap { $0.configuration.commandName } }

  // The parser's own version flag needs its text at every start, but this text depends on the machine.
  @Flag(help: "Show the version, the instruction set of the kernels and the OpenBLAS build.")
  var version = false

  func run() throws {
    guard version else { throw CleanExit.helpRequest(self) }
    let machine = Machine.current()
    let bfloat16 = BLAS.multipliesBFloat16 ? ", bf16" : ""
    try emit(
      """
      cnnzoo \(Version.current)
      kernels   \(machine.instructionSet)
      OpenBLAS  \(machine.openBLASVersion), \(machine.openBLASCore) kernels\(bfloat16)

      """)
  }
}
