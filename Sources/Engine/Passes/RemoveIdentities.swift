import GraphIR

extension Pass {
  /// Removes nodes that change nothing in inference: dropout, and adaptive pooling to the size of its input.
  static let removeIdentities = Pass(name: "remove_identities") { graph in
    var replaced: [Int: Value] = [:]
    var removed = Set<Int>()
    for index in graph.nodes.indices {
      graph.nodes[index].inputs = graph.nodes[index].inputs.map { replaced[$0.id] ?? $0 }
      let node = graph.nodes[index]
      guard node.semantics == .identity else { continue }
      replaced[node.output.id] = node.inputs[0]
      removed.insert(index)
    }
    graph.output = replaced[graph.output.id] ?? graph.output
    graph.remove(removed)
  }
}
