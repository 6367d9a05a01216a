import ArgumentParser
import TensorCore
import Weights
import Zoo

/// Where a network's weights come from.
struct WeightOptions: ParsableArguments {
  @Option(help: .init("Weight file: safetensors, PyTorch .pth, NumPy .npz.", valueName: "file"))
  var weights: String?

  @Option(
    help: .init("Weights from a formula: results mean nothing, but are always the same.", valueName: "seed"))
  var randomWeights: UInt64?

  func validate() throws {
    if weights != nil && randomWeights != nil {
      throw ValidationError("--weights and --random-weights exclude each other")
    }
  }

  /// Decides where weights come from; of files, only headers are read.
  ///
  /// Compiled-in weights are passed over where they are not those of the network that `network` asks for, or where
  /// `suits` finds them unfit for the input.
  ///
  /// Throws ``NoWeightsError`` where none were given and none are found.
  func choose(
    for entry: ModelEntry, as network: NetworkOptions, suits: (WeightDescription) -> Bool
  ) throws -> WeightChoice {
    if let randomWeights { return .formula(seed: randomWeights) }
    if let weights { return try .file(path: weights, for: entry) }
    var passedOver: String?
    if let compiled = try WeightChoice.compiledIn(for: entry), let description = compiled.description {
      if try suits(description) && compiled.fits(network, entry) { return compiled }
      passedOver =
        "for \(description.classes) classes of \(description.data) at \(description.inputShape)"
    }
    switch WeightFinder().find(entry.name, published: entry.weights.map(\.file)) {
    case .found(let path): return try .file(path: path, for: entry)
    case .notFound(let places):
      throw NoWeightsError(model: entry.name, passedOver: passedOver, places: places)
    }
  }
}

extension WeightChoice {
  /// Whether the weights are those of the network that the command line asks for.
  fileprivate func fits(_ network: NetworkOptions, _ entry: ModelEntry) throws -> Bool {
    let model = try network.model(named: entry.name, for: self)
    let graph = try model.graph()
    do throws(CheckpointError) { _ = try source(for: graph, of: model) } catch {
      guard case .mismatch = error else { throw error }
      return false
    }
    return true
  }
}
