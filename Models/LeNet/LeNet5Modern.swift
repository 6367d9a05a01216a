import GraphIR
import Ops
import TensorCore

/// LeNet-5 as it is taught today: the sizes of LeCun et al., 1998, with the layers of a current library.
///
/// - C3 reads all six feature maps where the paper has Table I
/// - S2, S4 are average pools, without parameters and without a squashing function
/// - C5 is the linear layer that it amounts to at 32×32
/// - ten logits where the paper has radial basis units
///
/// PyTorch's tutorial "Training a Classifier" has ReLU and max pooling in their place, on color images; many repositories hold
/// its `cifar_net.pth`, whose tensors have the same names.
package struct LeNet5Modern: Architecture {
  /// What stands between the layers with weights.
  enum Form {
    /// tanh and average pools.
    case textbook
    /// ReLU and max pools.
    case tutorial
  }

  var form = Form.textbook
  var conv1Maps = 6
  var conv2Maps = 16
  var fc1Features = 120
  var fc2Features = 84

  package static let settings: [Setting<LeNet5Modern>] = [
    .integer("conv1Maps", \.conv1Maps, in: 1...4096, "feature maps of the first convolution, C1"),
    .integer("conv2Maps", \.conv2Maps, in: 1...4096, "feature maps of the second convolution, C3"),
    .integer("fc1Features", \.fc1Features, in: 1...65_536, "features of the first linear layer, C5"),
    .integer("fc2Features", \.fc2Features, in: 1...65_536, "features of the second linear layer, F6"),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    var x = try activated(net.conv("conv1", image, to: conv1Maps, kernel: 5, bias: true), in: net)  // 28×28
    x = try halved(x, in: net["pool1"])  // 14×14
    x = try activated(net.conv("conv2", x, to: conv2Maps, kernel: 5, bias: true), in: net)  // 10×10
    x = try halved(x, in: net["pool2"])  // 5×5
    x = try net.flatten(net.fitted(x, to: 5))
    x = try activated(net.linear("fc1", x, to: fc1Features), in: net)
    x = try activated(net.linear("fc2", x, to: fc2Features), in: net)
    return try net.linear("fc3", x, to: classes)
  }

  package var layerNames: [String: String] {
    form == .textbook
      ? ["conv1": "C1", "pool1": "S2", "conv2": "C3", "pool2": "S4", "fc1": "C5", "fc2": "F6"] : [:]
  }

  private func activated(_ x: Value, in net: Scope) throws(GraphError) -> Value {
    switch form {
    case .textbook: try net.tanh(x)
    case .tutorial: try net.relu(x)
    }
  }

  private func halved(_ x: Value, in net: Scope) throws(GraphError) -> Value {
    switch form {
    case .textbook: try net.averagePool(x, kernel: 2, stride: 2)
    case .tutorial: try net.maxPool(x, kernel: 2, stride: 2)
    }
  }
}
