import GraphIR
import Ops

extension Pass {
  /// An activation behind a convolution, linear layer, batch norm or sum is applied to their results while
  /// they are at hand.
  static let fuseReLU = Pass(name: "fuse_relu") { graph in
    graph.mergeNeighbors { first, second in
      guard let activation = (second.operation as? Activate)?.activation else { return nil }
      let fused: (any Operator)? =
        switch first.operation {
        case let operation as Convolution: operation.fusing(activation)
        case let operation as Linear: operation.fusing(activation)
        case let operation as BatchNorm: operation.fusing(activation)
        case let operation as Add: operation.fusing(activation)
        default: nil
        }
      guard let fused else { return nil }
      var node = first
      node.operation = fused
      return node
    }
  }
}
