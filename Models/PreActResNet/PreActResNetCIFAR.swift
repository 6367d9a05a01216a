import GraphIR
import Ops
import TensorCore

/// Pre-activation ResNet for CIFAR: He, Zhang, Ren, Sun, "Identity mappings in deep residual networks",
/// ECCV 2016, arXiv:1603.05027, and the authors' code (`resnet-1k-layers`, `resnet-pre-act.lua`).
///
/// - 9n + 2 layers, three stages of n bottlenecks to 64, 128 and 256 channels:  ``logits(_:classes:in:)``
/// - Full pre-activation, figure 4 e:                                           `preActivationBottleneck`
///
/// Deviation: none known. The stride is on the first 1×1, and the first block of a stage projects its
/// input after the batch norm and ReLU that both branches share, as in the authors' code.
package struct PreActResNetCIFAR: Architecture {
  var n: Int  // bottlenecks of a stage
  var width = 16  // channels of the first convolution and of the first stage's 3×3

  package static let settings: [Setting<PreActResNetCIFAR>] = [
    .depth(\.n) { _ in DepthFormula(9, plus: 2) },
    .integer(
      "width", \.width, in: 1...4096, "channels of the first stage's 3×3; each later stage doubles them"),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    var x = try net.conv("conv1", image, to: width, kernel: 3, padding: 1)
    x = try net.residualStages(x, blocks: [n, n, n]) { (x, stage, stride, net) throws(GraphError) in
      let (residual, shortcut) = try net.preActivationBottleneck(x, width: width << stage, stride: stride)
      return try net.sum(residual, shortcut)
    }
    x = try net.batchNormReLU("bn", x)
    return try net.linear("fc", net.globalAveragePool(x), to: classes)
  }
}
