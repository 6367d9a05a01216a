import GraphIR
import Ops
import TensorCore

/// Pre-activation ResNet for ImageNet: He, Zhang, Ren, Sun, "Identity mappings in deep residual networks",
/// ECCV 2016, arXiv:1603.05027.
///
/// - Full pre-activation, figure 1 b, 4 e:   ``block(_:width:stride:in:)``
/// - BN and ReLU after the last block:       `norm`
///
/// Deviation: the stride is on the 3×3 of a bottleneck and the classifier is a 1×1 convolution, as timm
/// has them. Names and shapes follow timm's `resnetv2`.
package struct ResNetV2: Architecture {
  var blocks: [Int]  // of the four stages
  var width = 64  // channels of the stem; each stage doubles

  package static let settings: [Setting<ResNetV2>] = [
    .bottleneckDepth(\.blocks),
    .integers("blocks", \.blocks, in: 1...512, "residual blocks of the four stages"),
    .integer("width", \.width, in: 1...4096, "channels of the first stage; each later stage doubles them"),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    let stem = net["stem"]
    var x = try stem.conv("conv", image, to: width, kernel: 7, stride: 2, padding: 3)  // 112×112
    x = try stem["pool"].maxPool(x, kernel: 3, stride: 2, padding: 1)  // 56×56
    for (stage, count) in blocks.enumerated() {
      let stageBlocks = net["stages"][stage]["blocks"]
      for i in 0..<count {
        let stride = stage > 0 && i == 0 ? 2 : 1
        x = try block(x, width: width << stage, stride: stride, in: stageBlocks[i])
      }
    }
    x = try net["norm"].batchNormReLU("", x)
    let head = net["head"]
    x = try head.conv("fc", head.adaptiveAveragePool(x, to: 1), to: classes, kernel: 1, bias: true)
    return try head.flatten(x)
  }

  /// BN–ReLU before each of 1×1, 3×3 and 1×1; nothing after the sum.
  private func block(
    _ x: Value, width: Int, stride: Int, in net: Scope
  ) throws(GraphError) -> Value {
    let activated = try net.batchNormReLU("norm1", x)
    let shortcut = try net["downsample"].preActivationShortcut(
      "conv", x, activated: activated, to: 4 * width, stride: stride)
    var y = try net.conv("conv1", activated, to: width, kernel: 1)
    y = try net.batchNormReLU("norm2", y)
    y = try net.conv("conv2", y, to: width, kernel: 3, stride: stride, padding: 1)
    y = try net.batchNormReLU("norm3", y)
    y = try net.conv("conv3", y, to: 4 * width, kernel: 1)
    return try net.sum(y, shortcut)
  }
}
