import GraphIR
import Ops
import TensorCore

extension Scope {
  /// The residual of a basic block: 3×3, 3×3, with batch norm after each and ReLU between (He et al., 2016,
  /// figure 5 left).
  ///
  /// The caller adds the ReLU after the sum.
  func basicResidual(_ input: Value, to channels: Int, stride: Int) throws(GraphError) -> Value {
    var y = try conv("conv1", input, to: channels, kernel: 3, stride: stride, padding: 1)
    y = try batchNormReLU("bn1", y)
    y = try conv("conv2", y, to: channels, kernel: 3, padding: 1)
    return try batchNorm("bn2", y)
  }

  /// The residual of a bottleneck: 1×1 to `width` channels, 3×3 in `groups`, 1×1 to `channels`, with batch norm
  /// after each and ReLU between (He et al., 2016, figure 5 right; Xie et al., 2017, figure 3 c).
  ///
  /// `stridesFirst` puts the stride on the first 1×1. The caller adds the ReLU after the sum.
  func bottleneckResidual(
    _ input: Value, width: Int, to channels: Int, groups: Int = 1, stride: Int,
    stridesFirst: Bool = false
  ) throws(GraphError) -> Value {
    var y = try conv("conv1", input, to: width, kernel: 1, stride: stridesFirst ? stride : 1)
    y = try batchNormReLU("bn1", y)
    y = try conv(
      "conv2", y, to: width, kernel: 3, stride: stridesFirst ? 1 : stride, padding: 1, groups: groups)
    y = try batchNormReLU("bn2", y)
    y = try conv("conv3", y, to: channels, kernel: 1)
    return try batchNorm("bn3", y)
  }
}
