import GraphIR
import Ops
import TensorCore

/// Wide ResNet for ImageNet: Zagoruyko, Komodakis, "Wide residual networks", BMVC 2016, arXiv:1605.07146,
/// section 3, "ImageNet and COCO experiments".
///
/// - ResNet's bottlenecks with a k times wider 3×3:   `bottleneckResidual`
/// - ResNet's frame otherwise:                        `residualNetwork`
///
/// Deviation: the stride is on the 3×3 of a bottleneck, as torchvision has it. Checkpoint names follow
/// torchvision.
package struct WideResNet: Architecture {
  var blocks: [Int]  // of the four stages
  var width: Int  // k, the widening factor of the 3×3

  package static let settings: [Setting<WideResNet>] = [
    .bottleneckDepth(\.blocks),
    .integers("blocks", \.blocks, in: 1...512, "residual blocks of the four stages"),
    .integer("width", \.width, in: 1...256, "widening factor k of the 3×3 convolutions: 64k channels and up"),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    try net.residualNetwork(image, stem: 64, blocks: blocks, classes: classes) {
      (x, stage, stride, net) throws(GraphError) in
      let channels = 256 << stage
      let y = try net.bottleneckResidual(x, width: 64 * width << stage, to: channels, stride: stride)
      return try net.relu(net.sum(y, net.projectionShortcut(x, to: channels, stride: stride)))
    }
  }
}
