import GraphIR
import ONNXSchema
import SwiftProtobuf
import TensorCore

/// A network as a graph of ONNX, without the values of its parameters.
package struct ONNXGraph: Sendable {
  /// A parameter.
  package struct Tensor: Sendable {
    /// Its name in the file.
    package let name: String
    /// Its shape in the file.
    package let shape: Shape
    /// What it is computed from.
    package let expression: ParameterExpression
  }

  /// Nodes, constants, the input `[batch, C, H, W]` and the output `[batch, classes]`.
  package private(set) var proto = Onnx_GraphProto()
  /// The parameters, in the order of the nodes.
  package private(set) var tensors: [Tensor] = []

  private var names: Set<String> = []
  /// What the values of the network are called, by id.
  private var values: [Int: String] = [:]

  /// The name of the network's input.
  static let input = "input"
  /// The name of the network's output.
  static let output = "logits"

  /// Translates the nodes of `graph`, one by one.
  package init(_ graph: Graph, name: String) {
    proto.name = name
    proto.input = [Self.info(Self.input, graph.input.shape)]
    proto.output = [Self.info(Self.output, graph.output.shape)]
    // A layer scale is called like its node; the parameter keeps the name.
    names = Set([Self.input, Self.output] + graph.parameters.map(\.name))
    values[graph.input.id] = Self.input
    for node in graph.nodes { add(node, isLast: node.output == graph.output) }
    if let name = values[graph.output.id], name != Self.output {
      append("Identity", name: unique("identity"), inputs: [name], output: Self.output, attributes: [])
    }
  }

  private mutating func add(_ node: Node, isLast: Bool) {
    let form = node.operation.onnx(node.inputs.map(\.shape))
    let inputs = node.inputs.map { values[$0.id] ?? "" }
    guard !form.nodes.isEmpty else {
      values[node.output.id] = inputs[0]
      return
    }
    var results: [String] = []
    var parameters: [Int: String] = [:]
    for (index, part) in form.nodes.enumerated() {
      // The path of a node is the name of its last part, so that its output is found by it.
      let isWhole = index == form.nodes.count - 1
      let name = unique(isWhole ? node.name : "\(node.name)/\(part.type)")
      let operands = part.operands.enumerated().map { position, operand in
        switch operand {
        case .input(let index): return inputs[index]
        case .result(let index): return results[index]
        case .parameter(let index, let shape):
          if let known = parameters[index] { return known }
          let tensor = tensor(node.parameters[index], of: node, shape: shape)
          parameters[index] = tensor.name
          tensors.append(tensor)
          return tensor.name
        case .floats(let values, let shape):
          return constant("\(name)/\(position)", shape, .float) { $0.floatData = values }
        case .integers(let values, let shape):
          return constant("\(name)/\(position)", shape, .int64) { $0.int64Data = values.map(Int64.init) }
        }
      }
      let output = isWhole && isLast ? Self.output : name
      append(part.type, name: name, inputs: operands, output: output, attributes: part.attributes)
      results.append(output)
    }
    values[node.output.id] = results[results.count - 1]
  }

  private mutating func append(
    _ type: String, name: String, inputs: [String], output: String,
    attributes: [(name: String, value: ONNXForm.Attribute)]
  ) {
    var node = Onnx_NodeProto()
    node.opType = type
    node.name = name
    node.input = inputs
    node.output = [output]
    node.attribute = attributes.map { name, value in
      var attribute = Onnx_AttributeProto()
      attribute.name = name
      switch value {
      case .integer(let number): (attribute.type, attribute.i) = (.int, Int64(number))
      case .integers(let numbers): (attribute.type, attribute.ints) = (.ints, numbers.map(Int64.init))
      case .float(let number): (attribute.type, attribute.f) = (.float, number)
      }
      return attribute
    }
    proto.node.append(node)
  }

  /// Adds a constant tensor, and returns its name.
  private mutating func constant(
    _ name: String, _ shape: Shape, _ type: Onnx_TensorProto.DataType,
    _ fill: (inout Onnx_TensorProto) -> Void
  ) -> String {
    var tensor = Onnx_TensorProto(unique(name), shape, type)
    fill(&tensor)
    proto.initializer.append(tensor)
    return tensor.name
  }

  /// A parameter under the name that checkpoints have for it, if it is, or stands for, one of their tensors.
  private mutating func tensor(
    _ expression: ParameterExpression, of node: Node, shape: Shape?
  ) -> Tensor {
    let (name, own): (String, Shape) =
      switch expression {
      case .stored(let tensor), .scaled(let tensor, _), .multiplied(let tensor, _):
        (tensor.name, tensor.shape)
      case .shifted(let bias, let norm): (bias?.name ?? unique("\(node.name).bias"), norm.shift.shape)
      case .normScale(let norm): (unique("\(node.name).input_scale"), norm.scale.shape)
      case .normShift(let norm): (unique("\(node.name).input_shift"), norm.shift.shape)
      }
    return Tensor(name: name, shape: shape ?? own, expression: expression)
  }

  /// `name`, or if it is taken, with a number behind it.
  private mutating func unique(_ name: String) -> String {
    var result = name
    var number = 1
    while !names.insert(result).inserted {
      result = "\(name)_\(number)"
      number += 1
    }
    return result
  }

  /// An input or output whose first extent is the batch.
  private static func info(_ name: String, _ shape: Shape) -> Onnx_ValueInfoProto {
    var info = Onnx_ValueInfoProto()
    info.name = name
    info.type.tensorType.elemType = Int32(Onnx_TensorProto.DataType.float.rawValue)
    info.type.tensorType.shape.dim = shape.dimensions.enumerated().map { axis, extent in
      var dimension = Onnx_TensorShapeProto.Dimension()
      if axis == 0 { dimension.dimParam = "batch" } else { dimension.dimValue = Int64(extent) }
      return dimension
    }
    return info
  }
}

extension Onnx_TensorProto {
  /// A tensor without elements.
  init(_ name: String, _ shape: Shape, _ type: DataType) {
    self.init()
    self.name = name
    dims = shape.dimensions.map(Int64.init)
    dataType = Int32(type.rawValue)
  }
}
