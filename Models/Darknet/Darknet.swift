import GraphIR
import Ops
import TensorCore

/// Darknet-53: Redmon, Farhadi, "YOLOv3: an incremental improvement", 2018, arXiv:1804.02767.
///
/// - Table 1: 3×3 with stride 2, then blocks of 1×1 and 3×3 with a shortcut:  ``logits(_:classes:in:)``
///
/// Deviation: leaky ReLU with slope 0.01, as timm's weights want; the authors' slope is 0.1. Checkpoint names follow timm.
package struct Darknet: Architecture {
  var blocks: [Int]  // residual blocks of the five stages
  var width = 32  // channels of the first convolution; each stage doubles them
  var slope = 0.01  // of the leaky ReLU

  package static let settings: [Setting<Darknet>] = [
    .integers("blocks", \.blocks, in: 1...256, "residual blocks of the five stages"),
    .integer("width", \.width, in: 2...1024, "channels of the first convolution; each stage doubles them"),
    .number("slope", \.slope, in: 0.001...1, "slope of the leaky ReLU where its input is negative"),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    let activation = Activation.leakyReLU(slope: Float(slope))
    var x = try net["stem"]["conv1"].convNorm(
      .named, image, to: width, kernel: 3, activation: activation)  // 256×256
    for (index, count) in blocks.enumerated() {
      let (stage, channels) = (net["stages"][index], width << (index + 1))
      x = try stage["conv_down"].convNorm(
        .named, x, to: channels, kernel: 3, stride: 2, activation: activation)  // 128×128 … 8×8
      for i in 0..<count {
        let block = stage["blocks"][i]
        var y = try block["conv1"].convNorm(.named, x, to: channels / 2, kernel: 1, activation: activation)
        y = try block["conv2"].convNorm(.named, y, to: channels, kernel: 3, activation: activation)
        x = try block.sum(y, x)
      }
    }
    return try net["head"].linear("fc", net.globalAveragePool(x), to: classes)
  }
}
