import Glibc
import TensorCore

extension Activation {
  /// The function in double: what the vector functions are held to.
  package func reference(_ x: Double) -> Double {
    switch self {
    case .identity: x
    case .relu: max(x, 0)
    case .tanh(let amplitude, let slope): Double(amplitude) * Glibc.tanh(Double(slope) * x)
    }
  }
}
