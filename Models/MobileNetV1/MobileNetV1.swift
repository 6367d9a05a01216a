import GraphIR
import Ops
import TensorCore

/// MobileNet: Howard, Zhu, Chen, Kalenichenko, Wang, Weyand, Andreetto, Adam, "MobileNets: efficient convolutional
/// neural networks for mobile vision applications", 2017, arXiv:1704.04861.
///
/// - Depthwise separable convolution, figure 3 right:  ``separable(_:to:stride:in:)``
/// - Table 1:                                          ``stages``
/// - Width multiplier α, section 3.3:                  ``width``
///
/// The resolution multiplier of section 3.4 is the size of the image.
///
/// Deviation: ReLU6 where the paper says ReLU, as in the authors' code; no dropout before the classifier. Checkpoint
/// names follow timm.
package struct MobileNetV1: Architecture {
  var width = 1.0  // α

  package static let settings: [Setting<MobileNetV1>] = [
    .number("width", \.width, in: 0.05...8, "factor of all channels, α")
  ]

  /// The depthwise separable convolutions of table 1: so many with so many channels, the first of them with stride 2
  /// except in the first stage.
  private static let stages: [(channels: Int, count: Int)] = [
    (64, 1),  // 112×112
    (128, 2),  // 56×56
    (256, 2),  // 28×28
    (512, 6),  // 14×14
    (1024, 2),  // 7×7
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    var x = try net.convNorm(
      .init("conv_stem", "bn1"), image, to: scaled(32), kernel: 3, stride: 2, activation: .relu6)  // 112×112
    for (index, stage) in MobileNetV1.stages.enumerated() {
      for i in 0..<stage.count {
        x = try separable(
          x, to: scaled(stage.channels), stride: i == 0 && index > 0 ? 2 : 1, in: net["blocks"][index][i])
      }
    }
    return try net.linear("classifier", net.globalAveragePool(x), to: classes)
  }

  private func scaled(_ channels: Int) -> Int { Int(channels: Double(channels) * width) }

  /// 3×3 of each channel, then 1×1, each with batch norm and activation.
  private func separable(
    _ x: Value, to channels: Int, stride: Int, in net: Scope
  ) throws(GraphError) -> Value {
    let y = try net.convNorm(
      .init("conv_dw", "bn1"), x, to: x.shape.channels, kernel: 3, stride: stride, groups: x.shape.channels,
      activation: .relu6)
    return try net.convNorm(.init("conv_pw", "bn2"), y, to: channels, kernel: 1, activation: .relu6)
  }
}
