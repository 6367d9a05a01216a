import Session

/// What a user of the command line can do about an error; the libraries do not know its options.
func advice(on error: any Error) -> String? {
  guard let error = error as? SessionError else { return nil }
  return switch error {
  case .noWeights:
    "pass a file with --weights, put one in such a place, or use --random-weights SEED for a trial run"
  case .takesNoImages: "pass prepared inputs with --tensor"
  case .nothingToInvert: "leave out --invert and --no-invert"
  case .otherNetwork(_, let found, _): "use the name \(found)"
  default: nil
  }
}

/// The message for an error that ends the program.
func message(for error: any Error) -> String {
  "\(error)" + (advice(on: error).map { ": \($0)" } ?? "")
}

/// Says on standard error what was assumed about weights, and how to decide it.
func noteAssumption(_ text: String) { note("\(text): change it with --preprocess and --set") }
