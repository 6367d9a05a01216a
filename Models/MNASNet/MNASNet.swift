import GraphIR
import Ops
import TensorCore

/// MnasNet-B1: Tan, Chen, Pang, Vasudevan, Sandler, Howard, Le, "MnasNet: platform-aware neural architecture search
/// for mobile", CVPR 2019, arXiv:1807.11626.
///
/// - Separable convolution, figure 7 c:  `SepConv` in ``logits(_:classes:in:)``
/// - MBConv, figure 7 b:                 ``invertedResidual(_:expansion:to:kernel:stride:in:)``
/// - Layers that the search found:       ``rows``
/// - Depth multiplier, section 4.2:      ``width``
///
/// Deviation: the paper's figure 7 shows A1, found with squeeze-and-excitation among the choices; this is B1, found
/// without, as in the authors' code. Checkpoint names follow torchvision, whose names these are.
package struct MNASNet: Architecture {
  var width: Double  // α: multiplies all channels but the last
  var dropout = 0.2

  package static let settings: [Setting<MNASNet>] = [
    .number("width", \.width, in: 0.05...8, "factor of all channels but those of the last convolution"),
    .number("dropout", \.dropout, in: 0...1, "share of features dropped during training"),
  ]

  /// A row: `count` MBConv, the first of which has the stride.
  private typealias Row = (expansion: Int, kernel: Int, channels: Int, count: Int, stride: Int)

  private static let rows: [Row] = [
    (3, 3, 24, 3, 2),  // 56×56
    (3, 5, 40, 3, 2),  // 28×28
    (6, 5, 80, 3, 2),  // 14×14
    (6, 3, 96, 2, 1),
    (6, 5, 192, 4, 2),  // 7×7
    (6, 3, 320, 1, 1),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    let layers = net["layers"]  // torchvision counts activations too: conv, norm, ReLU
    let stem = scaled(32)
    var x = try layers.convNorm(
      .init("0", "1"), image, to: stem, kernel: 3, stride: 2, norm: norm, activation: .relu)
    x = try layers.convNorm(
      .init("3", "4"), x, to: stem, kernel: 3, groups: stem, norm: norm, activation: .relu)
    x = try layers.convNorm(.init("6", "7"), x, to: scaled(16), kernel: 1, norm: norm)  // 112×112
    for (index, row) in MNASNet.rows.enumerated() {
      for i in 0..<row.count {
        x = try invertedResidual(
          x, expansion: row.expansion, to: scaled(row.channels), kernel: row.kernel,
          stride: i == 0 ? row.stride : 1, in: layers[8 + index][i])
      }
    }
    x = try layers.convNorm(.init("14", "15"), x, to: 1280, kernel: 1, norm: norm, activation: .relu)
    let head = net["classifier"]
    return try head.linear("1", head.dropout(net.globalAveragePool(x), rate: dropout), to: classes)
  }

  /// The authors' momentum is 0.9997.
  private var norm: NormSettings { NormSettings(momentum: 1 - 0.9997) }

  private func scaled(_ channels: Int) -> Int { Int(channels: Double(channels) * width) }

  /// 1×1 to `expansion` times the channels, depthwise, 1×1 without activation, and a shortcut where the shape stays.
  private func invertedResidual(
    _ x: Value, expansion: Int, to channels: Int, kernel: Int, stride: Int, in net: Scope
  ) throws(GraphError) -> Value {
    try net["layers"].invertedResidual(
      x,
      InvertedResidual(
        expanded: expansion * x.shape.channels, channels: channels, kernel: kernel, stride: stride,
        activation: .relu, norm: norm,
        names: .init(expand: .init("0", "1"), depthwise: .init("3", "4"), project: .init("6", "7"))))
  }
}

/// torchvision averages with `mean`.
extension MNASNet {
  package var frameworkSource: FrameworkSource { FrameworkSource(averagesWithMean: true) }
}
