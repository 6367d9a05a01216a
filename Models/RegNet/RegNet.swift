import Glibc
import GraphIR
import Ops
import TensorCore

/// RegNet: Radosavovic, Kosaraju, Girshick, He, Dollár, "Designing network design spaces", CVPR 2020,
/// arXiv:2003.13678.
///
/// - Widths that grow linearly, quantized, section 3.3, eq. 2 to 4:  ``stages``
/// - X block: a bottleneck with group convolution, figure 4:         ``block(_:stage:stride:in:)``
/// - Y block: X with squeeze-and-excitation, section 5:              ``squeezeRatio``
/// - Tables of section 5:                                            ``entries``
///
/// The bottleneck ratio b is 1, as the paper finds best. Deviation: none known. Checkpoint names follow torchvision.
package struct RegNet: Architecture {
  var depth: Int  // d, blocks
  var initialWidth: Int  // w₀
  var slope: Double  // wₐ
  var quantization: Double  // wₘ
  var groupWidth: Int  // g, channels of a group
  var squeezeRatio = 0.0  // channels between a Y block's two 1×1, of the block's input; 0 for X

  package static let settings: [Setting<RegNet>] = [
    .integer("depth", \.depth, in: 1...512, "blocks of all stages together, d"),
    .integer("initialWidth", \.initialWidth, in: 8...4096, "width of the first block, w₀"),
    .number(
      "slope", \.slope, in: 0...1024, "channels that each block adds before quantization, wₐ"),
    .number("quantization", \.quantization, in: 1.05...16, "factor from stage to stage, wₘ"),
    .integer("groupWidth", \.groupWidth, in: 1...4096, "channels of a group, g"),
    .number(
      "squeezeRatio", \.squeezeRatio, in: 0...4,
      "squeezed channels of a block per channel of its input; 0 for no squeeze-and-excitation"),
  ]

  /// A run of blocks of one width.
  private struct Stage {
    var width: Int
    var groupWidth: Int
    var blocks: Int
  }

  /// The widths of all blocks, from four of the numbers.
  private var widths: [Int] {
    let w0 = Double(initialWidth)
    return (0..<depth).map { j in
      let u = w0 + slope * Double(j)  // eq. 2: linear
      let s = log(u / w0) / log(quantization)  // eq. 3
      let w = w0 * pow(quantization, s.rounded(.toNearestOrEven))  // eq. 4: a power of wₘ
      return max(8, 8 * Int((w / 8).rounded(.toNearestOrEven)))
    }
  }

  /// Blocks of one width are a stage.
  ///
  /// A group cannot be wider than the block; otherwise the width becomes a multiple of the group's.
  private var stages: [Stage] {
    Dictionary(grouping: widths) { $0 }.sorted { $0.key < $1.key }.map { width, blocks in
      let group = min(groupWidth, width)
      return Stage(
        width: Int(channels: Double(width), multipleOf: group), groupWidth: group,
        blocks: blocks.count)
    }
  }

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    var x = try net["stem"].convNorm(
      .numbered, image, to: 32, kernel: 3, stride: 2, activation: .relu)  // 112×112
    for (index, stage) in stages.enumerated() {
      let name = "block\(index + 1)"
      for i in 0..<stage.blocks {
        x = try block(
          x, stage: stage, stride: i == 0 ? 2 : 1, in: net["trunk_output"][name]["\(name)-\(i)"])
      }
    }
    return try net.linear("fc", net.globalAveragePool(x), to: classes)
  }

  /// 1×1, 3×3 in groups, squeeze-and-excitation for Y, 1×1, all of one width, and the shortcut.
  private func block(_ x: Value, stage: Stage, stride: Int, in net: Scope) throws(GraphError)
    -> Value
  {
    let width = stage.width
    let changes = stride != 1 || x.shape.channels != width
    let shortcut =
      changes ? try net["proj"].convNorm(.numbered, x, to: width, kernel: 1, stride: stride) : x
    let f = net["f"]
    var y = try f["a"].convNorm(.numbered, x, to: width, kernel: 1, activation: .relu)
    y = try f["b"].convNorm(
      .numbered, y, to: width, kernel: 3, stride: stride, groups: width / stage.groupWidth,
      activation: .relu)
    if squeezeRatio > 0 {
      let squeezed = max(1, Int((squeezeRatio * Double(x.shape.channels)).rounded()))
      y = try f["se"].squeezeExcitation(y, SqueezeExcitation(squeezed: squeezed))
    }
    y = try f["c"].convNorm(.numbered, y, to: width, kernel: 1)
    return try net.relu(net.sum(shortcut, y))
  }
}
