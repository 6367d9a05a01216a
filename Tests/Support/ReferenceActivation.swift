import Glibc
import TensorCore

extension Activation {
  /// Every activation, for tests.
  package static let tested: [Activation] = [
    .identity, .relu, .relu6, .leakyReLU(slope: 0.1), .tanh(), .tanh(amplitude: 1.7159, slope: 2.0 / 3),
    .sigmoid, .hardSigmoid, .hardSwish, .silu, .gelu, .geluTanh,
  ]

  /// The function in double: the reference for the vector functions.
  package func reference(_ x: Double) -> Double {
    switch self {
    case .identity: x
    case .relu: x < 0 ? 0 : x
    case .relu6: x < 0 ? 0 : x > 6 ? 6 : x
    case .leakyReLU(let slope): x < 0 ? Double(slope) * x : x
    case .tanh(let amplitude, let slope): Double(amplitude) * Glibc.tanh(Double(slope) * x)
    case .sigmoid: 1 / (1 + exp(-x))
    case .hardSigmoid: Activation.relu6.reference(x + 3) / 6
    case .hardSwish: x * Activation.relu6.reference(x + 3) / 6
    case .silu: x / (1 + exp(-x))
    case .gelu: x * erfc(-x / 2.0.squareRoot()) / 2
    case .geluTanh: x / (1 + exp(-(8 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    }
  }

  /// The derivative by central differences, right except at a kink.
  package func derivative(_ x: Double) -> Double {
    let step = 1e-5
    return (reference(x + step) - reference(x - step)) / (2 * step)
  }
}
