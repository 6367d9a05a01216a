import TensorCore

/// What stands next to an operator and may become part of it.
package enum Neighbor: Hashable, Sendable {
  /// An activation of its output.
  case activation(Activation)
  /// A sum of its output and another value of the same shape, which becomes its last input.
  case residual
  /// A batch norm of its output.
  case norm(NormParameters)
  /// A multiplication of its output.
  case scale(ScaleFactor)
  /// A shuffle of its output's channels in as many groups as it has inputs, which have as many channels each.
  case shuffle
  /// A batch norm and an activation of its first input.
  case inputNorm(NormParameters, Activation)
}

/// An operator with a neighbor fused in.
package struct Fusion: Sendable {
  /// The operator.
  package let operation: any Operator
  /// Its parameters.
  package let parameters: [ParameterExpression]

  /// A fusion from its parts.
  package init(_ operation: any Operator, _ parameters: [ParameterExpression]) {
    self.operation = operation
    self.parameters = parameters
  }
}

extension Activation {
  /// Whether an operator may apply it to its own results.
  ///
  /// In training the backward pass then has nothing but the results to compute the derivative from.
  package func canBeFused(for mode: ExecutionMode) -> Bool {
    mode == .inference || derivativeFollowsFromResult
  }
}

extension Node {
  /// This node with a neighbor fused in, or `nil` where its operator does not take it.
  ///
  /// Inputs and output are the caller's to connect.
  package func fusing(_ neighbor: Neighbor, for mode: ExecutionMode) -> Node? {
    guard let fusion = operation.fusing(neighbor, parameters, for: mode) else { return nil }
    var node = self
    node.operation = fusion.operation
    node.parameters = fusion.parameters
    return node
  }
}
