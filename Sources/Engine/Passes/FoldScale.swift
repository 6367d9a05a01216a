import GraphIR

extension Pass {
  /// A multiplication behind a convolution becomes part of its weights and bias, see ``ParameterExpression``.
  ///
  /// Such are the residual branches of ConvNeXt and Inception-ResNet-v2.
  static let foldScale = Pass(name: "fold_scale") { graph in
    graph.mergeNeighbors { first, second in
      guard case .scale(let factor) = second.semantics else { return nil }
      return first.fusing(.scale(factor), for: .inference)
    }
  }
}
