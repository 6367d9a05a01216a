import TensorCore

/// Which values of a network are bytes, and which layers have signed bytes as weights.
///
/// Names are those of the nodes that inference runs, with batch norms folded: a value is called after its node.
package struct QuantizationScheme: Hashable, Sendable {
  /// What stands for the name of the image.
  package static let image = "image"

  /// The values that are bytes.
  package var values: [String: Quantization]
  /// The layers whose weights are signed bytes; their inputs are bytes.
  package var layers: Set<String>

  /// A scheme from its parts.
  package init(values: [String: Quantization], layers: Set<String>) {
    self.values = values
    self.layers = layers
  }
}
