import GraphIR
import Ops
import TensorCore

extension BoundNetwork {
  /// The result of a layer, as messages and reports name it.
  package struct Layer: Sendable {
    /// Its path, or the word for the input of the classifier.
    package let name: String
    /// What it makes of one image, `[C, H, W]` or `[C]`.
    package let shape: Shape
    let value: Value
  }

  /// The layer called `name`.
  ///
  /// Throws ``SessionError/noSuchLayer(network:layer:nearest:)``.
  package func layer(_ name: String) throws(SessionError) -> Layer {
    guard let value = graph.value(ofLayer: name) else {
      throw .noSuchLayer(
        network: network.name, layer: name, nearest: Array(graph.layers(near: name).prefix(3)))
    }
    return Layer(name: name, shape: Shape(Array(value.shape.dimensions.dropFirst())), value: value)
  }

  /// The network up to a layer: its outputs are features, one image a row.
  package func features(of layer: Layer, pooling: FeaturePooling) -> BoundNetwork {
    BoundNetwork(
      network: network, weights: weights, graph: graph.ending(at: layer.value, pooling: pooling),
      parameters: parameters)
  }
}

extension BoundNetwork.Layer {
  /// Whether it is what the classifier reads, by that word.
  package var isPenultimate: Bool { name == Graph.penultimate }

  /// The shape of its features of one image after `pooling`.
  package func shape(after pooling: FeaturePooling) -> Shape {
    pooling == .none || shape.rank == 1 ? shape : [shape[0]]
  }
}
