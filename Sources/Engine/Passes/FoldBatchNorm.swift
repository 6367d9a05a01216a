import GraphIR

extension Pass {
  /// A batch norm behind a convolution becomes part of its weights and bias, see ``ParameterExpression``.
  static let foldBatchNorm = Pass(name: "fold_batch_norm") { graph in
    graph.mergeNeighbors { first, second in
      guard case .norm(let norm, let activation) = second.semantics else { return nil }
      return first.fusing(.norm(norm), for: .inference)?.applying(activation, for: .inference)
    }
  }
}
