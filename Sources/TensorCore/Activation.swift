/// A function of one variable that is applied to every element of a tensor.
///
/// A new one takes a case here, its place in `ck_activation` (module `Kernels`), and its vector functions in
/// `CKernels/templates/activation.h`.
package enum Activation: Hashable, Sendable {
  /// x.
  case identity
  /// max(x, 0).
  case relu
  /// amplitude · tanh(slope · x).
  case tanh(amplitude: Float = 1, slope: Float = 1)

  /// The function without its numbers, in ASCII: `relu`.
  package var name: String {
    switch self {
    case .identity: "identity"
    case .relu: "relu"
    case .tanh: "tanh"
    }
  }

  /// Whether the derivative at x can be computed from f(x), so that a backward pass needs the result only.
  ///
  /// Otherwise it needs x, which is gone where a kernel has applied the function to its own results.
  package var derivativeFollowsFromResult: Bool {
    switch self {
    case .identity, .relu, .tanh: true
    }
  }
}

extension Activation: CustomStringConvertible {
  /// As the attributes of an operator show it: `ReLU`, `1.7159 · tanh(0.6666667 x)`.
  package var description: String {
    switch self {
    case .identity: "identity"
    case .relu: "ReLU"
    case .tanh(amplitude: 1, slope: 1): "tanh"
    case .tanh(let amplitude, let slope): "\(amplitude) · tanh(\(slope) x)"
    }
  }
}
