import TensorCore

/// What an operator computes in inference, as far as passes rewrite it.
package enum Semantics: Hashable, Sendable {
  /// Its input, unchanged.
  case identity
  /// A function of each element.
  case activation(Activation)
  /// The sum of its two inputs, then an activation.
  case sum(Activation)
  /// A batch norm by stored statistics, then an activation.
  case norm(NormParameters, Activation)
  /// Its input times a factor.
  case scale(ScaleFactor)
  /// Its channels in another order: channel g · C / groups + c goes to c · groups + g.
  case shuffle(groups: Int)
  /// An affine map of the channels of a pixel, the same at every pixel.
  case pointwise
  /// The mean over a window in each channel, all of whose elements are inputs.
  case mean
  /// Anything else.
  case other
}

extension Node {
  /// What the node computes in inference.
  package var semantics: Semantics { operation.semantics(inputs.map(\.shape), parameters) }
}
