import GraphIR
import Ops
import TensorCore

/// VGG: Simonyan, Zisserman, "Very deep convolutional networks for large-scale image recognition",
/// ICLR 2015, arXiv:1409.1556.
///
/// - Configurations A, B, D, E, table 1:    ``convolutions``; the widths double up to 512
/// - Only 3×3, stride 1, padding 1, §2.1:   `features`
/// - Three fully connected layers, §2.1:    `classifier`
///
/// Deviation: none known without batch norm. The `_bn` variants, torchvision's addition, have it after every
/// convolution. Checkpoint names follow torchvision.
package struct VGG: Architecture {
  var convolutions: [Int]  // of the five stages, table 1
  var batchNorm: Bool
  var width = 64  // channels of the first stage
  var features = 4096  // of the two hidden fully connected layers
  var dropout = 0.5

  package static let settings: [Setting<VGG>] = [
    .depth(
      oneOf: table.map(\.depth), read: { $0.convolutions.reduce(3, +) },
      choose: { vgg, depth in
        for row in table where row.depth == depth { vgg.convolutions = row.convolutions }
      }),
    .integers("convolutions", \.convolutions, in: 1...64, "convolutions of the five stages"),
    .flag("batchNorm", \.batchNorm, "whether batch norm follows every convolution"),
    .integer(
      "width", \.width, in: 1...4096, "channels of the first stage; later stages double them, up to eightfold"
    ),
    .integer("features", \.features, in: 1...65_536, "features of the hidden fully connected layers"),
    .number("dropout", \.dropout, in: 0...1, "share of features dropped during training"),
  ]

  /// Columns A, B, D and E of table 1.
  private static let table: [(depth: Int, convolutions: [Int])] = [
    (11, [1, 1, 2, 2, 2]), (13, [2, 2, 2, 2, 2]), (16, [2, 2, 3, 3, 3]), (19, [2, 2, 4, 4, 4]),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    let layers = net["features"]
    var x = image
    var position = 0  // in torchvision's list of layers, which gives the names
    for (stage, count) in convolutions.enumerated() {
      let channels = width << min(stage, 3)
      for _ in 0..<count {
        x = try layers.conv("\(position)", x, to: channels, kernel: 3, padding: 1, bias: true)
        if batchNorm { x = try layers.batchNorm("\(position + 1)", x) }
        x = try layers.relu(x)
        position += batchNorm ? 3 : 2
      }
      x = try layers[position].maxPool(x, kernel: 2, stride: 2)  // 112, 56, 28, 14, 7
      position += 1
    }

    let head = net["classifier"]
    x = try net.flatten(net.fitted(x, to: 7))
    x = try head.dropout(head.relu(head.linear("0", x, to: features)), rate: dropout)
    x = try head.dropout(head.relu(head.linear("3", x, to: features)), rate: dropout)
    return try head.linear("6", x, to: classes)
  }
}

/// torchvision pools to the classifier's input size even where the feature maps have it already.
extension VGG {
  package var frameworkSource: FrameworkSource { FrameworkSource(poolsToFit: true) }
}
