import CKernels
import TensorCore

extension ck_activation {
  /// An activation as the kernels take it.
  init(_ activation: Activation) {
    switch activation {
    case .identity: self.init(kind: CK_IDENTITY, amplitude: 1, slope: 1)
    case .relu: self.init(kind: CK_RELU, amplitude: 1, slope: 1)
    case .tanh(let amplitude, let slope): self.init(kind: CK_TANH, amplitude: amplitude, slope: slope)
    }
  }
}
