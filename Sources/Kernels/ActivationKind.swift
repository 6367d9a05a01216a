import CKernels
import TensorCore

extension ck_activation {
  /// An activation as the kernels take it.
  init(_ activation: Activation) {
    self.init(kind: CK_IDENTITY, amplitude: 1, slope: 1, low: 0, high: 0)
    switch activation {
    case .identity: break
    case .relu: kind = CK_RELU
    case .relu6:
      kind = CK_CLAMP
      high = 6
    case .leakyReLU(let slope):
      kind = CK_LEAKY_RELU
      self.slope = slope
    case .tanh(let amplitude, let slope):
      kind = CK_TANH
      self.amplitude = amplitude
      self.slope = slope
    case .sigmoid: kind = CK_SIGMOID
    case .hardSigmoid: kind = CK_HARD_SIGMOID
    case .hardSwish: kind = CK_HARD_SWISH
    case .silu: kind = CK_SILU
    case .gelu: kind = CK_GELU
    case .geluTanh: kind = CK_GELU_TANH
    }
  }
}
