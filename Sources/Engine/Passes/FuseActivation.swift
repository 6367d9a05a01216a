import GraphIR
import TensorCore

extension Pass {
  /// An activation is applied to the results of the operator before it while they are in registers.
  static func fuseActivation(for mode: ExecutionMode) -> Pass {
    Pass(name: "fuse_activation") { graph in
      graph.mergeNeighbors { first, second in
        guard case .activation(let activation) = second.semantics else { return nil }
        return first.fusing(.activation(activation), for: mode)
      }
    }
  }
}

extension Node {
  /// This node with an activation fused in, if there is one to fuse; `nil` where its operator does not take it.
  func applying(_ activation: Activation, for mode: ExecutionMode) -> Node? {
    activation == .identity ? self : fusing(.activation(activation), for: mode)
  }
}
