import ArgumentParser
import Session

/// Where a network's weights come from.
struct WeightOptions: ParsableArguments {
  @Option(help: .init("Weight file: safetensors, PyTorch .pth or NumPy .npz.", valueName: "file"))
  var weights: String?

  @OptionGroup var key: WeightsKeyOption

  @Option(
    help: .init(
      "Compute weights from a formula: predictions are meaningless but the same everywhere.",
      valueName: "seed"))
  var randomWeights: UInt64?

  func validate() throws {
    if weights != nil && randomWeights != nil {
      throw ValidationError("--weights and --random-weights are mutually exclusive")
    }
    try key.check(weights: weights)
  }

  /// Where the weights come from.
  var request: WeightRequest {
    if let randomWeights { return .formula(seed: randomWeights) }
    return weights.map { .file(path: $0, key: key.weightsKey) } ?? .installed
  }
}

/// Which tensors of a file are meant.
struct WeightsKeyOption: ParsableArguments {
  @Option(
    help: .init(
      "Tensors to use from a weight file with several sets of them, such as model_ema or encoder_q.",
      valueName: "name"))
  var weightsKey: String?

  /// Throws a ``ValidationError`` for a key without a file.
  func check(weights: String?) throws {
    if weights == nil && weightsKey != nil {
      throw ValidationError("--weights-key selects tensors of a file: use it with --weights")
    }
  }
}
