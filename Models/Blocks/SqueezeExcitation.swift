import GraphIR
import Ops
import TensorCore

/// Squeeze-and-excitation: the means of all channels, through two 1×1 with few channels between them, become a factor for
/// each channel (Hu et al., 2018, section 3).
struct SqueezeExcitation {
  /// What a checkpoint calls the two 1×1.
  struct Names {
    var squeeze: String
    var excite: String

    /// torchvision's.
    static let numbered = Names(squeeze: "fc1", excite: "fc2")
    /// timm's, in networks of the EfficientNet kind.
    static let named = Names(squeeze: "conv_reduce", excite: "conv_expand")
  }

  /// Channels between the two 1×1.
  var squeezed: Int
  /// Between the two 1×1.
  var activation = Activation.relu
  /// What makes factors of the result.
  var gate = Activation.sigmoid
  var names = Names.numbered
}

extension Scope {
  /// `x`, each channel times its factor.
  func squeezeExcitation(_ x: Value, _ block: SqueezeExcitation) throws(GraphError) -> Value {
    var factors = try adaptiveAveragePool(x, to: 1)
    factors = try conv(block.names.squeeze, factors, to: block.squeezed, kernel: 1, bias: true)
    factors = try activate(factors, block.activation)
    factors = try conv(block.names.excite, factors, to: x.shape.channels, kernel: 1, bias: true)
    return try multiply(x, by: activate(factors, block.gate))
  }
}
