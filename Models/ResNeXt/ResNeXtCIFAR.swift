import GraphIR
import Ops
import TensorCore

/// ResNeXt for CIFAR: Xie, Girshick, Dollár, Tu, He, "Aggregated residual transformations for deep neural
/// networks", CVPR 2017, arXiv:1611.05431, section 5.3.
///
/// - 9n + 2 layers, three stages of n bottlenecks to 256, 512 and 1024 channels:  ``logits(_:classes:in:)``
/// - Grouped convolution, figure 3 c:                                             `bottleneckResidual`
///
/// Deviation: post-activation blocks, as in the authors' code, whose README finds them better than the
/// pre-activation of the text. Names follow torchvision's ResNet.
package struct ResNeXtCIFAR: Architecture {
  var n: Int  // bottlenecks of a stage
  var cardinality: Int  // C, the number of paths
  var baseWidth: Int  // d, the width of a path in the first stage

  package static let settings: [Setting<ResNeXtCIFAR>] = [
    .depth(\.n) { _ in DepthFormula(9, plus: 2) },
    .integer("cardinality", \.cardinality, in: 1...1024, "paths of a block, C"),
    .integer(
      "baseWidth", \.baseWidth, in: 1...1024,
      "channels of a path in the first stage, d; each later stage doubles them"),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    var x = try net.batchNormReLU("bn1", net.conv("conv1", image, to: 64, kernel: 3, padding: 1))
    for stage in 0..<3 {  // 32×32, 16×16, 8×8
      let layer = net["layer\(stage + 1)"]
      for i in 0..<n {
        x = try block(x, stage: stage, stride: stage > 0 && i == 0 ? 2 : 1, in: layer[i])
      }
    }
    return try net.linear("fc", net.globalAveragePool(x), to: classes)
  }

  private func block(
    _ x: Value, stage: Int, stride: Int, in net: Scope
  ) throws(GraphError) -> Value {
    let channels = 256 << stage
    let y = try net.bottleneckResidual(
      x, width: cardinality * baseWidth << stage, to: channels, groups: cardinality, stride: stride)
    return try net.relu(net.sum(y, net.projectionShortcut(x, to: channels, stride: stride)))
  }
}
