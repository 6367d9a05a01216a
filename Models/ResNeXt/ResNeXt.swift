import GraphIR
import Ops
import TensorCore

/// ResNeXt for ImageNet: Xie, Girshick, Dollár, Tu, He, "Aggregated residual transformations for deep neural
/// networks", CVPR 2017, arXiv:1611.05431.
///
/// - Aggregated transformations as a grouped convolution, figure 3 c:  `bottleneckResidual`
/// - Template C = 32, d = 4, table 1:                                  ``cardinality``, ``baseWidth``
/// - ResNet's frame otherwise:                                         `residualNetwork`
///
/// Deviation: none known; the stride is on the 3×3, as in the authors' code and torchvision. Checkpoint
/// names follow torchvision.
package struct ResNeXt: Architecture {
  var blocks: [Int]  // of the four stages
  var cardinality: Int  // C, the number of paths
  var baseWidth: Int  // d, the width of a path in the first stage

  package static let settings: [Setting<ResNeXt>] = [
    .bottleneckDepth(\.blocks),
    .integers("blocks", \.blocks, in: 1...512, "residual blocks of the four stages"),
    .integer("cardinality", \.cardinality, in: 1...1024, "paths of a block, C"),
    .integer(
      "baseWidth", \.baseWidth, in: 1...1024,
      "channels of a path in the first stage, d; each later stage doubles them"),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    try net.residualNetwork(image, stem: 64, blocks: blocks, classes: classes) {
      (x, stage, stride, net) throws(GraphError) in
      let channels = 256 << stage
      let y = try net.bottleneckResidual(
        x, width: cardinality * baseWidth << stage, to: channels, groups: cardinality, stride: stride)
      return try net.relu(net.sum(y, net.projectionShortcut(x, to: channels, stride: stride)))
    }
  }
}
