import GraphIR
import Ops
import TensorCore

/// MobileNetV2: Sandler, Howard, Zhu, Zhmoginov, Chen, "MobileNetV2: inverted residuals and linear bottlenecks",
/// CVPR 2018, arXiv:1801.04381.
///
/// - Inverted residual, linear bottleneck, figure 3 b, table 1:  `invertedResidual`
/// - Table 2:                                                    ``rows``
/// - Width multiplier, section 4:                                ``width``
///
/// Deviation: none known. Checkpoint names follow torchvision.
package struct MobileNetV2: Architecture {
  var width = 1.0  // multiplies all channels, those of the last convolution only if it is more than 1
  var dropout = 0.2

  package static let settings: [Setting<MobileNetV2>] = [
    .number("width", \.width, in: 0.05...8, "factor of all channels"),
    .number("dropout", \.dropout, in: 0...1, "share of features dropped during training"),
  ]

  /// A row of table 2: n blocks that expand t times, to c channels, the first of them with stride s.
  private typealias Row = (t: Int, c: Int, n: Int, s: Int)

  private static let rows: [Row] = [
    (1, 16, 1, 1),  // 112×112
    (6, 24, 2, 2),  // 56×56
    (6, 32, 3, 2),  // 28×28
    (6, 64, 4, 2),  // 14×14
    (6, 96, 3, 1),
    (6, 160, 3, 2),  // 7×7
    (6, 320, 1, 1),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    let features = net["features"]
    var x = try features[0].convNorm(
      .numbered, image, to: scaled(32), kernel: 3, stride: 2, activation: .relu6)  // 112×112
    var position = 1
    for row in MobileNetV2.rows {
      for i in 0..<row.n {
        x = try features[position]["conv"].invertedResidual(
          x,
          InvertedResidual(
            expanded: row.t * x.shape.channels, channels: scaled(row.c), kernel: 3,
            stride: i == 0 ? row.s : 1, activation: .relu6, names: names(expands: row.t != 1)))
        position += 1
      }
    }
    let last = Int(channels: 1280 * max(1, width))
    x = try features[position].convNorm(.numbered, x, to: last, kernel: 1, activation: .relu6)
    let head = net["classifier"]
    return try head.linear("1", head.dropout(net.globalAveragePool(x), rate: dropout), to: classes)
  }

  private func scaled(_ channels: Int) -> Int { Int(channels: Double(channels) * width) }

  /// torchvision's list of layers: the projection is not a part of its own.
  private func names(expands: Bool) -> InvertedResidual.Names {
    let depthwise = expands ? 1 : 0
    return InvertedResidual.Names(
      expand: .numbered.inside("0"), depthwise: .numbered.inside("\(depthwise)"),
      project: .init("\(depthwise + 1)", "\(depthwise + 2)"))
  }
}

/// torchvision averages with a function.
extension MobileNetV2 {
  package var frameworkSource: FrameworkSource { .functions { $0.hasSuffix("avgpool") } }
}
