import GraphIR
import Ops
import TensorCore

/// NASNet-A: Zoph, Vasudevan, Shlens, Le, "Learning transferable architectures for scalable image recognition", CVPR 2018,
/// arXiv:1707.07012.
///
/// - Normal cell, figure 4 left:                      ``normalCell(_:_:in:)``
/// - Reduction cell, figure 4 right:                  ``reductionCell(_:_:in:)``
/// - ImageNet architecture, figure 2 right:           ``logits(_:classes:in:)``
/// - N @ filters, section 4.2:                        ``cells``, ``filters``
///
/// A cell reads the results of the two cells before it. Separable convolutions are applied twice, each time ReLU, depthwise,
/// 1×1, batch norm (section A.4).
///
/// Deviation: no auxiliary classifier and no drop-path, and average pools with stride 2 that count the padding, as in timm.
/// Checkpoint names follow timm.
package struct NASNet: Architecture {
  var cells = 6  // N, normal cells of a stage
  var filters = 4032  // channels of the last cell; a cell of the first stage has a 24th of them
  var stemChannels = 96
  var dropout = 0.5

  package static let settings: [Setting<NASNet>] = [
    .integer("cells", \.cells, in: 1...64, "normal cells of each of the three stages, N"),
    .integer(
      "filters", \.filters, in: 96...65_536, "channels of the last cell, 24 times those of the first stage"),
    .integer("stemChannels", \.stemChannels, in: 1...4096, "channels of the first convolution"),
    .number("dropout", \.dropout, in: 0...1, "share of features dropped during training"),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    let width = filters / 24
    let stem = net["conv0"]
    let conv0 = try stem.batchNorm(
      "bn", stem.conv("conv", image, to: stemChannels, kernel: 3, stride: 2), epsilon: NASNet.epsilon)
    let stem0 = net["cell_stem_0"]
    var previous = try reductionCell(
      stem0.activatedConv("conv_1x1", conv0, to: width / 4), conv0, in: stem0)  // 83×83
    let stem1 = net["cell_stem_1"]
    let narrowed = try stem1.activatedConv("conv_1x1", previous, to: width / 2)
    var current = try reductionCell(
      narrowed, factorizedReduction(conv0, to: width / 2, in: stem1), in: stem1)  // 42×42

    for stage in 0..<3 {
      let width = width << stage
      var isReduced = stage == 0  // the last result has half the resolution of the one before
      if stage > 0 {
        let cell = net["reduction_cell_\(stage - 1)"]
        let left = try cell.activatedConv("conv_prev_1x1", previous, to: width)
        let right = try cell.activatedConv("conv_1x1", current, to: width)
        current = try reductionCell(right, left, in: cell)  // 21×21, 11×11
        isReduced = true
      }
      for i in 0..<cells {
        let cell = net["cell_\(stage * cells + i)"]
        let next: Value
        if isReduced {
          let right = try cell.activatedConv("conv_1x1", current, to: width)
          next = try normalCell(right, factorizedReduction(previous, to: width, in: cell), in: cell)
        } else {
          let left = try cell.activatedConv("conv_prev_1x1", previous, to: width)
          next = try normalCell(cell.activatedConv("conv_1x1", current, to: width), left, in: cell)
        }
        (previous, current) = (current, next)
        isReduced = false
      }
    }
    let x = try net.dropout(net.globalAveragePool(net.relu(current)), rate: dropout)
    return try net.linear("last_linear", x, to: classes)
  }

  /// Five sums of two operations each, on this cell's input and that of the one before.
  private func normalCell(_ x: Value, _ previous: Value, in net: Scope) throws(GraphError) -> Value {
    let width = x.shape.channels
    let sums = [
      try net.sum(
        net.separable("comb_iter_0_left", x, to: width, kernel: 5),
        net.separable("comb_iter_0_right", previous, to: width, kernel: 3)),
      try net.sum(
        net.separable("comb_iter_1_left", previous, to: width, kernel: 5),
        net.separable("comb_iter_1_right", previous, to: width, kernel: 3)),
      try net.sum(net.average("comb_iter_2_left", x), previous),
      try net.sum(net.average("comb_iter_3_left", previous), net.average("comb_iter_3_right", previous)),
      try net.sum(net.separable("comb_iter_4_left", x, to: width, kernel: 3), x),
    ]
    return try net.concat([previous] + sums)
  }

  /// The same with stride 2; the last two sums go on from the first.
  private func reductionCell(_ x: Value, _ previous: Value, in net: Scope) throws(GraphError) -> Value {
    let width = x.shape.channels
    let first = try net.sum(
      net.separable("comb_iter_0_left", x, to: width, kernel: 5, stride: 2),
      net.separable("comb_iter_0_right", previous, to: width, kernel: 7, stride: 2))
    let second = try net.sum(
      net["comb_iter_1_left"].maxPool(x, kernel: 3, stride: 2, padding: .same),
      net.separable("comb_iter_1_right", previous, to: width, kernel: 7, stride: 2))
    let third = try net.sum(
      net["comb_iter_2_left"].averagePool(
        x, window: Window(kernel: 3, stride: 2, padding: .same, over: x.shape)),
      net.separable("comb_iter_2_right", previous, to: width, kernel: 5, stride: 2))
    let fourth = try net.sum(net.average("comb_iter_3_right", first), second)
    let fifth = try net.sum(
      net.separable("comb_iter_4_left", first, to: width, kernel: 3),
      net["comb_iter_4_right"].maxPool(x, kernel: 3, stride: 2, padding: .same))
    return try net.concat([second, third, fourth, fifth])
  }

  /// The input at half the resolution, half of the channels from every second pixel, the other half from their neighbors
  /// down right.
  private func factorizedReduction(_ x: Value, to channels: Int, in net: Scope) throws(GraphError) -> Value {
    let activated = try net.relu(x)
    var halves: [Value] = []
    for (name, offset) in [("path_1", 0), ("path_2", 1)] {
      let axis = WindowAxis(kernel: 1, stride: 2, leadingPadding: -offset, trailingPadding: offset)
      let path = net[name]
      let pixels = try path.averagePool(activated, window: Window(height: axis, width: axis))
      halves.append(try path.conv("conv", pixels, to: channels / 2, kernel: 1))
    }
    return try net.batchNorm("final_path_bn", net.concat(halves), epsilon: NASNet.epsilon)
  }

  /// Of batch norm.
  static let epsilon = 0.001
}

