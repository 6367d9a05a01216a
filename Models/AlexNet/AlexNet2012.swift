import GraphIR
import Ops
import TensorCore

/// AlexNet as published: Krizhevsky, Sutskever, Hinton, "ImageNet classification with deep convolutional
/// neural networks", NIPS 2012.
///
/// - Two GPUs, §3.2, figure 2: ``groups``; the second, fourth and fifth convolutions see only their half
/// - Response normalization, §3.3: ``normalized(_:_:in:)``, after the ReLUs of the first two convolutions
/// - Overlapping pools, §3.4: 3×3 with stride 2
/// - Dropout, §4.2: after both hidden fully connected layers
///
/// Deviation: 227×227 images; from the 224×224 that the paper says, 55×55 does not follow. Names `conv1` … `fc8`
/// follow the layers' names in Caffe.
package struct AlexNet2012: Architecture {
  var groups: Int  // GPUs of §3.2
  var features: Int  // of fc6 and fc7
  var dropout = 0.5

  package static let settings: [Setting<AlexNet2012>] = [
    .integer("groups", \.groups, in: 1...2, "groups of conv2, conv4 and conv5, one per GPU"),
    .integer("features", \.features, in: 1...65_536, "features of the hidden fully connected layers"),
    .number("dropout", \.dropout, in: 0...1, "share of features dropped during training"),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    var x = try net.relu(net.conv("conv1", image, to: 96, kernel: 11, stride: 4, bias: true))  // 55×55
    x = try net["pool1"].maxPool(normalized("norm1", x, in: net), kernel: 3, stride: 2)  // 27×27
    x = try net.relu(net.conv("conv2", x, to: 256, kernel: 5, padding: 2, groups: groups, bias: true))
    x = try net["pool2"].maxPool(normalized("norm2", x, in: net), kernel: 3, stride: 2)  // 13×13
    x = try net.relu(net.conv("conv3", x, to: 384, kernel: 3, padding: 1, bias: true))
    x = try net.relu(net.conv("conv4", x, to: 384, kernel: 3, padding: 1, groups: groups, bias: true))
    x = try net.relu(net.conv("conv5", x, to: 256, kernel: 3, padding: 1, groups: groups, bias: true))
    x = try net["pool5"].maxPool(x, kernel: 3, stride: 2)  // 6×6
    x = try net.flatten(net.fitted(x, to: 6))
    x = try net.dropout(net.relu(net.linear("fc6", x, to: features)), rate: dropout)
    x = try net.dropout(net.relu(net.linear("fc7", x, to: features)), rate: dropout)
    return try net.linear("fc8", x, to: classes)
  }

  /// §3.3: k = 2, n = 5, α = 10⁻⁴, β = 0.75; the operator divides α by n, the paper does not.
  private func normalized(_ name: String, _ x: Value, in net: Scope) throws(GraphError) -> Value {
    try net.localResponseNorm(name, x, size: 5, alpha: 5e-4, beta: 0.75, bias: 2)
  }
}
