import GraphIR
import Ops
import TensorCore

extension Scope {
  /// The shortcut of a residual block: the input itself or, where the block changes its shape, a 1×1
  /// projection with batch norm (He et al., 2016, §3.3, option B).
  func projectionShortcut(
    _ input: Value, to channels: Int, stride: Int
  ) throws(GraphError) -> Value {
    if stride == 1 && input.shape.channels == channels { return input }
    let downsample = self["downsample"]
    return try downsample.batchNorm(
      "1", downsample.conv("0", input, to: channels, kernel: 1, stride: stride))
  }
}
