import GraphIR
import TensorCore

/// One operator of a network and what it costs.
package struct Layer: Hashable, Sendable {
  /// Path in the network: `layer1.0.conv1`.
  package let name: String
  /// The operator's stable name: `conv`.
  package let kind: String
  /// Its attributes: `3×3, stride 2, padding 1`.
  package let attributes: String
  /// Shape of its output, `[N, C, H, W]` or `[N, C]`.
  package let outputShape: Shape
  /// Trainable values.
  package let parameters: Int
  /// Stored values that are not trained.
  package let buffers: Int
  /// Multiply-accumulates, for the whole batch.
  package let macs: Int
  /// Bytes of its output in float32.
  package let activationBytes: Int
  /// Bytes that are saved for its backward pass and that no earlier layer saves.
  package let keptBytes: Int
  /// Pixels of the image that one output depends on.
  package let receptiveField: ReceptiveField
  /// Whether it belongs to an auxiliary head.
  package let isAuxiliary: Bool
}

/// The layers of a network in the order of execution.
package struct Breakdown: Sendable {
  /// The layers, one for each operator.
  package let layers: [Layer]

  /// The layers of `graph`.
  ///
  /// - Parameters:
  ///   - graph: the network.
  ///   - savedBytes: for each node, the bytes saved for its backward pass; none for inference.
  package init(_ graph: Graph, savedBytes: [Int] = []) {
    var fields = [graph.input: ReceptiveField.pixel]
    layers = graph.nodes.enumerated().map { index, node in
      let shapes = node.inputs.map(\.shape)
      let footprint = node.operation.footprint(shapes)
      let field = node.inputs
        .map { (fields[$0] ?? .pixel).seen(through: footprint, of: $0.shape) }
        .reduce(ReceptiveField.pixel) { $0.joined(with: $1) }
      fields[node.output] = field
      let tensors = node.parameters.flatMap(\.tensors)
      return Layer(
        name: node.name, kind: node.operation.kind, attributes: "\(node.operation)",
        outputShape: node.output.shape, parameters: tensors.count(of: .trainable),
        buffers: tensors.count(of: .buffer), macs: node.cost.macs,
        activationBytes: node.output.shape.count * MemoryLayout<Float>.stride,
        keptBytes: index < savedBytes.count ? savedBytes[index] : 0, receptiveField: field,
        isAuxiliary: node.isAuxiliary)
    }
  }
}

extension [Parameter] {
  /// The number of values in the tensors of one role.
  fileprivate func count(of role: ParameterRole) -> Int {
    reduce(0) { $1.role == role ? $0 + $1.shape.count : $0 }
  }
}
