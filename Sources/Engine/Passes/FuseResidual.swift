import GraphIR

extension Pass {
  /// The sum at the end of a residual block becomes the last step of what makes one of its terms: in
  /// inference a convolution, in training the batch norm behind it.
  ///
  /// Only the later of the two terms can take the sum, and only if nothing else reads it; the other term is
  /// in memory by then.
  static func fuseResidual(for mode: ExecutionMode) -> Pass {
    Pass(name: "fuse_residual") { graph in
      let flow = Dataflow(graph)
      var removed = Set<Int>()
      for (index, node) in graph.nodes.enumerated() {
        guard case .sum(let activation) = node.semantics else { continue }
        let order = node.inputs.map { flow.producer[$0.id] ?? -1 }
        let (last, other) = order[0] > order[1] ? (0, 1) : (1, 0)
        guard order[last] != order[other], let producer = flow.soleProducer(of: node.inputs[last]),
          var merged = graph.nodes[producer].fusing(.residual, for: mode)?.applying(activation, for: mode)
        else { continue }
        merged.inputs.append(node.inputs[other])
        merged.output = node.output
        graph.nodes[producer] = merged
        removed.insert(index)
      }
      graph.remove(removed)
    }
  }
}
