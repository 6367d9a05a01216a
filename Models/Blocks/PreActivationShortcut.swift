import GraphIR
import Ops
import TensorCore

extension Scope {
  /// The shortcut of a pre-activation block: the input itself or, where the block changes its shape, a 1×1 projection
  /// of the input after the batch norm and ReLU that both branches share.
  ///
  /// As in the authors' code, the projection has no batch norm of its own.
  func preActivationShortcut(
    _ name: String, _ input: Value, activated: Value, to channels: Int, stride: Int
  ) throws(GraphError) -> Value {
    if stride == 1 && input.shape.channels == channels { return input }
    return try conv(name, activated, to: channels, kernel: 1, stride: stride)
  }

  /// The two branches of a pre-activation bottleneck to four times `width` channels: BN–ReLU before each of 1×1, 3×3 and
  /// 1×1, and the shortcut; nothing follows their sum (He et al., 2016, arXiv:1603.05027, figure 4 e).
  func preActivationBottleneck(
    _ x: Value, width: Int, stride: Int
  ) throws(GraphError) -> (residual: Value, shortcut: Value) {
    let activated = try batchNormReLU("bn1", x)
    let shortcut = try preActivationShortcut(
      "downsample", x, activated: activated, to: 4 * width, stride: stride)
    var y = try conv("conv1", activated, to: width, kernel: 1, stride: stride)
    y = try batchNormReLU("bn2", y)
    y = try conv("conv2", y, to: width, kernel: 3, padding: 1)
    y = try batchNormReLU("bn3", y)
    return (try conv("conv3", y, to: 4 * width, kernel: 1), shortcut)
  }
}
