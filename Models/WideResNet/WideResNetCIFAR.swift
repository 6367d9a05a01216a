import GraphIR
import Ops
import TensorCore

/// Wide ResNet: Zagoruyko, Komodakis, "Wide residual networks", BMVC 2016, arXiv:1605.07146, and the
/// authors' code (`wide-residual-networks`, `wide-resnet.lua`).
///
/// - 6n + 4 layers, widening factor k, table 1:  ``logits(_:classes:in:)``
/// - Block B(3,3), figure 1 c:                   ``block(_:to:stride:in:)``
/// - Dropout between the convolutions, §2.4:     ``dropout``, figure 1 d
///
/// Deviation: none known. The first block of a stage projects its input after the batch norm and ReLU that
/// both branches share, as in the authors' code.
package struct WideResNetCIFAR: Architecture {
  var n: Int  // blocks of a stage
  var width: Int  // k, the widening factor
  var dropout = 0.0

  package static let settings: [Setting<WideResNetCIFAR>] = [
    .depth(\.n) { _ in DepthFormula(6, plus: 4) },
    .integer("width", \.width, in: 1...256, "widening factor k: stages of 16k, 32k and 64k channels"),
    .number("dropout", \.dropout, in: 0...1, "share of values dropped between a block's convolutions"),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    var x = try net.conv("conv1", image, to: 16, kernel: 3, padding: 1)
    for stage in 0..<3 {  // 32×32, 16×16, 8×8
      let layer = net["layer\(stage + 1)"]
      for i in 0..<n {
        let stride = stage > 0 && i == 0 ? 2 : 1
        x = try block(x, to: 16 * width << stage, stride: stride, in: layer[i])
      }
    }
    x = try net.batchNormReLU("bn", x)
    return try net.linear("fc", net.globalAveragePool(x), to: classes)
  }

  /// BN–ReLU–3×3, BN–ReLU–3×3; nothing after the sum.
  private func block(
    _ x: Value, to channels: Int, stride: Int, in net: Scope
  ) throws(GraphError) -> Value {
    let activated = try net.batchNormReLU("bn1", x)
    let shortcut = try net.preActivationShortcut(
      "downsample", x, activated: activated, to: channels, stride: stride)
    var y = try net.conv("conv1", activated, to: channels, kernel: 3, stride: stride, padding: 1)
    y = try net.batchNormReLU("bn2", y)
    if dropout > 0 { y = try net.dropout(y, rate: dropout) }
    y = try net.conv("conv2", y, to: channels, kernel: 3, padding: 1)
    return try net.sum(y, shortcut)
  }
}
