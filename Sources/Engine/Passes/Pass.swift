import GraphIR

/// A rewrite of the graph that computes the same with less work.
package struct Pass: Sendable {
  /// Name by which the pass can be switched off.
  package let name: String
  let rewrite: @Sendable (inout Graph) -> Void

  /// Every pass for inference, in the order in which they run.
  ///
  /// Each prepares the next: first goes what stands between a convolution and its batch norm, then the batch
  /// norm or scale, then the activation behind it, then the sum with its activation; the norms that are left stand in
  /// front of convolutions.
  package static let inference: [Pass] = [
    .removeIdentities, .foldBatchNorm, .foldScale, .fuseActivation(for: .inference),
    .fuseResidual(for: .inference), .fuseShuffle(for: .inference), .poolBeforePointwise, .fuseInputNorm,
  ]

  /// Passes that are left out before a network becomes bytes: the values between the nodes that they join are bytes.
  package static let keptForBytes: Set<String> = [fuseInputNorm.name]

  /// Every pass for training, in the order in which they run.
  package static let training: [Pass] = [
    .fuseActivation(for: .training), .fuseResidual(for: .training), .fuseShuffle(for: .training),
  ]
}

extension Graph {
  /// The graph that inference runs: without auxiliary heads, rewritten by all passes that are not disabled, and in bytes
  /// if it has a scheme for that.
  package func optimized(without disabled: Set<String> = []) -> Graph {
    var graph = withoutAuxiliaries()
    let disabled = quantization == nil ? disabled : disabled.union(Pass.keptForBytes)
    for pass in Pass.inference where !disabled.contains(pass.name) { pass.rewrite(&graph) }
    return quantization.map { graph.quantized(by: $0) } ?? graph
  }
}

/// Which node produces each value of a graph, and how many read it.
struct Dataflow {
  /// Index of the node that produces a value, by value id.
  private(set) var producer: [Int: Int] = [:]
  /// How many times a value is read, by value id; being an output of the graph counts.
  private(set) var uses: [Int: Int] = [:]

  init(_ graph: Graph) {
    for (index, node) in graph.nodes.enumerated() {
      producer[node.output.id] = index
      for input in node.inputs { uses[input.id, default: 0] += 1 }
    }
    uses[graph.output.id, default: 0] += 1
    for head in graph.auxiliaries { uses[head.logits.id, default: 0] += 1 }
  }

  /// The index of the node that produces `value`, if it has exactly one reader.
  func soleProducer(of value: Value) -> Int? {
    uses[value.id] == 1 ? producer[value.id] : nil
  }
}

extension Graph {
  /// Replaces pairs of neighbors by one node each.
  ///
  /// `merge` is called for every node with the node that produces its first input, if nothing else reads that
  /// input. The node that it returns takes the place of the first and produces the output of the second.
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

  /// Removes nodes by index.
  mutating func remove(_ indices: Set<Int>) {
    if indices.isEmpty { return }
    nodes = nodes.enumerated().filter { !indices.contains($0.offset) }.map(\.element)
  }
}
