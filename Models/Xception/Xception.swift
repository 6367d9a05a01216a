import GraphIR
import Ops
import TensorCore

/// Xception: Chollet, "Xception: deep learning with depthwise separable convolutions", CVPR 2017, arXiv:1610.02357.
///
/// - Depthwise separable convolution, section 3:             ``separable(_:_:to:in:)``
/// - Entry, middle and exit flow, figure 5:                  ``logits(_:classes:in:)``
/// - Residual modules, all but the first and the last:       ``module(_:to:layers:stride:activatesFirst:widensFirst:in:)``
///
/// Deviation: none known; no activation between the depthwise and the 1×1, as figure 10 of the paper finds best.
/// Checkpoint names follow timm's `legacy_xception`.
package struct Xception: Architecture {
  var middleModules = 8  // modules of the middle flow
  var width = 728  // channels of the middle flow

  package static let settings: [Setting<Xception>] = [
    .integer("middleModules", \.middleModules, in: 0...256, "modules of the middle flow"),
    .integer("width", \.width, in: 1...8192, "channels of the middle flow"),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    // Entry flow.
    var x = try net.batchNormReLU("bn1", net.conv("conv1", image, to: 32, kernel: 3, stride: 2))  // 149×149
    x = try net.batchNormReLU("bn2", net.conv("conv2", x, to: 64, kernel: 3))  // 147×147
    x = try module(x, to: 128, layers: 2, stride: 2, activatesFirst: false, in: net["block1"])  // 74×74
    x = try module(x, to: 256, layers: 2, stride: 2, in: net["block2"])  // 37×37
    x = try module(x, to: width, layers: 2, stride: 2, in: net["block3"])  // 19×19
    // Middle flow.
    for i in 0..<middleModules {
      x = try module(x, to: width, layers: 3, stride: 1, in: net["block\(4 + i)"])
    }
    // Exit flow.
    x = try module(
      x, to: 1024, layers: 2, stride: 2, widensFirst: false, in: net["block\(4 + middleModules)"])  // 10×10
    x = try net.batchNormReLU("bn3", separable("conv3", x, to: 1536, in: net))
    x = try net.batchNormReLU("bn4", separable("conv4", x, to: 2048, in: net))
    return try net.linear("fc", net.globalAveragePool(x), to: classes)
  }

  /// ReLU, separable convolution, batch norm, `layers` times; a max pool where the module has a stride; the shortcut.
  ///
  /// `widensFirst` says whether the first layer or the last one changes the number of channels.
  private func module(
    _ x: Value, to channels: Int, layers: Int, stride: Int, activatesFirst: Bool = true,
    widensFirst: Bool = true, in net: Scope
  ) throws(GraphError) -> Value {
    let changes = stride > 1 || x.shape.channels != channels
    let shortcut =
      changes
      ? try net.batchNorm("skipbn", net.conv("skip", x, to: channels, kernel: 1, stride: stride)) : x
    let rep = net["rep"]
    var position = 0  // in timm's list of layers, which gives the names
    var y = x
    for layer in 0..<layers {
      if layer > 0 || activatesFirst {
        y = try rep[position].relu(y)
        position += 1
      }
      let isNarrow = !widensFirst && layer < layers - 1
      y = try separable("\(position)", y, to: isNarrow ? x.shape.channels : channels, in: rep)
      y = try rep.batchNorm("\(position + 1)", y)
      position += 2
    }
    if stride > 1 { y = try rep[position].maxPool(y, kernel: 3, stride: stride, padding: 1) }
    return try net.sum(y, shortcut)
  }

  /// 3×3 of each channel, then 1×1.
  private func separable(
    _ name: String, _ x: Value, to channels: Int, in net: Scope
  ) throws(GraphError) -> Value {
    let part = net[name]
    let y = try part.conv(
      "conv1", x, to: x.shape.channels, kernel: 3, padding: 1, groups: x.shape.channels)
    return try part.conv("pointwise", y, to: channels, kernel: 1)
  }
}
