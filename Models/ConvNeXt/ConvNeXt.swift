import GraphIR
import Ops
import TensorCore

/// ConvNeXt: Liu, Mao, Wu, Feichtenhofer, Darrell, Xie, "A ConvNet for the 2020s", CVPR 2022, arXiv:2201.03545.
///
/// - Stage ratios and patchify stem, section 2.2:   ``blocks``, ``logits(_:classes:in:)``
/// - Block, figure 4: depthwise 7×7, LN, 1×1 to four times the width, GELU, 1×1, layer scale:  ``block(_:dropRate:in:)``
/// - Separate downsampling layers, section 2.6:      ``logits(_:classes:in:)``
/// - T, S, B, L, section 3:                          ``entries``
///
/// Deviation: none known; the two 1×1 are linear layers at each pixel, as in the authors' code, which shows in the shapes of
/// their weights. Checkpoint names follow torchvision.
package struct ConvNeXt: Architecture {
  var blocks: [Int]  // of the four stages
  var width: Int  // channels of the first stage; each later stage doubles them
  var dropRate: Double  // probability that the last block is dropped; it grows linearly from 0
  var layerScale = 1e-6  // what the factors of the residuals start from

  package static let settings: [Setting<ConvNeXt>] = [
    .integers("blocks", \.blocks, in: 1...512, "blocks of the four stages"),
    .integer("width", \.width, in: 1...4096, "channels of the first stage; each later stage doubles them"),
    .number(
      "dropRate", \.dropRate, in: 0...0.9,
      "probability that training drops the last block; it grows linearly from 0"),
    .number("layerScale", \.layerScale, in: 0...10, "what the factors of the residuals start from"),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    let features = net["features"]
    var x = try features[0].conv("0", image, to: width, kernel: 4, stride: 4, bias: true)  // 56×56
    x = try features[0].layerNorm("1", x)
    let last = max(1, blocks.reduce(0, +) - 1)
    var done = 0
    for (stage, count) in blocks.enumerated() {
      if stage > 0 {
        let down = features[2 * stage]  // 28×28, 14×14, 7×7
        x = try down.conv("1", down.layerNorm("0", x), to: width << stage, kernel: 2, stride: 2, bias: true)
      }
      for i in 0..<count {
        x = try block(
          x, dropRate: dropRate * Double(done) / Double(last), in: features[1 + 2 * stage][i])
        done += 1
      }
    }
    let head = net["classifier"]
    x = try head.layerNorm("0", net.adaptiveAveragePool(x, to: 1))
    return try head.linear("2", head.flatten(x), to: classes)
  }

  /// Depthwise 7×7 and layer norm, 1×1 to four times the width, GELU, 1×1 back, a learned factor for each channel; the sum.
  private func block(_ x: Value, dropRate: Double, in net: Scope) throws(GraphError) -> Value {
    let (layers, channels) = (net["block"], x.shape.channels)
    var y = try layers.conv("0", x, to: channels, kernel: 7, padding: 3, groups: channels, bias: true)
    y = try layers.layerNorm("2", y)
    y = try layers.gelu(layers.pointwiseLinear("3", y, to: 4 * channels))
    y = try layers.pointwiseLinear("5", y, to: channels)
    y = try net.channelScale("layer_scale", y, initial: Float(layerScale))
    if dropRate > 0 { y = try net.stochasticDepth(y, rate: dropRate) }
    return try net.sum(y, x)
  }
}

/// torchvision's layer norms on `[N, C, H, W]`, those outside blocks, are modules of its own that call a function.
extension ConvNeXt {
  package var frameworkSource: FrameworkSource {
    .functions { $0 == "classifier.0" || $0.hasPrefix("features.") && !$0.contains(".block.") }
  }
}
