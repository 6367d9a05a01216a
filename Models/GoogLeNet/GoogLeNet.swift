import GraphIR
import Ops
import TensorCore

/// GoogLeNet with batch norm, as torchvision has it, after Szegedy and others, "Going deeper with
/// convolutions", CVPR 2015, arXiv:1409.4842.
///
/// - Inception module, figure 2 b:   ``inception(_:_:in:)``, with the widths of ``InceptionModule``
/// - Table 1, figure 3:              ``logits(_:classes:in:)``
/// - Auxiliary classifiers, §5:      ``auxiliaryHead(_:classes:in:)``, loss weight 0.3
///
/// Deviation: batch norm where the paper has biases and response normalization; 3×3 in the branch that the
/// paper calls 5×5, a known bug that torchvision keeps for its weights; pool4 is 2×2; dropout 0.2. The
/// paper's network is ``InceptionV1``. Checkpoint names follow torchvision.
package struct GoogLeNet: Architecture {
  /// Whether the network renormalizes its images; the published weights need it.
  var transformInput: Bool
  var dropout = 0.2
  var headDropout = 0.7

  package static let settings: [Setting<GoogLeNet>] = [
    .flag(
      "transformInput", \.transformInput,
      "whether the network renormalizes its images to mean 0.5, deviation 0.5"),
    .number("dropout", \.dropout, in: 0...1, "share of features dropped during training"),
    .number("headDropout", \.headDropout, in: 0...1, "share of features dropped in the auxiliary heads"),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    var x = transformInput ? try net.transformedInput(image) : image
    x = try net.basicConv("conv1", x, to: 64, kernel: 7, stride: 2, padding: 3)  // 112×112
    x = try pool("maxpool1", x, in: net)  // 56×56
    x = try net.basicConv("conv2", x, to: 64, kernel: 1)
    x = try net.basicConv("conv3", x, to: 192, kernel: 3, padding: 1)
    x = try pool("maxpool2", x, in: net)  // 28×28
    x = try inception(.inception3a, x, in: net["inception3a"])
    x = try inception(.inception3b, x, in: net["inception3b"])
    x = try pool("maxpool3", x, in: net)  // 14×14
    x = try inception(.inception4a, x, in: net["inception4a"])
    try net.auxiliary("aux1", lossWeight: 0.3) { head throws(GraphError) in
      try auxiliaryHead(x, classes: classes, in: head)
    }
    x = try inception(.inception4b, x, in: net["inception4b"])
    x = try inception(.inception4c, x, in: net["inception4c"])
    x = try inception(.inception4d, x, in: net["inception4d"])
    try net.auxiliary("aux2", lossWeight: 0.3) { head throws(GraphError) in
      try auxiliaryHead(x, classes: classes, in: head)
    }
    x = try inception(.inception4e, x, in: net["inception4e"])
    x = try net["maxpool4"].maxPool(x, kernel: 2, stride: 2, ceilMode: true)  // 7×7
    x = try inception(.inception5a, x, in: net["inception5a"])
    x = try inception(.inception5b, x, in: net["inception5b"])
    x = try net.dropout(net.globalAveragePool(x), rate: dropout)
    return try net.linear("fc", x, to: classes)
  }

  /// Four branches: 1×1; 1×1 and 3×3; 1×1 and 3×3 again; pool and 1×1.
  private func inception(
    _ maps: InceptionModule, _ x: Value, in net: Scope
  ) throws(GraphError) -> Value {
    let one = try net.basicConv("branch1", x, to: maps.one, kernel: 1)
    var three = try net["branch2"].basicConv("0", x, to: maps.threeReduce, kernel: 1)
    three = try net["branch2"].basicConv("1", three, to: maps.three, kernel: 3, padding: 1)
    var five = try net["branch3"].basicConv("0", x, to: maps.fiveReduce, kernel: 1)
    five = try net["branch3"].basicConv("1", five, to: maps.five, kernel: 3, padding: 1)
    let pooled = try net["branch4"].maxPool(x, kernel: 3, stride: 1, padding: 1, ceilMode: true)
    let projection = try net["branch4"].basicConv("1", pooled, to: maps.projection, kernel: 1)
    return try net.concat([one, three, five, projection])
  }

  /// Average over 4×4 cells, 1×1 to 128 channels, two fully connected layers.
  private func auxiliaryHead(_ x: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    var y = try net.basicConv("conv", net.adaptiveAveragePool(x, to: 4), to: 128, kernel: 1)
    y = try net.relu(net.linear("fc1", net.flatten(y), to: 1024))
    return try net.linear("fc2", net.dropout(y, rate: headDropout), to: classes)
  }

  /// 3×3, stride 2, rounding up.
  private func pool(_ name: String, _ x: Value, in net: Scope) throws(GraphError) -> Value {
    try net[name].maxPool(x, kernel: 3, stride: 2, ceilMode: true)
  }
}

/// torchvision writes every ReLU as a function.
extension GoogLeNet {
  package var frameworkSource: FrameworkSource { .functions { $0.hasSuffix("relu") } }
}
