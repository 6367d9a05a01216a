import Engine
import GraphIR
import ONNXSchema
import SwiftProtobuf
import TensorCore

/// A network as a graph of ONNX, without the values of its parameters.
package struct ONNXGraph: Sendable {
  /// Nodes, constants, the input `[batch, C, H, W]` and the output `[batch, classes]`.
  package private(set) var proto = Onnx_GraphProto()
  /// The parameters, in the order of the nodes.
  package private(set) var tensors: [ONNXTensor] = []

  private var names: Set<String> = []
  /// What the values of the network are called, by id.
  private var values: [Int: String] = [:]

  /// The name of the network's input.
  static let input = "input"
  /// The name of the network's output.
  static let output = "logits"

  /// Translates the nodes of `graph`, one by one.
  ///
  /// - Parameters:
  ///   - graph: The graph.
  ///   - name: The network's name.
  ///   - isBFloat16: Whether a parameter is stored in bfloat16; it then stays so, and a node widens it.
  package init(_ graph: Graph, name: String, isBFloat16: (Parameter) -> Bool = { _ in false }) {
    self.init(name: name, graph)
    for node in graph.nodes { add(node, isLast: node.output == graph.output, isBFloat16) }
    finish(graph)
  }

  /// Translates a network in bytes: floats between pairs of QuantizeLinear and DequantizeLinear, and weights in bytes.
  ///
  /// Values have one scale each, weights one for each output, as the network computes with them.
  ///
  /// - Parameters:
  ///   - network: The graph as the architecture builds it, with its scheme.
  ///   - name: The network's name.
  ///   - source: Its parameters, some of which decide the form of others.
  /// - Throws: What `source` throws.
  package init(inBytes network: Graph, name: String, parameters source: any ParameterSource) throws {
    let (floats, bytes) = (network.optimizedForBytes, network.optimized())
    self.init(name: name, floats)
    names.formUnion(bytes.parameters.map(\.name))
    if let image = bytes.input.quantization {
      values[floats.input.id] = appendQuantization(image, of: Self.input, called: QuantizationScheme.image)
    }
    for (node, other) in zip(floats.nodes, bytes.nodes) {
      let layer = other.hasByteWeights ? try byteOperands(of: node, inBytes: other, from: source) : [:]
      add(node, isLast: node.output == floats.output, parameters: layer)
      if let quantization = other.output.quantization, let value = values[node.output.id] {
        values[node.output.id] = appendQuantization(quantization, of: value, called: node.name)
      }
    }
    finish(floats)
  }

  /// The beginning of a graph with the input, output and parameters of `graph`.
  private init(name: String, _ graph: Graph) {
    proto.name = name
    proto.input = [Self.info(Self.input, graph.input.shape)]
    proto.output = [Self.info(Self.output, graph.output.shape)]
    // A layer scale is called like its node; the parameter keeps the name.
    names = Set([Self.input, Self.output] + graph.parameters.map(\.name))
    values[graph.input.id] = Self.input
  }

  private mutating func finish(_ graph: Graph) {
    if let name = values[graph.output.id], name != Self.output {
      append("Identity", name: unique("identity"), inputs: [name], output: Self.output, attributes: [])
    }
  }

  /// Adds a node; `known` are the names of operands that stand for its parameters already, by position.
  private mutating func add(
    _ node: Node, isLast: Bool, parameters known: [Int: String] = [:],
    _ isBFloat16: (Parameter) -> Bool = { _ in false }
  ) {
    let form = node.operation.onnx(node.inputs.map(\.shape))
    let inputs = node.inputs.map { values[$0.id] ?? "" }
    guard !form.nodes.isEmpty else {
      values[node.output.id] = inputs[0]
      return
    }
    var results: [String] = []
    var parameters = known
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
          let operand = self.parameter(node.parameters[index], of: node, shape: shape, isBFloat16)
          parameters[index] = operand
          return operand
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

  /// Adds a parameter under the name that checkpoints have for it, if it is, or stands for, one of their tensors; returns the
  /// name of its values in float32.
  private mutating func parameter(
    _ expression: ParameterExpression, of node: Node, shape: Shape?, _ isBFloat16: (Parameter) -> Bool
  ) -> String {
    let (name, own): (String, Shape) =
      switch expression {
      case .stored(let tensor), .scaled(let tensor, _), .multiplied(let tensor, _):
        (tensor.name, tensor.shape)
      case .shifted(let bias, let norm): (bias?.name ?? unique("\(node.name).bias"), norm.shift.shape)
      case .normScale(let norm): (unique("\(node.name).input_scale"), norm.scale.shape)
      case .normShift(let norm): (unique("\(node.name).input_shift"), norm.shift.shape)
      }
    if case .stored(let parameter) = expression, isBFloat16(parameter) {
      tensors.append(ONNXTensor(name: name, shape: shape ?? own, content: .bfloats(parameter)))
      let widened = unique("\(name)/Cast")
      append(
        "Cast", name: widened, inputs: [name], output: widened,
        attributes: [("to", .integer(Onnx_TensorProto.DataType.float.rawValue))])
      return widened
    }
    tensors.append(ONNXTensor(name: name, shape: shape ?? own, content: .floats(expression)))
    return name
  }

  // MARK: Bytes

  /// Adds the weights of a layer in bytes, its bias, and the nodes that make floats of them; returns the names of these.
  ///
  /// A bias is int32 in the steps of the products, which is what runtimes compute with, unless it is too large for that.
  private mutating func byteOperands(
    of node: Node, inBytes other: Node, from source: any ParameterSource
  ) throws -> [Int: String] {
    guard let weight = other.parameters[0].tensors.first, let scale = other.parameters[1].tensors.first,
      let input = other.inputs[0].quantization
    else { return [:] }
    func floats(_ parameter: Parameter) -> ONNXTensor {
      ONNXTensor(name: parameter.name, shape: parameter.shape, content: .floats(.stored(parameter)))
    }
    let operands = node.operation.onnx(node.inputs.map(\.shape)).nodes.flatMap(\.operands)
    let shapes = operands.compactMap { operand -> Shape? in
      if case .parameter(0, let shape) = operand { shape } else { nil }
    }
    tensors.append(
      ONNXTensor(name: weight.name, shape: shapes.first ?? weight.shape, content: .bytes(weight)))
    tensors.append(floats(scale))
    var names = [0: appendDequantization([weight.name, scale.name], called: weight.name, axis: 0)]
    if other.parameters.count > 2, let bias = other.parameters[2].tensors.first {
      if try source.fitsSteps(bias, scale, input.scale) {
        let scales = unique("\(bias.name)_scale")
        tensors.append(
          ONNXTensor(
            name: bias.name, shape: bias.shape,
            content: .productBias(bias, weights: scale, input: input.scale)))
        tensors.append(
          ONNXTensor(
            name: scales, shape: bias.shape, content: .productScales(weights: scale, input: input.scale)))
        names[1] = appendDequantization([bias.name, scales], called: bias.name, axis: 0)
      } else {
        tensors.append(floats(bias))
        names[1] = bias.name
      }
    }
    return names
  }

  /// Rounds a value to bytes and makes floats of these; returns the name of the floats.
  private mutating func appendQuantization(
    _ quantization: Quantization, of value: String, called name: String
  ) -> String {
    let scale = constant(name + QuantizedTensor.valueScaleSuffix, [], .float) {
      $0.floatData = [quantization.scale]
    }
    let zeroPoint = constant(name + QuantizedTensor.zeroPointSuffix, [], .uint8) {
      $0.int32Data = [Int32(quantization.zeroPoint)]
    }
    let bytes = unique("\(name)/QuantizeLinear")
    append("QuantizeLinear", name: bytes, inputs: [value, scale, zeroPoint], output: bytes, attributes: [])
    return appendDequantization([bytes, scale, zeroPoint], called: name)
  }

  private mutating func appendDequantization(
    _ inputs: [String], called name: String, axis: Int? = nil
  ) -> String {
    let floats = unique("\(name)/DequantizeLinear")
    append(
      "DequantizeLinear", name: floats, inputs: inputs, output: floats,
      attributes: axis.map { [("axis", .integer($0))] } ?? [])
    return floats
  }

  // MARK: Names

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
