import GraphIR
import Ops
import TensorCore

/// EfficientNet: Tan, Le, "EfficientNet: rethinking model scaling for convolutional neural networks", ICML 2019,
/// arXiv:1905.11946.
///
/// - Baseline network B0, table 1:                       ``Stage/baseline``
/// - MBConv with squeeze-and-excitation, section 4:      `invertedResidual`
/// - Compound scaling, section 3.3, eq. 3:               ``width``, ``depth``, ``Stage/scaled(width:depth:)``
///
/// Scaling by φ multiplies the layers by 1.2^φ, the channels by 1.1^φ and the resolution by 1.15^φ. The coefficients of B1 to
/// B7 are the authors', who rounded them to one decimal; B1 to B3 are those of φ = 0.5, 1, 2.
///
/// Deviation: torchvision pads alike on all sides, the authors as TensorFlow does (``samePadding``). Checkpoint names follow
/// torchvision; those of EfficientNet-PyTorch load too.
package struct EfficientNet: Architecture {
  /// A row of table 1: `layers` blocks that expand `expansion` times, the first of them with the stride.
  struct Stage {
    var expansion: Int
    var kernel: Int
    var stride: Int
    var channels: Int
    var layers: Int

    /// B0.
    static let baseline = [
      Stage(expansion: 1, kernel: 3, stride: 1, channels: 16, layers: 1),  // 112×112
      Stage(expansion: 6, kernel: 3, stride: 2, channels: 24, layers: 2),  // 56×56
      Stage(expansion: 6, kernel: 5, stride: 2, channels: 40, layers: 2),  // 28×28
      Stage(expansion: 6, kernel: 3, stride: 2, channels: 80, layers: 3),  // 14×14
      Stage(expansion: 6, kernel: 5, stride: 1, channels: 112, layers: 3),
      Stage(expansion: 6, kernel: 5, stride: 2, channels: 192, layers: 4),  // 7×7
      Stage(expansion: 6, kernel: 3, stride: 1, channels: 320, layers: 1),
    ]

    /// Channels rounded to a multiple of 8, layers rounded up.
    func scaled(width: Double, depth: Double) -> Stage {
      var stage = self
      stage.channels = Int(channels: Double(channels) * width)
      stage.layers = Int((Double(layers) * depth).rounded(.up))
      return stage
    }
  }

  var width: Double  // factor of channels
  var depth: Double  // factor of layers
  var dropout: Double
  var dropRate = 0.2  // probability that the last block is dropped; it grows linearly from 0
  var epsilon = 1e-5  // of batch norm
  var samePadding = false  // whether convolutions are padded as in TensorFlow

  package static let settings: [Setting<EfficientNet>] = [
    .number("width", \.width, in: 0.05...8, "factor of all channels"),
    .number("depth", \.depth, in: 0.05...16, "factor of the layers of each stage"),
    .number("dropout", \.dropout, in: 0...1, "share of features dropped during training"),
    .number(
      "dropRate", \.dropRate, in: 0...0.9,
      "probability that training drops the last block; it grows linearly from 0"),
    .number("epsilon", \.epsilon, in: 0...1, "added to the variance by batch norm"),
    .flag("samePadding", \.samePadding, "whether convolutions are padded as TensorFlow's \"SAME\" does"),
  ]

  /// Table 1, scaled.
  private var stages: [Stage] { Stage.baseline.map { $0.scaled(width: width, depth: depth) } }

  private var norm: NormSettings { NormSettings(epsilon: epsilon, momentum: epsilon > 1e-5 ? 0.01 : 0.1) }

  private var padding: ConvPadding { samePadding ? .same : .symmetric }

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    let stages = stages
    let blocks = stages.reduce(0) { $0 + $1.layers }
    let features = net["features"]
    var x = try features[0].convNorm(
      .numbered, image, to: Int(channels: 32 * width), kernel: 3, stride: 2, padding: padding,
      norm: norm, activation: .silu)  // 112×112
    var done = 0
    for (index, stage) in stages.enumerated() {
      for i in 0..<stage.layers {
        x = try features[1 + index][i]["block"].invertedResidual(
          x,
          InvertedResidual(
            expanded: stage.expansion * x.shape.channels, channels: stage.channels, kernel: stage.kernel,
            stride: i == 0 ? stage.stride : 1, activation: .silu,
            squeeze: SqueezeExcitation(squeezed: max(1, x.shape.channels / 4), activation: .silu),
            padding: padding, norm: norm, dropRate: dropRate * Double(done) / Double(blocks),
            names: .torchvision(expands: stage.expansion != 1, squeezes: true)))
        done += 1
      }
    }
    x = try features[1 + stages.count].convNorm(
      .numbered, x, to: 4 * x.shape.channels, kernel: 1, norm: norm, activation: .silu)
    let head = net["classifier"]
    return try head.linear("1", head.dropout(net.globalAveragePool(x), rate: dropout), to: classes)
  }

  /// Those of EfficientNet-PyTorch.
  package var renames: [TensorRename] {
    .efficientNetPyTorch(
      stem: .numbered.inside("features.0"), head: .numbered.inside("features.\(1 + stages.count)"),
      classifier: "classifier.1", layers: stages.map(\.layers)
    ) { stage, block in
      ("features.\(1 + stage).\(block).block", .torchvision(expands: stage > 0, squeezes: true), .numbered)
    }
  }
}
