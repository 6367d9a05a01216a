import TensorCore

/// What an operator is in ONNX: nodes of the standard's own operators, version 17 of `ai.onnx`.
///
/// It is put together node by node. The last node's result is the operator's output; without nodes it is the first input.
package struct ONNXForm: Sendable {
  /// What a node reads.
  package enum Operand: Hashable, Sendable {
    /// An input of the operator.
    case input(Int)
    /// A parameter of the operator, by its position; with a shape, the same elements in other axes.
    case parameter(Int, shape: Shape? = nil)
    /// The result of a node, by its position.
    case result(Int)
    /// Constants.
    case floats([Float], Shape)
    /// A vector of int64, such as a shape.
    case integers([Int], Shape)
  }

  /// A value of an attribute.
  package enum Attribute: Hashable, Sendable {
    case integer(Int)
    case integers([Int])
    case float(Float)
  }

  /// A node of a standard operator.
  package struct Node: Sendable {
    /// Name of the operator: `Conv`.
    package let type: String
    /// What it reads, in the standard's order.
    package let operands: [Operand]
    /// Names and values.
    package let attributes: [(name: String, value: Attribute)]
  }

  /// The nodes, each after those that it reads.
  package private(set) var nodes: [Node] = []

  /// The result of the last node.
  package var output: Operand { nodes.isEmpty ? .input(0) : .result(nodes.count - 1) }

  /// No nodes: the operator's output is its first input.
  package init() {}

  /// A single node.
  package init(_ type: String, _ operands: Operand..., attributes: [(name: String, value: Attribute)] = []) {
    nodes = [Node(type: type, operands: operands, attributes: attributes)]
  }

  /// Adds a node, and returns its result.
  @discardableResult
  package mutating func add(
    _ type: String, _ operands: Operand..., attributes: [(name: String, value: Attribute)] = []
  ) -> Operand {
    add(type, operands, attributes: attributes)
  }

  /// Adds a node, and returns its result.
  @discardableResult
  package mutating func add(
    _ type: String, _ operands: [Operand], attributes: [(name: String, value: Attribute)] = []
  ) -> Operand {
    nodes.append(Node(type: type, operands: operands, attributes: attributes))
    return output
  }
}

extension ONNXForm.Operand {
  /// One number.
  package static func float(_ value: Float) -> Self { .floats([value], []) }

  /// Numbers of an axis each.
  package static func integers(_ values: [Int]) -> Self { .integers(values, [values.count]) }
}
