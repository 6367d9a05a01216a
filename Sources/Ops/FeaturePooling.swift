import GraphIR
import Kernels
import TensorCore

/// How feature maps `[C, H, W]` are pooled before they are returned.
package enum FeaturePooling: String, CaseIterable, Sendable {
  /// The mean of each channel: `[C]`.
  case average
  /// The maximum of each channel: `[C]`.
  case max
  /// No pooling: all of `[C, H, W]`.
  case none
}

extension Graph {
  /// The network that computes `value` and nothing that it does not need, as vectors `[N, features]`: channels of feature maps
  /// outermost.
  ///
  /// No pass fuses what follows `value` into it, so it is what the architecture says.
  package func ending(at value: Value, pooling: FeaturePooling) -> Graph {
    var needed: Set<Int> = [value.id]
    var kept: [Node] = []
    for node in nodes.reversed() where needed.contains(node.output.id) {
      needed.formUnion(node.inputs.map(\.id))
      kept.insert(node, at: 0)
    }
    var graph = self
    (graph.nodes, graph.output, graph.auxiliaries) = (kept, value, [])
    func append(_ name: String, _ operation: some Operator, _ shape: Shape) {
      let id = 1 + (nodes.map(\.output.id).max() ?? input.id) + graph.nodes.count
      let output = Value(id: id, shape: shape)
      graph.nodes.append(
        Node(
          name: name, operation: operation, inputs: [graph.output], output: output, parameters: [],
          isAuxiliary: false))
      graph.output = output
    }
    guard value.shape.rank == 4 else { return graph }
    let (batch, channels) = (value.shape.batch, value.shape.channels)
    let window = Window(
      height: WindowAxis(kernel: value.shape.height), width: WindowAxis(kernel: value.shape.width))
    switch pooling {
    case .average: append("pool", AdaptiveAveragePool(height: 1, width: 1), [batch, channels, 1, 1])
    case .max:
      append("pool", Pool(reduction: .maximum, window: window, ceilMode: false), [batch, channels, 1, 1])
    case .none: break
    }
    append("flatten", Flatten(), [batch, graph.output.shape.dimensions.dropFirst().reduce(1, *)])
    return graph
  }
}
