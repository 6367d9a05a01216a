import GraphIR
import Ops

/// ResNet for ImageNet: He, Zhang, Ren, Sun, "Deep residual learning for image recognition",
/// CVPR 2016, arXiv:1512.03385.
///
/// - Residual learning, eq. 1 and 2:        `sum` at the end of both blocks
/// - Projection shortcuts, option B, §3.3:  `projectionShortcut`, shared with ResNeXt
/// - Basic block, figure 5 left:            `basicBlock`
/// - Bottleneck, figure 5 right:            `bottleneck`
/// - Table 1:                               ``entries``
///
/// Deviation: none known for the `_v1` forms. The others are torchvision's "V1.5", which strides the 3×3 of a
/// bottleneck where the paper strides the first 1×1: as many parameters, more MACs.
/// Checkpoint names follow torchvision.
package struct ResNet: Architecture {
  /// The two kinds of residual block.
  package enum Block: Sendable {
    /// Two 3×3.
    case basic
    /// 1×1, 3×3, 1×1 to four times the width; `stridesFirst` is the paper's V1.
    case bottleneck(stridesFirst: Bool)
  }

  var block: Block
  var blocks: [Int]  // residual blocks in conv2_x … conv5_x, table 1
  var width = 64  // maps of conv1; each stage doubles

  package static let settings: [Setting<ResNet>] = [
    .integers("blocks", \.blocks, in: 1...512, "residual blocks of the four stages"),
    .integer("width", \.width, in: 1...4096, "maps of the first stage; each later stage doubles"),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    var x = try net.conv("conv1", image, to: width, kernel: 7, stride: 2, padding: 3)  // 112×112
    x = try net.batchNormReLU("bn1", x)
    x = try net.maxPool(x, kernel: 3, stride: 2, padding: 1)  // 56×56
    for (stage, count) in blocks.enumerated() {
      let layer = net["layer\(stage + 1)"]
      for i in 0..<count {
        let stride = stage > 0 && i == 0 ? 2 : 1  // conv3_1, conv4_1, conv5_1
        x = try residualBlock(x, width: width << stage, stride: stride, in: layer[i])
      }
    }
    return try net.linear("fc", net.globalAveragePool(x), to: classes)
  }

  private func residualBlock(
    _ x: Value, width: Int, stride: Int, in net: Scope
  ) throws(GraphError) -> Value {
    switch block {
    case .basic:
      try basicBlock(x, to: width, stride: stride, in: net)
    case .bottleneck(let stridesFirst):
      try bottleneck(x, width: width, stride: stride, stridesFirst: stridesFirst, in: net)
    }
  }

  /// 3×3, 3×3; BN after each, ReLU between and after the sum.
  private func basicBlock(
    _ x: Value, to channels: Int, stride: Int, in net: Scope
  ) throws(GraphError) -> Value {
    var y = try net.conv("conv1", x, to: channels, kernel: 3, stride: stride, padding: 1)
    y = try net.batchNormReLU("bn1", y)
    y = try net.conv("conv2", y, to: channels, kernel: 3, padding: 1)
    y = try net.batchNorm("bn2", y)
    return try net.relu(net.sum(y, net.projectionShortcut(x, to: channels, stride: stride)))
  }

  /// 1×1 to `width` maps, 3×3, 1×1 to four times as many.
  private func bottleneck(
    _ x: Value, width: Int, stride: Int, stridesFirst: Bool, in net: Scope
  ) throws(GraphError) -> Value {
    let channels = 4 * width
    var y = try net.conv("conv1", x, to: width, kernel: 1, stride: stridesFirst ? stride : 1)
    y = try net.batchNormReLU("bn1", y)
    y = try net.conv("conv2", y, to: width, kernel: 3, stride: stridesFirst ? 1 : stride, padding: 1)
    y = try net.batchNormReLU("bn2", y)
    y = try net.conv("conv3", y, to: channels, kernel: 1)
    y = try net.batchNorm("bn3", y)
    return try net.relu(net.sum(y, net.projectionShortcut(x, to: channels, stride: stride)))
  }
}
