import GraphIR
import Ops
import TensorCore

/// Pre-activation ResNet for CIFAR: He, Zhang, Ren, Sun, "Identity mappings in deep residual networks",
/// ECCV 2016, arXiv:1603.05027, and the authors' code (`resnet-1k-layers`, `resnet-pre-act.lua`).
///
/// - 9n + 2 layers, three stages of n bottlenecks to 64, 128 and 256 channels:  ``logits(_:classes:in:)``
/// - Full pre-activation, figure 4 e:                                           ``block(_:width:stride:in:)``
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
    for stage in 0..<3 {  // 32×32, 16×16, 8×8
      let layer = net["layer\(stage + 1)"]
      for i in 0..<n {
        x = try block(x, width: width << stage, stride: stage > 0 && i == 0 ? 2 : 1, in: layer[i])
      }
    }
    x = try net.batchNormReLU("bn", x)
    return try net.linear("fc", net.globalAveragePool(x), to: classes)
  }

  /// BN–ReLU before each of 1×1, 3×3 and 1×1; nothing after the sum.
  private func block(
    _ x: Value, width: Int, stride: Int, in net: Scope
  ) throws(GraphError) -> Value {
    let activated = try net.batchNormReLU("bn1", x)
    let shortcut = try net.preActivationShortcut(
      "downsample", x, activated: activated, to: 4 * width, stride: stride)
    var y = try net.conv("conv1", activated, to: width, kernel: 1, stride: stride)
    y = try net.batchNormReLU("bn2", y)
    y = try net.conv("conv2", y, to: width, kernel: 3, padding: 1)
    y = try net.batchNormReLU("bn3", y)
    y = try net.conv("conv3", y, to: 4 * width, kernel: 1)
    return try net.sum(y, shortcut)
  }
}
