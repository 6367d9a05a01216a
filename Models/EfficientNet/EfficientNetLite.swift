import GraphIR
import Ops
import TensorCore

/// EfficientNet-Lite, by the authors of EfficientNet: tensorflow/tpu, models/official/efficientnet/lite, 2020.
///
/// - Table 1 of EfficientNet's paper, scaled but for the layers of the first and last stage:  ``stages``
/// - No squeeze-and-excitation, ReLU6 instead of SiLU, stem and head not scaled:                ``logits(_:classes:in:)``
///
/// Deviation: none known. Checkpoint names follow timm's `tf_efficientnet_lite`; those of the authors' other ports, which are
/// EfficientNet-PyTorch's, load too.
package struct EfficientNetLite: Architecture {
  var width: Double  // factor of channels
  var depth: Double  // factor of layers
  var dropout: Double
  var dropRate = 0.2  // probability that the last block is dropped; it grows linearly from 0
  var samePadding = true  // whether convolutions are padded as in TensorFlow

  package static let settings: [Setting<EfficientNetLite>] = [
    .number("width", \.width, in: 0.05...8, "factor of all channels but those of stem and head"),
    .number("depth", \.depth, in: 0.05...16, "factor of the layers of each stage but the first and the last"),
    .number("dropout", \.dropout, in: 0...1, "share of features dropped during training"),
    .number(
      "dropRate", \.dropRate, in: 0...0.9,
      "probability that training drops the last block; it grows linearly from 0"),
    .flag("samePadding", \.samePadding, "whether convolutions are padded as TensorFlow's \"SAME\" does"),
  ]

  private var stages: [EfficientNet.Stage] {
    let baseline = EfficientNet.Stage.baseline
    return baseline.indices.map { i in
      baseline[i].scaled(width: width, depth: i == 0 || i == baseline.count - 1 ? 1 : depth)
    }
  }

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    let (stages, padding) = (stages, samePadding ? ConvPadding.same : .symmetric)
    let norm = NormSettings(epsilon: 0.001, momentum: 0.01)
    let blocks = stages.reduce(0) { $0 + $1.layers }
    var x = try net.convNorm(
      .init("conv_stem", "bn1"), image, to: 32, kernel: 3, stride: 2, padding: padding, norm: norm,
      activation: .relu6)  // 112×112
    var done = 0
    for (index, stage) in stages.enumerated() {
      for i in 0..<stage.layers {
        x = try net["blocks"][index][i].invertedResidual(
          x,
          InvertedResidual(
            expanded: stage.expansion * x.shape.channels, channels: stage.channels, kernel: stage.kernel,
            stride: i == 0 ? stage.stride : 1, activation: .relu6, padding: padding, norm: norm,
            dropRate: dropRate * Double(done) / Double(blocks), names: .timm(expands: stage.expansion != 1)))
        done += 1
      }
    }
    x = try net.convNorm(
      .init("conv_head", "bn2"), x, to: 1280, kernel: 1, norm: norm, activation: .relu6)
    x = try net.dropout(net.globalAveragePool(x), rate: dropout)
    return try net.linear("classifier", x, to: classes)
  }

  /// Those of EfficientNet-PyTorch.
  package var renames: [TensorRename] {
    .efficientNetPyTorch(
      stem: .init("conv_stem", "bn1"), head: .init("conv_head", "bn2"), classifier: "classifier",
      layers: stages.map(\.layers)
    ) { stage, block in ("blocks.\(stage).\(block)", .timm(expands: stage > 0), .named) }
  }
}
