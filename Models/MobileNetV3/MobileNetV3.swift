import GraphIR
import Ops
import TensorCore

/// MobileNetV3: Howard, Sandler, Chu, Chen, Chen, Tan, Wang, Zhu, Pang, Vasudevan, Le, Adam, "Searching for MobileNetV3",
/// ICCV 2019, arXiv:1905.02244.
///
/// - Inverted residual with squeeze-and-excitation, figure 4:      `invertedResidual`
/// - Squeeze to a quarter, hard sigmoid as gate, sections 5.2, 5.3:  ``squeeze(_:)``
/// - Hard swish, section 5.2:                                       `.hardSwish`
/// - Tables 1 and 2:                                                ``largeRows``, ``smallRows``
/// - Last stage behind the pool, figure 5:                          ``logits(_:classes:in:)``
///
/// Deviation: none known. Checkpoint names follow torchvision.
package struct MobileNetV3: Architecture {
  /// The two networks that the search found.
  package enum Size: Hashable, Sendable {
    /// Table 1.
    case large
    /// Table 2.
    case small
  }

  var size: Size
  var width = 1.0  // multiplies all channels
  var dropout = 0.2

  package static let settings: [Setting<MobileNetV3>] = [
    .number("width", \.width, in: 0.05...8, "factor of all channels"),
    .number("dropout", \.dropout, in: 0...1, "share of features dropped during training"),
  ]

  /// A row of a table: kernel, expanded and output channels, squeeze-and-excitation, nonlinearity, stride.
  private typealias Row = (
    kernel: Int, expanded: Int, out: Int, squeezes: Bool, activation: Activation, stride: Int
  )

  /// Table 1.
  private static let largeRows: [Row] = [
    (3, 16, 16, false, .relu, 1),  // 112×112
    (3, 64, 24, false, .relu, 2),  // 56×56
    (3, 72, 24, false, .relu, 1),
    (5, 72, 40, true, .relu, 2),  // 28×28
    (5, 120, 40, true, .relu, 1),
    (5, 120, 40, true, .relu, 1),
    (3, 240, 80, false, .hardSwish, 2),  // 14×14
    (3, 200, 80, false, .hardSwish, 1),
    (3, 184, 80, false, .hardSwish, 1),
    (3, 184, 80, false, .hardSwish, 1),
    (3, 480, 112, true, .hardSwish, 1),
    (3, 672, 112, true, .hardSwish, 1),
    (5, 672, 160, true, .hardSwish, 2),  // 7×7
    (5, 960, 160, true, .hardSwish, 1),
    (5, 960, 160, true, .hardSwish, 1),
  ]

  /// Table 2.
  private static let smallRows: [Row] = [
    (3, 16, 16, true, .relu, 2),  // 56×56
    (3, 72, 24, false, .relu, 2),  // 28×28
    (3, 88, 24, false, .relu, 1),
    (5, 96, 40, true, .hardSwish, 2),  // 14×14
    (5, 240, 40, true, .hardSwish, 1),
    (5, 240, 40, true, .hardSwish, 1),
    (5, 120, 48, true, .hardSwish, 1),
    (5, 144, 48, true, .hardSwish, 1),
    (5, 288, 96, true, .hardSwish, 2),  // 7×7
    (5, 576, 96, true, .hardSwish, 1),
    (5, 576, 96, true, .hardSwish, 1),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    let (rows, lastFeatures) = size == .large ? (MobileNetV3.largeRows, 1280) : (MobileNetV3.smallRows, 1024)
    let norm = NormSettings(epsilon: 0.001, momentum: 0.01)
    let features = net["features"]
    var x = try features[0].convNorm(
      .numbered, image, to: scaled(16), kernel: 3, stride: 2, norm: norm, activation: .hardSwish)
    for (index, row) in rows.enumerated() {
      let expanded = scaled(row.expanded)
      x = try features[1 + index]["block"].invertedResidual(
        x,
        InvertedResidual(
          expanded: expanded, channels: scaled(row.out), kernel: row.kernel, stride: row.stride,
          activation: row.activation, squeeze: row.squeezes ? squeeze(expanded) : nil, norm: norm,
          names: .torchvision(expands: expanded != x.shape.channels, squeezes: row.squeezes)))
    }
    x = try features[1 + rows.count].convNorm(
      .numbered, x, to: 6 * x.shape.channels, kernel: 1, norm: norm, activation: .hardSwish)
    let head = net["classifier"]
    x = try head.hardSwish(head.linear("0", net.globalAveragePool(x), to: scaled(lastFeatures)))
    return try head.linear("3", head.dropout(x, rate: dropout), to: classes)
  }

  private func scaled(_ channels: Int) -> Int { Int(channels: Double(channels) * width) }

  private func squeeze(_ expanded: Int) -> SqueezeExcitation {
    SqueezeExcitation(squeezed: Int(channels: Double(expanded / 4)), gate: .hardSigmoid)
  }
}
