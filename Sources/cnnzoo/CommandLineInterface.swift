import ArgumentParser

/// The command `cnnzoo`.
struct CommandLineInterface: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cnnzoo",
    abstract: "The classic convolutional networks: look at one, count it, run it, time it.",
    version: "0.1.0",
    subcommands: [
      ListCommand.self, AboutCommand.self, SummaryCommand.self, ParamsCommand.self, DiffCommand.self,
      InspectCommand.self, ConvertCommand.self, InferCommand.self, EvalCommand.self, TrainCommand.self,
      PlotCommand.self, BenchCommand.self,
    ])
}
