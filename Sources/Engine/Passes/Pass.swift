import GraphIR

/// A rewriting of the graph that keeps what it computes and makes it cheaper.
package struct Pass: Sendable {
  /// Name by which the pass can be switched off.
  package let name: String
  let rewrite: @Sendable (inout Graph) -> Void

  /// Every pass for inference, in the order in which they run.
  ///
  /// Each prepares the ground for the next: what stands between a convolution and its batch norm goes
  /// first, then batch norms, then the ReLUs behind them, then the sums with their ReLUs; what norms are
  /// left stand before convolutions.
  package static let inference: [Pass] = [
    .removeIdentities, .foldBatchNorm, .fuseReLU, .fuseResidual, .poolBeforePointwise, .fuseInputNorm,
  ]

  /// Every pass for training.
  package static let training: [Pass] = [.fuseReLU, .fuseResidualIntoNorm]
}

extension Graph {
  /// The graph that inference runs: without auxiliary heads, and with the passes applied that are not
  /// switched off.
  package func optimized(without disabled: Set<String> = []) -> Graph {
    var graph = withoutAuxiliaries()
    for pass in Pass.inference where !disabled.contains(pass.name) { pass.rewrite(&graph) }
    return graph
  }
}

/// Who makes and who reads each value of a graph.
struct Dataflow {
  /// Index of the node that makes a value, by value id.
  private(set) var producer: [Int: Int] = [:]
  /// How many times a value is read, the graph's own outputs included, by value id.
  private(set) var uses: [Int: Int] = [:]

  init(_ graph: Graph) {
    for (index, node) in graph.nodes.enumerated() {
      producer[node.output.id] = index
      for input in node.inputs { uses[input.id, default: 0] += 1 }
    }
    uses[graph.output.id, default: 0] += 1
    for head in graph.auxiliaries { uses[head.logits.id, default: 0] += 1 }
  }

  /// The index of the node that makes `value`, if nothing but one reader sees that value.
  func soleProducer(of value: Value) -> Int? {
    uses[value.id] == 1 ? producer[value.id] : nil
  }
}

extension Graph {
  /// Replaces pairs of neighbors by one node each.
  ///
  /// Called for every node with the node that makes its first input, if nobody else reads that input.
  /// The node that `merge` returns takes the place of the first and makes the value of the second.
  mutating func mergeNeighbors(_ merge: (_ first: Node, _ second: Node) -> Node?) {
    let flow = Dataflow(self)
    var removed = Set<Int>()
    for index in nodes.indices {
      guard let first = flow.soleProducer(of: nodes[index].inputs[0]), !removed.contains(first),
        var merged = merge(nodes[first], nodes[index])
      else { continue }
      merged.output = nodes[index].output
      nodes[first] = merged
      removed.insert(index)
    }
    remove(removed)
  }

  /// Drops nodes by index.
  mutating func remove(_ indices: Set<Int>) {
    nodes = nodes.enumerated().filter { !indices.contains($0.offset) }.map(\.element)
  }
}
