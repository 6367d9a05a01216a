import GraphIR
import Ops
import TensorCore

/// ShuffleNetV2: Ma, Zhang, Zheng, Sun, "ShuffleNet V2: practical guidelines for efficient CNN architecture design",
/// ECCV 2018, arXiv:1807.11164.
///
/// - Basic unit, figure 3 c:       ``unit(_:in:)``
/// - Down-sampling, figure 3 d:    ``reduction(_:to:in:)``
/// - Table 5:                      ``entries``
///
/// Deviation: none known. Checkpoint names follow torchvision.
package struct ShuffleNetV2: Architecture {
  var units = [4, 8, 4]  // of stages 2, 3, 4; the first of each halves the resolution
  var channels: [Int]  // of the stages
  var lastChannels = 1024  // of conv5

  package static let settings: [Setting<ShuffleNetV2>] = [
    .integers("units", \.units, in: 1...256, "units of stages 2, 3 and 4"),
    .integers("channels", \.channels, in: 2...16_384, "channels of stages 2, 3 and 4"),
    .integer("lastChannels", \.lastChannels, in: 1...65_536, "channels of the last convolution"),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    var x = try net["conv1"].convNorm(
      .numbered, image, to: 24, kernel: 3, stride: 2, activation: .relu)  // 112×112
    x = try net.maxPool(x, kernel: 3, stride: 2, padding: 1)  // 56×56
    for (index, (units, channels)) in zip(units, channels).enumerated() {
      let stage = net["stage\(2 + index)"]
      x = try reduction(x, to: channels, in: stage[0])  // 28×28, 14×14, 7×7
      for i in 1..<max(units, 1) { x = try unit(x, in: stage[i]) }
    }
    x = try net["conv5"].convNorm(.numbered, x, to: lastChannels, kernel: 1, activation: .relu)
    return try net.linear("fc", net.globalAveragePool(x), to: classes)
  }

  /// Half of the channels pass as they are, the other half through the branch; then both are shuffled.
  private func unit(_ x: Value, in net: Scope) throws(GraphError) -> Value {
    let half = x.shape.channels / 2
    let parts = try net.split(x, [half, half])
    let y = try branch(parts[1], to: half, stride: 1, in: net["branch2"])
    return try net.channelShuffle(net.concat([parts[0], y]), groups: 2)
  }

  /// Both branches see all channels and halve the resolution.
  private func reduction(_ x: Value, to channels: Int, in net: Scope) throws(GraphError) -> Value {
    let (all, half) = (x.shape.channels, channels / 2)
    let left = net["branch1"]
    var y = try left.convNorm(.init("0", "1"), x, to: all, kernel: 3, stride: 2, groups: all)
    y = try left.convNorm(.init("2", "3"), y, to: half, kernel: 1, activation: .relu)
    let right = try branch(x, to: half, stride: 2, in: net["branch2"])
    return try net.channelShuffle(net.concat([y, right]), groups: 2)
  }

  /// 1×1, depthwise 3×3 without activation, 1×1: as many channels all the way.
  private func branch(
    _ x: Value, to channels: Int, stride: Int, in net: Scope
  ) throws(GraphError) -> Value {
    var y = try net.convNorm(.init("0", "1"), x, to: channels, kernel: 1, activation: .relu)
    y = try net.convNorm(.init("3", "4"), y, to: channels, kernel: 3, stride: stride, groups: channels)
    return try net.convNorm(.init("5", "6"), y, to: channels, kernel: 1, activation: .relu)
  }
}

/// torchvision averages with `mean`.
extension ShuffleNetV2 {
  package var frameworkSource: FrameworkSource { FrameworkSource(averagesWithMean: true) }
}
