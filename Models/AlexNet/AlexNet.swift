import GraphIR
import Ops
import TensorCore

/// AlexNet in one column, as torchvision has it: Krizhevsky, "One weird trick for parallelizing
/// convolutional neural networks", 2014, arXiv:1404.5997.
///
/// - Five convolutions, three followed by a pool:          `features`
/// - Three fully connected layers, dropout before two:     `classifier`
///
/// Deviation: 64 channels in the first and 256 in the fourth convolution, no response normalization and a
/// padded first convolution, which is torchvision's reading. The network of 2012 is ``AlexNet2012``.
/// Checkpoint names follow torchvision.
package struct AlexNet: Architecture {
  var maps: [Int]  // of the five convolutions
  var features = 4096  // of the two hidden fully connected layers
  var dropout = 0.5

  package static let settings: [Setting<AlexNet>] = [
    .integers("maps", \.maps, in: 1...65_536, "channels of the five convolutions"),
    .integer("features", \.features, in: 1...65_536, "features of the hidden fully connected layers"),
    .number("dropout", \.dropout, in: 0...1, "share of features dropped during training"),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    let layers = net["features"]
    var x = try layers.conv(
      "0", image, to: maps[0], kernel: 11, stride: 4, padding: 2, bias: true)  // 55×55
    x = try layers["2"].maxPool(layers.relu(x), kernel: 3, stride: 2)  // 27×27
    x = try layers.conv("3", x, to: maps[1], kernel: 5, padding: 2, bias: true)
    x = try layers["5"].maxPool(layers.relu(x), kernel: 3, stride: 2)  // 13×13
    x = try layers.relu(layers.conv("6", x, to: maps[2], kernel: 3, padding: 1, bias: true))
    x = try layers.relu(layers.conv("8", x, to: maps[3], kernel: 3, padding: 1, bias: true))
    x = try layers.relu(layers.conv("10", x, to: maps[4], kernel: 3, padding: 1, bias: true))
    x = try layers["12"].maxPool(x, kernel: 3, stride: 2)  // 6×6

    let head = net["classifier"]
    x = try head.dropout(net.flatten(net.fitted(x, to: 6)), rate: dropout)
    x = try head.relu(head.linear("1", x, to: features))
    x = try head.dropout(x, rate: dropout)
    x = try head.relu(head.linear("4", x, to: features))
    return try head.linear("6", x, to: classes)
  }
}

/// torchvision pools to the classifier's input size even where the feature maps have it already.
extension AlexNet {
  package var frameworkSource: FrameworkSource { FrameworkSource(poolsToFit: true) }
}
