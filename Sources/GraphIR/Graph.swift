import TensorCore

/// The result of a node, or the network's input: a name for a tensor, without memory.
package struct Value: Hashable, Sendable {
  /// Position in the order of creation; unique within a graph.
  package let id: Int
  /// `[N, C, H, W]` or `[N, C]`.
  package let shape: Shape

  /// A value of a graph under construction.
  package init(id: Int, shape: Shape) {
    self.id = id
    self.shape = shape
  }
}

/// One operator at work: where it stands, what it reads, what it makes.
package struct Node: Sendable {
  /// Path in the network, as checkpoints name it: `layer1.0.conv1`.
  package let name: String
  /// What it does.
  package var operation: any Operator
  /// What it reads.
  package var inputs: [Value]
  /// What it makes.
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

  /// Cost of this node alone.
  package var cost: Cost { operation.cost(inputs.map(\.shape), output.shape) }
}

/// An auxiliary classifier: a second output that training adds to the loss.
package struct AuxiliaryOutput: Hashable, Sendable {
  /// Path of the head: `aux1`.
  package let name: String
  /// Its logits, `[N, classes]`.
  package let logits: Value
  /// Weight of its loss beside the main one.
  package let lossWeight: Double
}

/// A network as a value: operators, shapes, parameters and names; no memory.
///
/// Nodes stand in an order in which every value is made before it is read.
package struct Graph: Sendable {
  /// The image, `[N, C, H, W]`.
  package let input: Value
  /// The logits, `[N, classes]`.
  package var output: Value
  /// The operators, in an executable order.
  package var nodes: [Node]
  /// Auxiliary classifiers; empty once ``withoutAuxiliaries()`` was taken.
  package var auxiliaries: [AuxiliaryOutput]

  /// Every tensor that a checkpoint of this network may hold, in the order of construction.
  package var parameters: [Parameter] { nodes.flatMap { $0.parameters.flatMap(\.tensors) } }

  /// The network as inference runs it: nodes of auxiliary heads removed.
  package func withoutAuxiliaries() -> Graph {
    var graph = self
    graph.nodes.removeAll(where: \.isAuxiliary)
    graph.auxiliaries = []
    return graph
  }

  /// The same network for another number of images.
  package func withBatch(_ batch: Int) -> Graph {
    func changed(_ value: Value) -> Value { Value(id: value.id, shape: value.shape.withBatch(batch)) }
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
      })
  }
}

extension Graph {
  /// The output of the part of the network whose path is `name`: of the last node that is called so or
  /// stands below it.
  ///
  /// `nil` if no node does.
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
