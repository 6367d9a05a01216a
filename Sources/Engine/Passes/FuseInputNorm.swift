import GraphIR

extension Pass {
  /// A batch norm and its activation are applied as the convolution behind them reads its input.
  ///
  /// Pre-activation networks and DenseNet normalize in front of a convolution, where the activation keeps the
  /// norm from being folded into the weights. A 1×1 convolution reads each pixel in one work item only, so
  /// nothing is computed twice, and the normalized activations never go to memory.
  package static let fuseInputNorm = Pass(name: "fuse_input_norm") { graph in
    graph.mergeNeighbors { first, second in
      guard case .norm(let norm, let activation) = first.semantics,
        var node = second.fusing(.inputNorm(norm, activation), for: .inference)
      else { return nil }
      node.inputs[0] = first.inputs[0]
      return node
    }
  }
}