extension Scope {
  /// ReLU, 1×1, batch norm.
  fileprivate func activatedConv(_ name: String, _ x: Value, to channels: Int) throws(GraphError) -> Value {
    let net = self[name]
    return try net.batchNorm(
      "bn", net.conv("conv", net.relu(x), to: channels, kernel: 1), epsilon: NASNet.epsilon)
  }

  /// ReLU, depthwise, 1×1, batch norm, twice; the first depthwise has the stride.
  fileprivate func separable(
    _ name: String, _ x: Value, to channels: Int, kernel: Int, stride: Int = 1
  ) throws(GraphError) -> Value {
    let net = self[name]
    var y = x
    for i in 1...2 {
      let part = net["separable_\(i)"]
      y = try net["act_\(i)"].relu(y)
      y = try part.conv(
        "depthwise_conv2d", y, to: y.shape.channels,
        window: Window(kernel: kernel, stride: i == 1 ? stride : 1, padding: .same, over: y.shape),
        groups: y.shape.channels)
      y = try part.conv("pointwise_conv2d", y, to: channels, kernel: 1)
      y = try net.batchNorm("bn_sep_\(i)", y, epsilon: NASNet.epsilon)
    }
    return y
  }

  /// The mean over 3×3, of pixels inside the image.
  fileprivate func average(_ name: String, _ x: Value) throws(GraphError) -> Value {
    try self[name].averagePool(x, kernel: 3, stride: 1, padding: 1, countsPadding: false)
  }
}
