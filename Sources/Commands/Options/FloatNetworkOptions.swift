import ArgumentParser
import Session
import TensorCore

/// A network with weights in float32, for commands that look inside of it.
struct FloatNetworkOptions: ParsableArguments {
  @OptionGroup var weights: WeightOptions
  @OptionGroup var changes: NetworkOptions

  /// The network called `name`, bound to its weights; says on standard error what was left out of their file.
  ///
  /// Throws what is wrong with the network or the weights, and ``SessionError/quantized(path:precision:)`` for int8 weights.
  func bound(_ name: String) throws -> BoundNetwork {
    let bound = try BoundNetwork(changes.request(name), weights: weights.request)
    try bound.check(.float32)
    for text in bound.notes { note(text) }
    return bound
  }
}
