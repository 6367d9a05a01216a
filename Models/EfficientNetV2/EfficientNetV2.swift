import GraphIR
import Ops
import TensorCore

/// EfficientNetV2: Tan, Le, "EfficientNetV2: smaller models and faster training", ICML 2021, arXiv:2104.00298.
///
/// - MBConv, figure 2 left:                        `invertedResidual`
/// - Fused-MBConv, figure 2 right:                 ``fused(_:stage:stride:dropRate:in:)``
/// - Table 4 (S), and M and L of the same search:  ``stages``
///
/// Deviation: none known. Checkpoint names follow torchvision.
package struct EfficientNetV2: Architecture {
  /// A row of table 4.
  struct Stage {
    /// The two kinds of block.
    enum Block { case fused, mobile }

    var block: Block
    var expansion: Int
    var stride: Int
    var channels: Int
    var layers: Int
  }

  /// The three networks that the search found.
  package enum Size: Hashable, Sendable {
    case small, medium, large
  }

  var size: Size
  var dropout: Double
  var dropRate = 0.2  // probability that the last block is dropped; it grows linearly from 0

  package static let settings: [Setting<EfficientNetV2>] = [
    .number("dropout", \.dropout, in: 0...1, "share of features dropped during training"),
    .number(
      "dropRate", \.dropRate, in: 0...0.9,
      "probability that training drops the last block; it grows linearly from 0"),
  ]

  /// All kernels are 3×3.
  private var stages: [Stage] {
    switch size {
    case .small:  // table 4, at 384×384
      [
        Stage(block: .fused, expansion: 1, stride: 1, channels: 24, layers: 2),  // 192×192
        Stage(block: .fused, expansion: 4, stride: 2, channels: 48, layers: 4),  // 96×96
        Stage(block: .fused, expansion: 4, stride: 2, channels: 64, layers: 4),  // 48×48
        Stage(block: .mobile, expansion: 4, stride: 2, channels: 128, layers: 6),  // 24×24
        Stage(block: .mobile, expansion: 6, stride: 1, channels: 160, layers: 9),
        Stage(block: .mobile, expansion: 6, stride: 2, channels: 256, layers: 15),  // 12×12
      ]
    case .medium:
      [
        Stage(block: .fused, expansion: 1, stride: 1, channels: 24, layers: 3),
        Stage(block: .fused, expansion: 4, stride: 2, channels: 48, layers: 5),
        Stage(block: .fused, expansion: 4, stride: 2, channels: 80, layers: 5),
        Stage(block: .mobile, expansion: 4, stride: 2, channels: 160, layers: 7),
        Stage(block: .mobile, expansion: 6, stride: 1, channels: 176, layers: 14),
        Stage(block: .mobile, expansion: 6, stride: 2, channels: 304, layers: 18),
        Stage(block: .mobile, expansion: 6, stride: 1, channels: 512, layers: 5),
      ]
    case .large:
      [
        Stage(block: .fused, expansion: 1, stride: 1, channels: 32, layers: 4),
        Stage(block: .fused, expansion: 4, stride: 2, channels: 64, layers: 7),
        Stage(block: .fused, expansion: 4, stride: 2, channels: 96, layers: 7),
        Stage(block: .mobile, expansion: 4, stride: 2, channels: 192, layers: 10),
        Stage(block: .mobile, expansion: 6, stride: 1, channels: 224, layers: 19),
        Stage(block: .mobile, expansion: 6, stride: 2, channels: 384, layers: 25),
        Stage(block: .mobile, expansion: 6, stride: 1, channels: 640, layers: 7),
      ]
    }
  }

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    let stages = stages
    let blocks = stages.reduce(0) { $0 + $1.layers }
    let features = net["features"]
    var x = try features[0].convNorm(
      .numbered, image, to: stages[0].channels, kernel: 3, stride: 2, norm: norm, activation: .silu)
    var done = 0
    for (index, stage) in stages.enumerated() {
      for i in 0..<stage.layers {
        let stride = i == 0 ? stage.stride : 1
        let rate = dropRate * Double(done) / Double(blocks)
        let block = features[1 + index][i]["block"]
        switch stage.block {
        case .fused: x = try fused(x, stage: stage, stride: stride, dropRate: rate, in: block)
        case .mobile:
          x = try block.invertedResidual(
            x,
            InvertedResidual(
              expanded: stage.expansion * x.shape.channels, channels: stage.channels, kernel: 3,
              stride: stride, activation: .silu,
              squeeze: SqueezeExcitation(squeezed: max(1, x.shape.channels / 4), activation: .silu),
              norm: norm, dropRate: rate, names: .torchvision(expands: true, squeezes: true)))
        }
        done += 1
      }
    }
    x = try features[1 + stages.count].convNorm(
      .numbered, x, to: 1280, kernel: 1, norm: norm, activation: .silu)
    let head = net["classifier"]
    return try head.linear("1", head.dropout(net.globalAveragePool(x), rate: dropout), to: classes)
  }

  private var norm: NormSettings { NormSettings(epsilon: 0.001) }

  /// A 3×3 that expands, instead of a 1×1 and a depthwise 3×3, then a 1×1; without expansion, the 3×3 alone.
  private func fused(
    _ x: Value, stage: Stage, stride: Int, dropRate: Double, in net: Scope
  ) throws(GraphError) -> Value {
    let expands = stage.expansion != 1
    var y = try net[0].convNorm(
      .numbered, x, to: expands ? stage.expansion * x.shape.channels : stage.channels, kernel: 3,
      stride: stride, norm: norm, activation: .silu)
    if expands { y = try net[1].convNorm(.numbered, y, to: stage.channels, kernel: 1, norm: norm) }
    guard stride == 1 && stage.channels == x.shape.channels else { return y }
    if dropRate > 0 { y = try net.stochasticDepth(y, rate: dropRate) }
    return try net.sum(y, x)
  }
}
