import GraphIR
import Ops
import TensorCore

/// ResNet-D: He, Zhang, Zhang, Zhang, Xie, Li, "Bag of tricks for image classification with convolutional neural
/// networks", CVPR 2019, arXiv:1812.01187.
///
/// - ResNet-C, three 3×3 instead of the 7×7, figure 2 b:            ``stem(_:in:)``
/// - ResNet-B, the stride on the 3×3 of a bottleneck, figure 2 a:    `bottleneckResidual`
/// - ResNet-D, an average pool before the projection, figure 2 c:    ``shortcut(_:to:stride:in:)``
///
/// Deviation: none known. Checkpoint names follow timm.
package struct ResNetD: Architecture {
  var blocks: [Int]  // residual blocks in conv2_x … conv5_x
  var width = 64  // channels of the first stage; each later stage doubles them

  package static let settings: [Setting<ResNetD>] = [
    .bottleneckDepth(\.blocks),
    .integers("blocks", \.blocks, in: 1...512, "residual blocks of the four stages"),
    .integer("width", \.width, in: 2...4096, "channels of the first stage; each later stage doubles them"),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    var x = try stem(image, in: net)  // 112×112
    x = try net.maxPool(x, kernel: 3, stride: 2, padding: 1)  // 56×56
    x = try net.residualStages(x, blocks: blocks) { (x, stage, stride, net) throws(GraphError) in
      let (inner, channels) = (width << stage, 4 * width << stage)
      let y = try net.bottleneckResidual(x, width: inner, to: channels, stride: stride)
      return try net.relu(net.sum(y, shortcut(x, to: channels, stride: stride, in: net)))
    }
    return try net.linear("fc", net.globalAveragePool(x), to: classes)
  }

  /// 3×3 with stride 2 and 3×3 to half the channels, 3×3 to all.
  private func stem(_ image: Value, in net: Scope) throws(GraphError) -> Value {
    let layers = net["conv1"]
    var x = try layers.convNorm(
      .init("0", "1"), image, to: width / 2, kernel: 3, stride: 2, activation: .relu)
    x = try layers.convNorm(.init("3", "4"), x, to: width / 2, kernel: 3, activation: .relu)
    return try net.batchNormReLU("bn1", layers.conv("6", x, to: width, kernel: 3, padding: 1))
  }

  /// The input itself or, where the block changes its shape, an average over 2×2 and a 1×1 that reads every value.
  private func shortcut(
    _ x: Value, to channels: Int, stride: Int, in net: Scope
  ) throws(GraphError) -> Value {
    if stride == 1 && x.shape.channels == channels { return x }
    let layers = net["downsample"]
    let pooled =
      stride == 1
      ? x : try layers["0"].averagePool(x, kernel: 2, stride: 2, ceilMode: true, countsPadding: false)
    return try layers.convNorm(.init("1", "2"), pooled, to: channels, kernel: 1)
  }
}
