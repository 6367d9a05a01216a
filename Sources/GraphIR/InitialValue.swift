/// How a parameter gets its initial values, as far as the operator decides it.
///
/// The weights and biases of layers are drawn as the network's initialization scheme says; all other
/// parameters start the same way in every network.
package enum InitialValue: Hashable, Sendable {
  /// The weights of a layer, drawn by the scheme.
  case weight(LayerKind, Fans)
  /// The bias of a layer with such weights, drawn by the scheme.
  case bias(LayerKind, Fans)
  /// The same value everywhere.
  case constant(Float)
  /// Uniform in ±bound.
  case uniform(bound: Double)
  /// Values that the architecture gives.
  case fixed
}

/// The kinds of layer that initialization schemes tell apart.
package enum LayerKind: Hashable, Sendable {
  case convolution
  case linear
}

/// The connections of a layer's units.
package struct Fans: Hashable, Sendable {
  /// Fan-in: inputs that an output unit reads.
  package let input: Int
  /// Fan-out: output units that an input feeds.
  package let output: Int

  /// Fans from their numbers.
  package init(input: Int, output: Int) {
    self.input = input
    self.output = output
  }
}
