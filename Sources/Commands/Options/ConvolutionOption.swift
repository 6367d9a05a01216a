import ArgumentParser
import Engine

/// The option `--convolution`.
struct ConvolutionOption: ParsableArguments {
  @Option(
    help: .init(
      "Algorithm for convolutions: the fastest for each (auto), im2col and OpenBLAS's sgemm for all (openblas), or the named one wherever it applies.",
      valueName: "name"))
  var convolution = ConvolutionChoice.automatic

  /// What is asked for; `nil` without the option.
  var stated: ConvolutionChoice? {
    CommandLineArguments.current.options.contains("--convolution") ? convolution : nil
  }
}

extension ConvolutionChoice: ExpressibleByArgument {
  /// Reads the value of `--convolution`.
  public init?(argument: String) { self.init(name: argument) }

  /// The names, for help and completion.
  public static var allValueStrings: [String] { names }
  /// The name of the default, for help.
  public var defaultValueDescription: String { name }
}

/// Ways to compute convolutions, separated by commas: `openblas,auto`.
struct ConvolutionList: ExpressibleByArgument {
  let choices: [ConvolutionChoice]

  init(_ choices: [ConvolutionChoice]) { self.choices = choices }

  init?(argument: String) {
    let names = argument.split(separator: ",", omittingEmptySubsequences: false)
    choices = names.compactMap { ConvolutionChoice(name: String($0)) }
    guard choices.count == names.count, Set(choices).count == choices.count else { return nil }
  }

  static var allValueStrings: [String] { ConvolutionChoice.names }
  var defaultValueDescription: String { choices.map(\.name).joined(separator: ",") }
}
