import GraphIR
import Ops
import TensorCore

/// ResNet for ImageNet: He, Zhang, Ren, Sun, "Deep residual learning for image recognition",
/// CVPR 2016, arXiv:1512.03385.
///
/// - Residual learning, eq. 1 and 2:        `sum` in ``residualBlock(_:width:stride:in:)``
/// - Projection shortcuts, option B, §3.3:  `projectionShortcut`
/// - Basic block, figure 5 left:            `basicResidual`
/// - Bottleneck, figure 5 right:            `bottleneckResidual`
/// - Table 1:                               ``entries``; the frame is `residualNetwork`
///
/// Deviation: none known for the `_v1` variants. The others are torchvision's "V1.5", which strides the 3×3 of a
/// bottleneck where the paper strides the first 1×1: the same parameters, more MACs.
/// Checkpoint names follow torchvision.
package struct ResNet: Architecture {
  /// The two kinds of residual block.
  package enum Block: Hashable, Sendable {
    /// Two 3×3.
    case basic
    /// 1×1, 3×3, 1×1 to four times the width; `stridesFirst` is the paper's V1.
    case bottleneck(stridesFirst: Bool)
  }

  var block: Block
  var blocks: [Int]  // residual blocks in conv2_x … conv5_x, table 1
  var width = 64  // channels of conv1; each stage doubles them

  package static let settings: [Setting<ResNet>] = [
    .depth(
      oneOf: (DepthTable.basic + DepthTable.bottleneck).map(\.depth),
      read: { $0.blocks.reduce(0, +) * ($0.block == .basic ? 2 : 3) + 2 },
      choose: { resnet, depth in
        for row in DepthTable.basic where row.depth == depth {
          resnet.block = .basic
          resnet.blocks = row.blocks
        }
        for row in DepthTable.bottleneck where row.depth == depth {
          if resnet.block == .basic { resnet.block = .bottleneck(stridesFirst: false) }
          resnet.blocks = row.blocks
        }
      }),
    .integers("blocks", \.blocks, in: 1...512, "residual blocks of the four stages"),
    .integer("width", \.width, in: 1...4096, "channels of the first stage; each later stage doubles them"),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    try net.residualNetwork(image, stem: width, blocks: blocks, classes: classes) {
      (x, stage, stride, net) throws(GraphError) in
      try residualBlock(x, width: width << stage, stride: stride, in: net)
    }
  }

  private func residualBlock(
    _ x: Value, width: Int, stride: Int, in net: Scope
  ) throws(GraphError) -> Value {
    switch block {
    case .basic:
      let y = try net.basicResidual(x, to: width, stride: stride)
      return try net.relu(net.sum(y, net.projectionShortcut(x, to: width, stride: stride)))
    case .bottleneck(let stridesFirst):
      let y = try net.bottleneckResidual(
        x, width: width, to: 4 * width, stride: stride, stridesFirst: stridesFirst)
      return try net.relu(net.sum(y, net.projectionShortcut(x, to: 4 * width, stride: stride)))
    }
  }
}
