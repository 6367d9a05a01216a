import GraphIR
import Ops
import TensorCore

/// PyramidNet for CIFAR: Han, Kim, Kim, "Deep pyramidal residual networks", CVPR 2017, arXiv:1610.02915.
///
/// - 6n + 2 layers, three stages of n basic blocks, table 1:   ``logits(_:classes:in:)``
/// - Additive widening by α over all blocks, eq. 2:            ``width(ofBlock:)``
/// - Block without a first ReLU, with a last BN, figure 6 d:   ``block(_:to:stride:in:)``
/// - Shortcut padded with zeros, section 3.2:                  `paddedSubsample`
///
/// Deviation: none known. Names follow the authors' code for PyTorch.
package struct PyramidNetCIFAR: Architecture {
  var n = 18  // blocks of a stage
  var alpha: Int  // channels that all blocks add to the first 16

  package static let settings: [Setting<PyramidNetCIFAR>] = [
    .depth(\.n) { _ in DepthFormula(6, plus: 2) },
    .integer("alpha", \.alpha, in: 0...4096, "channels that all blocks add to the first 16, α"),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    var x = try net.batchNorm("bn1", net.conv("conv1", image, to: 16, kernel: 3, padding: 1))
    for stage in 0..<3 {  // 32×32, 16×16, 8×8
      let layer = net["layer\(stage + 1)"]
      for i in 0..<n {
        x = try block(
          x, to: width(ofBlock: n * stage + i + 1), stride: stage > 0 && i == 0 ? 2 : 1, in: layer[i])
      }
    }
    x = try net.batchNormReLU("bn_final", x)
    return try net.linear("fc", net.globalAveragePool(x), to: classes)
  }

  /// Channels of a block, counted from 1: 16 + α k / 3n, rounded.
  private func width(ofBlock k: Int) -> Int {
    16 + Int((Double(alpha * k) / Double(3 * n)).rounded(.toNearestOrEven))
  }

  /// BN, 3×3, BN, ReLU, 3×3, BN; nothing after the sum.
  private func block(
    _ x: Value, to channels: Int, stride: Int, in net: Scope
  ) throws(GraphError) -> Value {
    var y = try net.batchNorm("bn1", x)
    y = try net.conv("conv1", y, to: channels, kernel: 3, stride: stride, padding: 1)
    y = try net.batchNormReLU("bn2", y)
    y = try net.conv("conv2", y, to: channels, kernel: 3, padding: 1)
    y = try net.batchNorm("bn3", y)
    var shortcut = x
    if stride > 1 {
      shortcut = try net.averagePool(x, kernel: stride, stride: stride, ceilMode: true)
    }
    if channels > x.shape.channels {
      shortcut = try net.paddedSubsample(shortcut, to: channels, stride: 1, zeros: .behind)
    }
    return try net.sum(y, shortcut)
  }
}
