import GraphIR
import Ops
import TensorCore

extension Pass {
  /// Batch norm and ReLU before a 1×1 convolution are applied as the convolution reads its input.
  ///
  /// Pre-activation networks and DenseNet normalize in front of a convolution, where the ReLU keeps the
  /// norm from being folded into the weights. Each pixel is read by one tile of a 1×1 convolution only, so
  /// nothing is computed twice, and the normalized activations never go to memory.
  static let fuseInputNorm = Pass(name: "fuse_input_norm") { graph in
    graph.mergeNeighbors { first, second in
      guard let norm = first.operation as? BatchNorm, norm.activation == .relu,
        var convolution = second.operation as? Convolution,
        convolution.window.isPointwise, convolution.groups == 1, !convolution.normalizesInput,
        let tensors = NormParameters(first, epsilon: norm.epsilon)
      else { return nil }
      convolution.normalizesInput = true
      var node = second
      node.operation = convolution
      node.inputs[0] = first.inputs[0]
      node.parameters += [.normScale(tensors), .normShift(tensors)]
      return node
    }
  }
}
