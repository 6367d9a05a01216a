/// A function that is applied to each element of a tensor.
///
/// To add one, add a case here and in `Kernels/ActivationKind.swift`, and its vector functions to
/// `CKernels/templates/activation.h`.
package enum Activation: Hashable, Sendable {
  /// x.
  case identity
  /// max(x, 0).
  case relu
  /// min(max(x, 0), 6): Sandler and others, "MobileNetV2", CVPR 2018, section 3.2.
  case relu6
  /// x, or slope · x where x is negative, for a positive slope: Maas and others, ICML 2013, section 2.
  case leakyReLU(slope: Float)
  /// amplitude · tanh(slope · x).
  case tanh(amplitude: Float = 1, slope: Float = 1)
  /// 1 / (1 + e^-x).
  case sigmoid
  /// ReLU6(x + 3) / 6.
  case hardSigmoid
  /// x · ReLU6(x + 3) / 6: Howard and others, "Searching for MobileNetV3", ICCV 2019, section 5.2.
  case hardSwish
  /// x · sigmoid(x), also called swish: Ramachandran and others, arXiv:1710.05941.
  case silu
  /// x · Φ(x), with the cumulative function of the normal distribution: Hendrycks and Gimpel, arXiv:1606.08415.
  case gelu
  /// GELU's approximation in the same paper, x / 2 · (1 + tanh(√(2/π) (x + 0.044715 x³))).
  case geluTanh

  /// The function without its parameters, in ASCII: `relu`.
  package var name: String {
    switch self {
    case .identity: "identity"
    case .relu: "relu"
    case .relu6: "relu6"
    case .leakyReLU: "leaky_relu"
    case .tanh: "tanh"
    case .sigmoid: "sigmoid"
    case .hardSigmoid: "hard_sigmoid"
    case .hardSwish: "hard_swish"
    case .silu: "silu"
    case .gelu: "gelu"
    case .geluTanh: "gelu_tanh"
    }
  }

  /// Whether a vector takes tens of instructions, not a few.
  package var isTranscendental: Bool {
    switch self {
    case .identity, .relu, .relu6, .leakyReLU, .hardSigmoid, .hardSwish: false
    case .tanh, .sigmoid, .silu, .gelu, .geluTanh: true
    }
  }

  /// Whether f(s x) = s f(x) for every s above 0.
  package var isPositivelyHomogeneous: Bool {
    switch self {
    case .identity, .relu, .leakyReLU: true
    case .relu6, .tanh, .sigmoid, .hardSigmoid, .hardSwish, .silu, .gelu, .geluTanh: false
    }
  }

  /// Whether the derivative at x can be computed from f(x), so that the backward pass needs only the result.
  ///
  /// Otherwise it needs x, which is not stored if a kernel applies the function to its own results.
  package var derivativeFollowsFromResult: Bool {
    switch self {
    case .identity, .relu, .relu6, .leakyReLU, .tanh, .sigmoid, .hardSigmoid: true
    case .hardSwish, .silu, .gelu, .geluTanh: false
    }
  }

  /// The function without its parameters, as it is written in a figure: `ReLU`.
  package var label: String {
    switch self {
    case .identity, .tanh, .sigmoid: name
    case .relu: "ReLU"
    case .relu6: "ReLU6"
    case .leakyReLU: "leaky ReLU"
    case .hardSigmoid: "hard sigmoid"
    case .hardSwish: "hard swish"
    case .silu: "SiLU"
    case .gelu: "GELU"
    case .geluTanh: "GELU (tanh)"
    }
  }
}

extension Activation: CustomStringConvertible {
  /// `ReLU`, `1.7159 · tanh(0.6666667 x)`.
  package var description: String {
    switch self {
    case .tanh(amplitude: 1, slope: 1): label
    case .tanh(let amplitude, let slope): "\(amplitude) · tanh(\(slope) x)"
    case .leakyReLU(let slope): "\(label) \(slope)"
    default: label
    }
  }
}
