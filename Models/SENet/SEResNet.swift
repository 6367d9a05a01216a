import GraphIR
import Ops
import TensorCore

/// SE-ResNet and SE-ResNeXt in ResNet's frame of today: the stride of a bottleneck is on its 3×3.
///
/// - Squeeze, excitation, scale, eq. 2 to 4:      `squeezeExcitation`
/// - ResNet's and ResNeXt's bottleneck otherwise:  `bottleneckResidual`, `residualNetwork`
///
/// Deviation: the stride. Checkpoint names follow timm's `seresnet50` and `seresnext50_32x4d`.
package struct SEResNet: Architecture {
  var blocks: [Int]  // of the four stages
  var cardinality = 1  // groups of the 3×3
  var baseWidth = 64  // channels of a group in the first stage
  var reduction = 16  // r

  package static let settings: [Setting<SEResNet>] = [
    .bottleneckDepth(\.blocks),
    .integers("blocks", \.blocks, in: 1...512, "residual blocks of the four stages"),
    .integer("cardinality", \.cardinality, in: 1...1024, "groups of the 3×3, C"),
    .integer(
      "baseWidth", \.baseWidth, in: 1...1024,
      "channels of a group in the first stage, d; each later stage doubles them"),
    .integer("reduction", \.reduction, in: 1...64, "channels per squeezed channel, r"),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    try net.residualNetwork(image, stem: 64, blocks: blocks, classes: classes) {
      (x, stage, stride, net) throws(GraphError) in
      let channels = 256 << stage
      var y = try net.bottleneckResidual(
        x, width: cardinality * baseWidth << stage, to: channels, groups: cardinality, stride: stride)
      y = try net["se"].squeezeExcitation(
        y, SqueezeExcitation(squeezed: Int(channels: Double(channels / reduction))))
      return try net.relu(net.sum(y, net.projectionShortcut(x, to: channels, stride: stride)))
    }
  }
}
