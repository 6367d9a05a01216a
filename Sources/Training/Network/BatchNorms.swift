import GraphIR
import TensorCore

extension Graph {
  /// The batch norms of the network, and whether all of their trainable tensors are in `frozen`.
  private func batchNorms(_ frozen: Set<String>) -> [(node: Node, isFrozen: Bool)] {
    nodes.compactMap { node in
      guard case .norm = node.semantics else { return nil }
      let trainable = node.parameters.flatMap(\.tensors).filter { $0.role == .trainable }
      return (node, !trainable.isEmpty && trainable.allSatisfy { frozen.contains($0.name) })
    }
  }

  /// How many batch norms there are, and how many of them use their running statistics in training because all of their
  /// trainable tensors are in `frozen`.
  package func batchNormCounts(frozen: Set<String>) -> (all: Int, frozen: Int) {
    let norms = batchNorms(frozen)
    return (norms.count, norms.count { $0.isFrozen })
  }

  /// Throws ``TrainingError/singleValue(layer:input:)`` if a batch norm would take the variance of one value, which is 0
  /// whatever the value.
  package func checkBatchNorms(frozen: Set<String> = []) throws(TrainingError) {
    for (node, isFrozen) in batchNorms(frozen) where !isFrozen {
      let shape = node.output.shape
      if shape.count == shape.channels { throw .singleValue(layer: node.name, input: shape) }
    }
  }
}
