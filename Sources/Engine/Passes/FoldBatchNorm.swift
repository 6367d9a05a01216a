import GraphIR
import Ops
import TensorCore

extension Pass {
  /// Batch norm behind a convolution becomes part of its weights and bias, see ``ParameterExpression``.
  static let foldBatchNorm = Pass(name: "fold_batch_norm") { graph in
    graph.mergeNeighbors { first, second in
      guard var convolution = first.operation as? Convolution,
        let norm = second.operation as? BatchNorm,
        convolution.activation == .identity, !convolution.addsResidual,
        case .stored(let weight) = first.parameters[0],
        let tensors = NormParameters(second, epsilon: norm.epsilon)
      else { return nil }
      let bias = convolution.hasBias ? first.parameters[1].tensors.first : nil
      convolution.hasBias = true
      convolution.activation = norm.activation
      var node = first
      node.operation = convolution
      node.parameters = [.scaled(weight: weight, by: tensors), .shifted(bias: bias, by: tensors)]
      return node
    }
  }
}

extension NormParameters {
  /// The tensors of a batch norm node, which it has in the order of its specification.
  init?(_ node: Node, epsilon: Double) {
    let tensors = node.parameters.flatMap(\.tensors)
    guard tensors.count >= 4 else { return nil }
    self.init(
      scale: tensors[0], shift: tensors[1], mean: tensors[2], variance: tensors[3],
      counters: Array(tensors[4...]), epsilon: epsilon)
  }
}
