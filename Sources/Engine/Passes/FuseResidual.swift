import GraphIR
import Ops

extension Pass {
  /// The sum at the end of a residual block becomes the last step of the convolution before it.
  ///
  /// Of the two terms, the one that is made last must come from a convolution whose result nobody
  /// else reads; the other one is then ready in memory when that convolution runs.
  static let fuseResidual = Pass(name: "fuse_residual") { graph in
    let flow = Dataflow(graph)
    var removed = Set<Int>()
    for (index, node) in graph.nodes.enumerated() {
      guard let sum = node.operation as? Add else { continue }
      let order = node.inputs.map { flow.producer[$0.id] ?? -1 }
      let (last, other) = order[0] > order[1] ? (0, 1) : (1, 0)
      guard order[last] != order[other], let producer = flow.soleProducer(of: node.inputs[last]),
        var convolution = graph.nodes[producer].operation as? Convolution,
        !convolution.rectifies, !convolution.addsResidual
      else { continue }
      convolution.addsResidual = true
      convolution.rectifies = sum.rectifies
      graph.nodes[producer].operation = convolution
      graph.nodes[producer].inputs.append(node.inputs[other])
      graph.nodes[producer].output = node.output
      removed.insert(index)
    }
    graph.remove(removed)
  }
}
