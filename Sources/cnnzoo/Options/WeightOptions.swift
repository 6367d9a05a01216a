import ArgumentParser
import Session

/// Where a network's weights come from.
struct WeightOptions: ParsableArguments {
  @Option(help: .init("Weight file: safetensors, PyTorch .pth or NumPy .npz.", valueName: "file"))
  var weights: String?

  @Option(
    help: .init(
      "Compute weights from a formula: predictions are meaningless but the same everywhere.",
      valueName: "seed"))
  var randomWeights: UInt64?

  func validate() throws {
    if weights != nil && randomWeights != nil {
      throw ValidationError("--weights and --random-weights are mutually exclusive")
    }
  }

  /// Where the weights come from.
  var request: WeightRequest {
    if let randomWeights { return .formula(seed: randomWeights) }
    return weights.map(WeightRequest.file) ?? .installed
  }
}
