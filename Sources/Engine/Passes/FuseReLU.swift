import GraphIR
import Ops

extension Pass {
  /// A ReLU behind a convolution, linear layer, batch norm or sum is applied to their results while
  /// they are at hand.
  static let fuseReLU = Pass(name: "fuse_relu") { graph in
    graph.mergeNeighbors { first, second in
      guard let activation = second.operation as? Activation, activation.function == .relu else {
        return nil
      }
      var node = first
      switch first.operation {
      case var operation as Convolution:
        operation.rectifies = true
        node.operation = operation
      case var operation as Linear:
        operation.rectifies = true
        node.operation = operation
      case var operation as BatchNorm:
        operation.rectifies = true
        node.operation = operation
      case var operation as Add:
        operation.rectifies = true
        node.operation = operation
      default:
        return nil
      }
      return node
    }
  }
}
