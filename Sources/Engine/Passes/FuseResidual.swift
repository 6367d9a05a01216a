import GraphIR
import Ops
import TensorCore

extension Pass {
  /// The sum at the end of a residual block becomes the last step of the convolution before it.
  ///
  /// Of the two terms, the one that is made last must come from a convolution whose result nobody
  /// else reads; the other one is then ready in memory when that convolution runs.
  static let fuseResidual = Pass(name: "fuse_residual") { graph in
    graph.mergeSums { term, sum in
      guard var convolution = term as? Convolution, convolution.activation == .identity,
        !convolution.addsResidual
      else {
        return nil
      }
      convolution.addsResidual = true
      convolution.activation = sum.activation
      return convolution
    }
  }

  /// The same for training, where a batch norm stands between convolution and sum.
  static let fuseResidualIntoNorm = Pass(name: "fuse_residual_into_norm") { graph in
    graph.mergeSums { term, sum in
      guard var norm = term as? BatchNorm, norm.activation == .identity, !norm.addsResidual else {
        return nil
      }
      norm.addsResidual = true
      norm.activation = sum.activation
      return norm
    }
  }
}

extension Graph {
  /// Replaces sums and what makes the later one of their terms by one node each.
  ///
  /// Called with that term's operator, if nobody else reads it; the operator that `merge` returns takes the
  /// other term as its last input.
  fileprivate mutating func mergeSums(_ merge: (_ term: any Operator, _ sum: Add) -> (any Operator)?) {
    let flow = Dataflow(self)
    var removed = Set<Int>()
    for (index, node) in nodes.enumerated() {
      guard let sum = node.operation as? Add else { continue }
      let order = node.inputs.map { flow.producer[$0.id] ?? -1 }
      let (last, other) = order[0] > order[1] ? (0, 1) : (1, 0)
      guard order[last] != order[other], let producer = flow.soleProducer(of: node.inputs[last]),
        let operation = merge(nodes[producer].operation, sum)
      else { continue }
      nodes[producer].operation = operation
      nodes[producer].inputs.append(node.inputs[other])
      nodes[producer].output = node.output
      removed.insert(index)
    }
    remove(removed)
  }
}
