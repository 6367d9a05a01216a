import GraphIR
import Ops
import TensorCore

/// SENet: Hu, Shen, Albanie, Sun, Wu, "Squeeze-and-excitation networks", CVPR 2018, arXiv:1709.01507, as the authors' Caffe
/// code has it.
///
/// - Squeeze, excitation, scale, eq. 2 to 4:      `squeezeExcitation`
/// - SE-ResNet module, figure 3:                  ``residual(_:stage:stride:in:)``
/// - Reduction ratio r, section 6.1:              ``reduction``
/// - SENet-154, section 5 and its footnotes:      ``Block/wide``
///
/// Deviation: a ReLU between the last batch norm of a basic block and its squeeze, as in timm, whose weights were trained so.
/// Bottlenecks stride the first 1×1. Checkpoint names follow timm's `legacy_seresnet`, `legacy_seresnext` and
/// `legacy_senet`.
package struct SENet: Architecture {
  /// The kinds of residual block.
  package enum Block: Hashable, Sendable {
    /// ResNet's two 3×3.
    case basic
    /// ResNet's bottleneck, with the stride on the first 1×1.
    case bottleneck
    /// ResNeXt's bottleneck: 32 groups of 4 channels in the first stage.
    case grouped
    /// SENet-154's: twice as wide, 64 groups, 3×3 in the shortcuts; a stem of three 3×3.
    case wide
  }

  var block: Block
  var blocks: [Int]  // of the four stages
  var reduction = 16  // r
  var dropout = 0.0

  package static let settings: [Setting<SENet>] = [
    .integers("blocks", \.blocks, in: 1...512, "residual blocks of the four stages"),
    .integer("reduction", \.reduction, in: 1...64, "channels per squeezed channel, r"),
    .number("dropout", \.dropout, in: 0...1, "share of features dropped during training"),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    var x = try stem(image, in: net["layer0"])  // 112×112
    x = try net["pool0"].maxPool(x, kernel: 3, stride: 2, ceilMode: true)  // 56×56
    x = try net.residualStages(x, blocks: blocks) { (x, stage, stride, net) throws(GraphError) in
      let y = try residual(x, stage: stage, stride: stride, in: net)
      let squeezed = max(1, y.shape.channels / reduction)
      let scaled = try net["se_module"].squeezeExcitation(y, SqueezeExcitation(squeezed: squeezed))
      return try net.relu(net.sum(scaled, shortcut(x, to: y.shape.channels, stage, stride, in: net)))
    }
    x = try net.dropout(net.globalAveragePool(x), rate: dropout)
    return try net.linear("last_linear", x, to: classes)
  }

  private func stem(_ image: Value, in net: Scope) throws(GraphError) -> Value {
    guard block == .wide else {
      return try net.batchNormReLU("bn1", net.conv("conv1", image, to: 64, kernel: 7, stride: 2, padding: 3))
    }
    var x = try net.convNorm(
      .init("conv1", "bn1"), image, to: 64, kernel: 3, stride: 2, activation: .relu)
    x = try net.convNorm(.init("conv2", "bn2"), x, to: 64, kernel: 3, activation: .relu)
    return try net.convNorm(.init("conv3", "bn3"), x, to: 128, kernel: 3, activation: .relu)
  }

  /// The branch, before it is squeezed.
  private func residual(
    _ x: Value, stage: Int, stride: Int, in net: Scope
  ) throws(GraphError) -> Value {
    let width = 64 << stage
    switch block {
    case .basic: return try net.relu(net.basicResidual(x, to: width, stride: stride))
    case .bottleneck:
      return try net.bottleneckResidual(
        x, width: width, to: 4 * width, stride: stride, stridesFirst: true)
    case .grouped:
      return try net.bottleneckResidual(
        x, width: 2 * width, to: 4 * width, groups: 32, stride: stride)
    case .wide:
      var y = try net.convNorm(.init("conv1", "bn1"), x, to: 2 * width, kernel: 1, activation: .relu)
      y = try net.convNorm(
        .init("conv2", "bn2"), y, to: 4 * width, kernel: 3, stride: stride, groups: 64, activation: .relu)
      return try net.convNorm(.init("conv3", "bn3"), y, to: 4 * width, kernel: 1)
    }
  }

  private func shortcut(
    _ x: Value, to channels: Int, _ stage: Int, _ stride: Int, in net: Scope
  ) throws(GraphError) -> Value {
    guard block == .wide && stage > 0 && stride > 1 else {
      return try net.projectionShortcut(x, to: channels, stride: stride)
    }
    return try net["downsample"].convNorm(.numbered, x, to: channels, kernel: 3, stride: stride)
  }
}
