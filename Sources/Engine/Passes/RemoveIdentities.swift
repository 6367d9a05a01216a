import GraphIR
import Ops
import TensorCore

extension Pass {
  /// Takes out nodes that inference passes through unchanged: dropout, and adaptive pooling to the
  /// size that the input has already.
  static let removeIdentities = Pass(name: "remove_identities") { graph in
    var replaced: [Int: Value] = [:]
    var removed = Set<Int>()
    for index in graph.nodes.indices {
      graph.nodes[index].inputs = graph.nodes[index].inputs.map { replaced[$0.id] ?? $0 }
      let node = graph.nodes[index]
      guard node.operation is Dropout || node.isPoolingToOwnSize else { continue }
      replaced[node.output.id] = node.inputs[0]
      removed.insert(index)
    }
    graph.output = replaced[graph.output.id] ?? graph.output
    graph.remove(removed)
  }
}

extension Node {
  fileprivate var isPoolingToOwnSize: Bool {
    operation is AdaptiveAveragePool && inputs[0].shape == output.shape
  }
}
