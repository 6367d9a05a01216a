import GraphIR
import Ops
import TensorCore

/// Dual path network: Chen, Li, Xiao, Jin, Yan, Feng, "Dual path networks", NIPS 2017, arXiv:1707.01629.
///
/// - Dual path block, figure 2 d, eq. 6 to 9:   ``block(_:width:inner:added:stride:isFirst:in:)``
/// - Table 1:                                   ``entries``
///
/// Deviation: none known. Checkpoint names follow timm.
package struct DPN: Architecture {
  var blocks: [Int]  // of the four stages
  var added: [Int]  // channels that a block of each stage adds to the dense path
  var bottleneck: Int  // channels of the 3×3 in the first stage; each later stage doubles them
  var groups = 32  // of the 3×3
  var stemChannels: Int
  var stemKernel: Int
  var residualWidth: Int  // channels of the residual path in the first stage; each later stage doubles them

  package static let settings: [Setting<DPN>] = [
    .integers("blocks", \.blocks, in: 1...256, "blocks of the four stages"),
    .integers("added", \.added, in: 1...2048, "channels that a block of each stage adds to the dense path"),
    .integer(
      "bottleneck", \.bottleneck, in: 1...4096,
      "channels of the 3×3 in the first stage; each later stage doubles them"),
    .integer("groups", \.groups, in: 1...1024, "groups of the 3×3"),
    .integer("stemChannels", \.stemChannels, in: 1...4096, "channels of the first convolution"),
    .integer("stemKernel", \.stemKernel, in: 1...15, "kernel size of the first convolution"),
    .integer(
      "residualWidth", \.residualWidth, in: 1...4096,
      "channels of the residual path in the first stage; each later stage doubles them"),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    let features = net["features"]
    var x = try features["conv1_1"].convNorm(
      .named, image, to: stemChannels, kernel: stemKernel, stride: 2,
      norm: NormSettings(epsilon: 0.001), activation: .relu)  // 112×112
    x = try features["conv1_pool"].maxPool(x, kernel: 3, stride: 2, padding: 1)  // 56×56
    for (stage, (count, added)) in zip(blocks, added).enumerated() {
      for i in 1...max(count, 1) {
        x = try block(
          x, width: residualWidth << stage, inner: bottleneck << stage, added: added,
          stride: stage > 0 && i == 1 ? 2 : 1, isFirst: i == 1, in: features["conv\(stage + 2)_\(i)"])
      }
    }
    x = try features["conv5_bn_ac"].batchNormReLU("bn", x, epsilon: 0.001)
    let logits = try net.conv(
      "classifier", net.adaptiveAveragePool(x, to: 1), to: classes, kernel: 1, bias: true)
    return try net.flatten(logits)
  }

  /// Results are added to the first `width` channels, the residual path, and appended to the others, the dense path.
  ///
  /// The first block of a stage projects both.
  private func block(
    _ x: Value, width: Int, inner: Int, added: Int, stride: Int, isFirst: Bool, in net: Scope
  ) throws(GraphError) -> Value {
    let carried =
      isFirst
      ? try activated(
        x, to: width + 2 * added, kernel: 1, stride: stride, in: net["c1x1_w_s\(stride)"]) : x
    var y = try activated(x, to: inner, kernel: 1, in: net["c1x1_a"])
    y = try activated(y, to: inner, kernel: 3, stride: stride, groups: groups, in: net["c3x3_b"])
    y = try activated(y, to: width + added, kernel: 1, in: net["c1x1_c"])
    let (old, new) = (
      try net.split(carried, [width, carried.shape.channels - width]), try net.split(y, [width, added])
    )
    return try net.concat([net.sum(old[0], new[0]), old[1], new[1]])
  }

  /// Batch norm, ReLU, convolution.
  private func activated(
    _ x: Value, to channels: Int, kernel: Int, stride: Int = 1, groups: Int = 1, in net: Scope
  ) throws(GraphError) -> Value {
    try net.conv(
      "conv", net.batchNormReLU("bn", x, epsilon: 0.001), to: channels, kernel: kernel, stride: stride,
      padding: kernel / 2, groups: groups)
  }
}
