import GraphIR
import Ops
import TensorCore

/// SqueezeNet: Iandola, Han, Moskewicz, Ashraf, Dally, Keutzer, "SqueezeNet: AlexNet-level accuracy with 50x fewer
/// parameters and <0.5MB model size", 2016, arXiv:1602.07360.
///
/// - Fire module, section 3.2, figure 1:      ``fire(_:expand:in:)``
/// - Architecture, section 3.3, table 1:      ``logits(_:classes:in:)``
/// - Metaparameters, section 5:               ``baseExpand``, ``expandIncrement``, ``frequency``,
///                                            ``pct3x3``, ``squeezeRatio``
///
/// Deviation: images of 224×224 where the authors' code has 227×227, and no padding around the last 1×1 convolution,
/// which the authors' 1.0 pads by one pixel; both as torchvision has them. Checkpoint names follow torchvision.
package struct SqueezeNet: Architecture {
  var stemChannels: Int  // of conv1
  var stemKernel: Int  // of conv1
  var pools: [Int]  // fire modules with a pool behind them, of fire2 … fire9
  var baseExpand = 128  // base_e: channels that fire2 expands to
  var expandIncrement = 128  // incr_e
  var frequency = 2  // freq: fire modules between two increments
  var pct3x3 = 0.5  // pct_3x3
  var squeezeRatio = 0.125  // SR
  var dropout = 0.5

  package static let settings: [Setting<SqueezeNet>] = [
    .integer("stemChannels", \.stemChannels, in: 1...65_536, "channels of the first convolution"),
    .integer("stemKernel", \.stemKernel, in: 1...15, "kernel size of the first convolution"),
    .integers("pools", \.pools, in: 2...9, "fire modules with a pool behind them"),
    .integer("baseExpand", \.baseExpand, in: 2...8192, "channels that fire2 expands to, base_e"),
    .integer("expandIncrement", \.expandIncrement, in: 0...8192, "channels added at each increment, incr_e"),
    .integer("frequency", \.frequency, in: 1...8, "fire modules between two increments, freq"),
    .number("pct3x3", \.pct3x3, in: 0.01...0.99, "share of 3×3 in the expanded channels, pct_3x3"),
    .number("squeezeRatio", \.squeezeRatio, in: 0.01...1, "squeezed channels per expanded channel, SR"),
    .number("dropout", \.dropout, in: 0...1, "share of values dropped in training"),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    let layers = net["features"]
    // 1.0 has maps of 109×109 here, and of 54×54 behind the pool; 1.1 of 111×111 and 55×55.
    var x = try layers.relu(
      layers.conv("0", image, to: stemChannels, kernel: stemKernel, stride: 2, bias: true))
    x = try pool(x, in: layers["2"])
    var position = 3  // in torchvision's list of layers, which gives the names
    for module in 2...9 {
      let expand = baseExpand + expandIncrement * ((module - 2) / frequency)
      x = try fire(x, expand: expand, in: layers[position])
      position += 1
      if pools.contains(module) {
        x = try pool(x, in: layers[position])
        position += 1
      }
    }
    let head = net["classifier"]
    x = try head.dropout(x, rate: dropout)
    x = try head.relu(head.conv("1", x, to: classes, kernel: 1, bias: true))
    return try head.globalAveragePool(x)
  }

  /// 1×1 to few channels, then 1×1 and 3×3 side by side to `expand` channels.
  private func fire(_ x: Value, expand: Int, in net: Scope) throws(GraphError) -> Value {
    let squeezed = max(1, Int(squeezeRatio * Double(expand)))
    let wide = max(1, min(expand - 1, Int(pct3x3 * Double(expand))))
    let s = try net.relu(net.conv("squeeze", x, to: squeezed, kernel: 1, bias: true))
    let one = try net.relu(net.conv("expand1x1", s, to: expand - wide, kernel: 1, bias: true))
    let three = try net.relu(net.conv("expand3x3", s, to: wide, kernel: 3, padding: 1, bias: true))
    return try net.concat([one, three])
  }

  /// 3×3, stride 2, rounding up.
  private func pool(_ x: Value, in net: Scope) throws(GraphError) -> Value {
    try net.maxPool(x, kernel: 3, stride: 2, ceilMode: true)
  }
}
