import GraphIR
import Ops
import TensorCore

/// The network of PyTorch's tutorial "Training a Classifier", whose `cifar_net.pth` many repositories hold.
///
/// LeNet-5's sizes on color images, with max pooling and ReLU. Its tensors have the names of ``LeNet5Modern``.
package struct LeNet5Tutorial: Architecture {
  var conv1Maps = 6
  var conv2Maps = 16
  var fc1Features = 120
  var fc2Features = 84

  package static let settings: [Setting<LeNet5Tutorial>] = [
    .integer("conv1Maps", \.conv1Maps, in: 1...4096, "feature maps of the first convolution"),
    .integer("conv2Maps", \.conv2Maps, in: 1...4096, "feature maps of the second convolution"),
    .integer("fc1Features", \.fc1Features, in: 1...65_536, "features of the first linear layer"),
    .integer("fc2Features", \.fc2Features, in: 1...65_536, "features of the second linear layer"),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    var x = try net.relu(net.conv("conv1", image, to: conv1Maps, kernel: 5, bias: true))  // 28×28
    x = try net["pool1"].maxPool(x, kernel: 2, stride: 2)  // 14×14
    x = try net.relu(net.conv("conv2", x, to: conv2Maps, kernel: 5, bias: true))  // 10×10
    x = try net["pool2"].maxPool(x, kernel: 2, stride: 2)  // 5×5
    x = try net.flatten(net.fitted(x, to: 5))
    x = try net.relu(net.linear("fc1", x, to: fc1Features))
    x = try net.relu(net.linear("fc2", x, to: fc2Features))
    return try net.linear("fc3", x, to: classes)
  }
}
