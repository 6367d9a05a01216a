import TensorCore

/// The output of a node, or the network's input: a handle to a tensor, without memory.
package struct Value: Hashable, Sendable {
  /// Position in the order of creation; unique within a graph.
  package let id: Int
  /// `[N, C, H, W]` or `[N, C]`.
  package let shape: Shape
  /// How an element is stored.
  package let format: ValueFormat

  /// A value of a graph under construction.
  package init(id: Int, shape: Shape, format: ValueFormat = .float32) {
    self.id = id
    self.shape = shape
    self.format = format
  }

  /// What its bytes stand for; `nil` where elements are no bytes.
  package var quantization: Quantization? { format.quantization }

  /// Bytes of all elements.
  package var byteCount: Int { shape.count * format.size }
}

/// An operator at one place in the network, with what it reads and what it produces.
package struct Node: Sendable {
  /// Path in the network, as checkpoints name it: `layer1.0.conv1`.
  package let name: String
  /// What it does.
  package var operation: any Operator
  /// What it reads.
  package var inputs: [Value]
  /// What it produces.
  package var output: Value
  /// Its parameters, in the order of ``Operator/parameters(_:)``.
  package var parameters: [ParameterExpression]
  /// Whether it belongs to an auxiliary head.
  package let isAuxiliary: Bool

  /// A node from its parts.
  package init(
    name: String, operation: any Operator, inputs: [Value], output: Value,
    parameters: [ParameterExpression], isAuxiliary: Bool
  ) {
    self.name = name
    self.operation = operation
    self.inputs = inputs
    self.output = output
    self.parameters = parameters
    self.isAuxiliary = isAuxiliary
  }

  /// What tools and papers count of this node.
  package var countedWork: CountedWork { operation.countedWork(inputs.map(\.shape), output.shape) }

  /// Cost of this node alone: every input is read once, the output written once.
  package var cost: Cost {
    Cost(
      macs: countedWork.macs, bytesRead: inputs.reduce(0) { $0 + $1.byteCount },
      bytesWritten: output.byteCount)
  }

  /// How this node is drawn; `nil` where arrows pass through.
  package var depiction: Depiction? { operation.depiction(output.shape) }
}

/// An auxiliary classifier: another output whose loss is added in training.
package struct AuxiliaryOutput: Hashable, Sendable {
  /// Path of the head: `aux1`.
  package let name: String
  /// Its logits, `[N, classes]`.
  package let logits: Value
  /// Weight of its loss; that of the main output is 1.
  package let lossWeight: Double
}

/// A network as a value: operators, shapes, parameters and names; no memory.
///
/// Nodes are in topological order: every value is produced before it is read.
package struct Graph: Sendable {
  /// The image, `[N, C, H, W]`.
  package var input: Value
  /// The logits, `[N, classes]`.
  package var output: Value
  /// The nodes, in topological order.
  package var nodes: [Node]
  /// Auxiliary classifiers; none in what ``withoutAuxiliaries()`` returns.
  package var auxiliaries: [AuxiliaryOutput]
  /// How inference computes it in bytes; `nil` for floats.
  package var quantization: QuantizationScheme?

  /// Every tensor that a checkpoint of this network may hold, in the order of construction.
  package var parameters: [Parameter] { nodes.flatMap { $0.parameters.flatMap(\.tensors) } }

  /// The network without the nodes of auxiliary heads, as inference runs it.
  package func withoutAuxiliaries() -> Graph {
    var graph = self
    graph.nodes.removeAll(where: \.isAuxiliary)
    graph.auxiliaries = []
    return graph
  }

  /// The same network for another batch size.
  package func withBatch(_ batch: Int) -> Graph {
    func changed(_ value: Value) -> Value {
      Value(id: value.id, shape: value.shape.withBatch(batch), format: value.format)
    }
    return Graph(
      input: changed(input), output: changed(output),
      nodes: nodes.map { node in
        var node = node
        node.inputs = node.inputs.map(changed)
        node.output = changed(node.output)
        return node
      },
      auxiliaries: auxiliaries.map {
        AuxiliaryOutput(name: $0.name, logits: changed($0.logits), lossWeight: $0.lossWeight)
      }, quantization: quantization)
  }
}

extension Graph {
  /// The output of the part of the network at path `name`: of the last node at that path or below it.
  ///
  /// `nil` if there is no such node.
  package func value(of name: String) -> Value? {
    nodes.last { $0.name == name || $0.name.hasPrefix(name + ".") }?.output
  }

  /// The counts that `params` prints.
  package var totals: Totals {
    var totals = Totals()
    for parameter in parameters {
      switch parameter.role {
      case .trainable where parameter.isAuxiliary: totals.auxiliary += parameter.shape.count
      case .trainable: totals.parameters += parameter.shape.count
      case .buffer where !parameter.isAuxiliary: totals.buffers += parameter.shape.count
      case .buffer, .counter: break
      }
    }
    totals.macs = nodes.reduce(0) { $1.isAuxiliary ? $0 : $0 + $1.cost.macs }
    return totals
  }
}

/// Counts of a whole network.
package struct Totals: Hashable, Sendable {
  /// Trainable values outside auxiliary heads.
  package var parameters = 0
  /// Trainable values of auxiliary heads.
  package var auxiliary = 0
  /// Stored values that are not trained, outside auxiliary heads.
  package var buffers = 0
  /// Multiply-accumulates of convolutions and linear layers for the graph's batch.
  package var macs = 0

  /// All zero.
  package init() {}
}
