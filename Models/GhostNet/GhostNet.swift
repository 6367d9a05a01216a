import GraphIR
import Ops
import TensorCore

/// GhostNet: Han, Wang, Tian, Guo, Xu, Xu, "GhostNet: more features from cheap operations", CVPR 2020, arXiv:1911.11907.
///
/// - Ghost module, figure 1 b, s = 2, d = 3:    ``ghost(_:to:activation:in:)``
/// - Ghost bottleneck, figure 3:                ``bottleneck(_:_:in:)``
/// - Table 1:                                   ``stages``
/// - Width multiplier, section 3.2:             ``width``
///
/// Deviation: none known. Checkpoint names follow timm.
package struct GhostNet: Architecture {
  var width = 1.0
  var dropout = 0.2

  package static let settings: [Setting<GhostNet>] = [
    .number("width", \.width, in: 0.05...8, "factor of all channels but those of the last layer"),
    .number("dropout", \.dropout, in: 0...1, "share of features dropped during training"),
  ]

  /// A row of table 1: kernel of the depthwise convolution, expanded and output channels, squeeze-and-excitation, stride.
  private typealias Row = (kernel: Int, expanded: Int, out: Int, squeezes: Bool, stride: Int)

  /// Table 1, in timm's stages.
  private static let stages: [[Row]] = [
    [(3, 16, 16, false, 1)],  // 112×112
    [(3, 48, 24, false, 2)],  // 56×56
    [(3, 72, 24, false, 1)],
    [(5, 72, 40, true, 2)],  // 28×28
    [(5, 120, 40, true, 1)],
    [(3, 240, 80, false, 2)],  // 14×14
    [
      (3, 200, 80, false, 1), (3, 184, 80, false, 1), (3, 184, 80, false, 1), (3, 480, 112, true, 1),
      (3, 672, 112, true, 1),
    ],
    [(5, 672, 160, true, 2)],  // 7×7
    [
      (5, 960, 160, false, 1), (5, 960, 160, true, 1), (5, 960, 160, false, 1), (5, 960, 160, true, 1),
    ],
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    var x = try net.convNorm(
      .init("conv_stem", "bn1"), image, to: scaled(16), kernel: 3, stride: 2, activation: .relu)
    for (index, rows) in GhostNet.stages.enumerated() {
      for (i, row) in rows.enumerated() { x = try bottleneck(x, row, in: net["blocks"][index][i]) }
    }
    x = try net["blocks"][GhostNet.stages.count][0].convNorm(
      .init("conv", "bn1"), x, to: scaled(960), kernel: 1, activation: .relu)
    // Behind the pool, as in MobileNetV3.
    x = try net.relu(
      net.conv("conv_head", net.adaptiveAveragePool(x, to: 1), to: 1280, kernel: 1, bias: true))
    return try net.linear("classifier", net.dropout(net.flatten(x), rate: dropout), to: classes)
  }

  private func scaled(_ channels: Int) -> Int { Int(channels: Double(channels) * width, multipleOf: 4) }

  /// A ghost module that expands, a depthwise convolution where the block has a stride, squeeze-and-excitation, and a ghost
  /// module that reduces, without activation; the shortcut.
  private func bottleneck(_ x: Value, _ row: Row, in net: Scope) throws(GraphError) -> Value {
    let (expanded, channels) = (scaled(row.expanded), scaled(row.out))
    var y = try ghost(x, to: expanded, activation: .relu, in: net["ghost1"])
    if row.stride > 1 {
      y = try net.convNorm(
        .init("conv_dw", "bn_dw"), y, to: expanded, kernel: row.kernel, stride: row.stride, groups: expanded)
    }
    if row.squeezes {
      let squeezed = Int(channels: Double(expanded) / 4, multipleOf: 4)
      y = try net["se"].squeezeExcitation(
        y, SqueezeExcitation(squeezed: squeezed, gate: .hardSigmoid, names: .named))
    }
    y = try ghost(y, to: channels, activation: .identity, in: net["ghost2"])
    if row.stride == 1 && x.shape.channels == channels { return try net.sum(y, x) }
    let (shortcut, inputs) = (net["shortcut"], x.shape.channels)
    let depthwise = try shortcut.convNorm(
      .init("0", "1"), x, to: inputs, kernel: row.kernel, stride: row.stride, groups: inputs)
    return try net.sum(y, shortcut.convNorm(.init("2", "3"), depthwise, to: channels, kernel: 1))
  }

  /// Half of the features from a 1×1, the other half, their ghosts, from a depthwise 3×3 of those.
  private func ghost(
    _ x: Value, to channels: Int, activation: Activation, in net: Scope
  ) throws(GraphError) -> Value {
    let half = (channels + 1) / 2
    let primary = try net["primary_conv"].convNorm(.numbered, x, to: half, kernel: 1, activation: activation)
    let ghosts = try net["cheap_operation"].convNorm(
      .numbered, primary, to: half, kernel: 3, groups: half, activation: activation)
    let all = try net.concat([primary, ghosts])
    return 2 * half == channels ? all : try net.slice(all, 0..<channels)
  }
}
