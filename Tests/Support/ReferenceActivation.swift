import Glibc
import TensorCore

extension Activation {
  /// Every activation, for tests.
  package static let tested: [Activation] = [
    .identity, .relu, .tanh(), .tanh(amplitude: 1.7159, slope: 2.0 / 3),
  ]

  /// The function in double: the reference for the vector functions.
  package func reference(_ x: Double) -> Double {
    switch self {
    case .identity: x
    case .relu: max(x, 0)
    case .tanh(let amplitude, let slope): Double(amplitude) * Glibc.tanh(Double(slope) * x)
    }
  }

  /// The derivative by central differences, right except at a kink.
  package func derivative(_ x: Double) -> Double {
    let step = 1e-5
    return (reference(x + step) - reference(x - step)) / (2 * step)
  }
}
