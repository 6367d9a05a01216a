/// A function that is applied to each element of a tensor.
///
/// To add one, add a case here and in `Kernels/ActivationKind.swift`, and its vector functions to
/// `CKernels/templates/activation.h`.
package enum Activation: Hashable, Sendable {
  /// x.
  case identity
  /// max(x, 0).
  case relu
  /// amplitude · tanh(slope · x).
  case tanh(amplitude: Float = 1, slope: Float = 1)

  /// The function without its parameters, in ASCII: `relu`.
  package var name: String {
    switch self {
    case .identity: "identity"
    case .relu: "relu"
    case .tanh: "tanh"
    }
  }

  /// Whether a vector takes tens of instructions, not a few.
  package var isTranscendental: Bool {
    switch self {
    case .identity, .relu: false
    case .tanh: true
    }
  }

  /// Whether the derivative at x can be computed from f(x), so that the backward pass needs only the result.
  ///
  /// Otherwise it needs x, which is not stored if a kernel applies the function to its own results.
  package var derivativeFollowsFromResult: Bool {
    switch self {
    case .identity, .relu, .tanh: true
    }
  }
}

extension Activation: CustomStringConvertible {
  /// `ReLU`, `1.7159 · tanh(0.6666667 x)`.
  package var description: String {
    switch self {
    case .identity: "identity"
    case .relu: "ReLU"
    case .tanh(amplitude: 1, slope: 1): "tanh"
    case .tanh(let amplitude, let slope): "\(amplitude) · tanh(\(slope) x)"
    }
  }
}
