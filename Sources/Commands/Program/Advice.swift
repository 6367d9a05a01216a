import ArgumentParser
import Files
import Session
import TensorCore
import Zoo

/// What a user of the command line can do about an error; the libraries do not know its options.
func advice(on error: any Error) -> String? {
  if case .noAddress = error as? WeightStore.Failure {
    return "set CNNZOO_MIRROR to a folder on the web that has it"
  }
  guard let error = error as? SessionError else { return nil }
  return switch error {
  case .noWeights(let network, _, _):
    fetching(network) + "pass a file with --weights, or use --random-weights SEED for a trial run"
  case .takesNoImages: "pass prepared inputs with --tensor"
  case .nothingToInvert: "leave out --invert and --no-invert"
  case .notQuantized(let network, _): "make int8 weights with 'cnnzoo quantize \(network)'"
  case .quantized: "leave out --precision, or pass the float32 weights that they were made from"
  case .otherNetwork(_, let found, _): "use the name \(found)"
  default: nil
  }
}

/// How to get published weights for a network.
private func fetching(_ network: String) -> String {
  let weights = (try? Registry.current.entry(network))?.weightsToFetch
  guard let address = weights?.address else { return "put a file in such a place, " }
  return "'cnnzoo pull \(network)' fetches \(address); or "
}

/// The message for an error that ends the program.
func message(for error: any Error) -> String {
  error is ValidationError
    ? usageMessage(for: error) : "\(error)" + (advice(on: error).map { ": \($0)" } ?? "")
}

/// The message for an error in the command line, on one line.
func usageMessage(for error: any Error) -> String {
  // The parser lists values on lines of their own.
  let lines = CommandLineInterface.message(for: error).split(separator: "\n")
  let values = lines.dropFirst().map { $0.drop { " -".contains($0) } }.joined(separator: ", ")
  let text = ([lines.first ?? "", values[...]].filter { !$0.isEmpty }).joined(separator: " ")
  let sentence = text.hasSuffix(".") ? String(text.dropLast()) : text
  let command = CommandLineArguments.current.command
  return escaped(sentence) + "; see 'cnnzoo help"
    + (command.flatMap { CommandLineInterface.commands.contains($0) ? " \($0)'" : nil } ?? "'")
}

/// Says on standard error what is assumed about weights that do not say it themselves, and how to decide it.
///
/// `changes` are those of `--preprocess`; `nil` for a command without it.
func noteAssumptions(
  about weights: NetworkWeights, of network: Network, _ preprocessing: ImagePreprocessing?,
  changes: PreprocessingChanges?
) {
  if let text = weights.networkAssumption(network) { note(text) }
  let assumption = weights.preprocessingAssumption(
    network, preprocessing, changes: changes ?? PreprocessingChanges())
  if let assumption {
    note("\(assumption) (\(changes == nil ? "--set changes" : "--preprocess and --set change") that)")
  }
}
