import Files
import GraphIR
import TensorCore
import Weights
import Zoo

/// A network bound to its weights: all that plans need.
package struct BoundNetwork: Sendable {
  /// The network, as the weights and the request want it.
  package let network: Network
  /// Where the weights come from.
  package let weights: NetworkWeights
  /// The graph for one image, auxiliary heads included; with a scheme, if the weights are bytes.
  package let graph: Graph
  /// The values of its parameters, read when an executor asks for them.
  package let parameters: any ParameterSource

  /// Where in a weight file the parameters were found and what was left out, if that needs saying.
  package var notes: [String] {
    guard let binding = parameters as? CheckpointBinding else { return [] }
    return binding.notes.map { "\(escaped(binding.checkpoint.path)): \($0)" }
  }

  /// The graph for a batch, auxiliary heads included.
  ///
  /// Throws ``SessionError/batchTooLarge(batch:image:)``.
  package func graph(batch: Int) throws(SessionError) -> Graph {
    try network.check(batch: batch)
    return graph.withBatch(batch)
  }
}

extension BoundNetwork {
  /// Throws ``SessionError/notQuantized(network:path:)`` or ``SessionError/quantized(path:precision:)`` where the weights are
  /// not for `precision`; for `nil`, every weights are.
  package func check(_ precision: ComputePrecision?) throws(SessionError) {
    guard let precision, (precision == .int8) != (graph.quantization != nil) else { return }
    if precision == .int8 { throw .notQuantized(network: network.name, path: weights.path) }
    throw .quantized(path: weights.path ?? network.name, precision: precision)
  }
}

extension BoundNetwork {
  /// Last changes to a network before its graph is built, such as those that the data demands.
  package typealias Adaptation = (_ network: inout Network, _ weights: NetworkWeights) throws -> Void

  /// Finds the weights for a network and binds them; of files, only headers are read.
  ///
  /// - Parameters:
  ///   - request: The network.
  ///   - weights: Where its weights come from. Embedded ones are passed over where they are for another form of the
  ///     network than the one requested, or where `suits` rejects them.
  ///   - registry: Where the network is looked up.
  ///   - finder: Where weight files are looked for.
  ///   - suits: Whether embedded weights are right for the inputs at hand.
  ///   - adapt: Last changes to the network.
  /// - Throws: ``RegistryError``, ``SettingError``, ``CheckpointError``, ``SessionError``, and what `adapt` throws.
  package init(
    _ request: NetworkRequest, weights: WeightRequest, registry: Registry = .current,
    finder: WeightFinder = WeightFinder(), suits: (WeightDescription) -> Bool = { _ in true },
    adapting adapt: Adaptation = { _, _ in }
  ) throws {
    let entry = try registry.entry(request.name)
    switch weights {
    case .formula(let seed):
      try self.init(request, bindingTo: .formula(seed: seed), registry, adapt)
    case .file(let path, let key):
      try self.init(request, bindingTo: .file(path: path, key: key, for: entry), registry, adapt)
    case .installed:
      var unsuitable: WeightDescription?
      if let embedded = try NetworkWeights.embedded(for: entry), let description = embedded.description {
        if suits(description) {
          do {
            self = try BoundNetwork(request, bindingTo: embedded, registry, adapt)
            return
          } catch CheckpointError.mismatch {}
        }
        unsuitable = description
      }
      switch finder.find(entry.name, published: entry.weights.map(\.storedName)) {
      case .found(let path):
        try self.init(request, bindingTo: .file(path: path, for: entry), registry, adapt)
      case .notFound(let places):
        throw SessionError.noWeights(network: entry.name, unsuitable: unsuitable, places: places)
      }
    }
  }

  private init(
    _ request: NetworkRequest, bindingTo weights: NetworkWeights, _ registry: Registry, _ adapt: Adaptation
  ) throws {
    var network = try Network(request, for: weights, registry: registry)
    try adapt(&network, weights)
    var graph: Graph
    do throws(SessionError) { graph = try network.graph() } catch {
      // Is it the file's own description that is wrong, or the request?
      if let description = weights.description {
        do { _ = try Network(network.entry, describedBy: description, registry: registry).graph() } catch {
          throw SessionError.impossibleDescription(path: weights.path ?? "", reason: "\(error)")
        }
      }
      throw error
    }
    graph.quantization = try weights.checkpoint.flatMap(QuantizationScheme.init)
    self.network = network
    self.weights = weights
    self.graph = graph
    parameters = try weights.bind(to: graph.storedParameters, of: network)
  }
}
