import GraphIR
import TensorCore

extension Graph {
  /// The graph in bytes, of one that is optimized without ``Pass/fuseInputNorm``.
  ///
  /// Values become bytes as the scheme says. A layer of the scheme whose inputs are bytes takes signed bytes as weights;
  /// nothing else changes.
  func quantized(by scheme: QuantizationScheme) -> Graph {
    var graph = self
    let quantizations = Dictionary(
      uniqueKeysWithValues: namedValues.compactMap { name, value in
        scheme.values[name].map { (value.id, $0) }
      })
    func changed(_ value: Value) -> Value {
      Value(
        id: value.id, shape: value.shape, format: quantizations[value.id].map(ValueFormat.bytes) ?? .float32)
    }
    graph.input = changed(input)
    for index in nodes.indices {
      let node = nodes[index]
      graph.nodes[index].inputs = node.inputs.map(changed)
      graph.nodes[index].output = changed(node.output)
      guard scheme.layers.contains(node.name), let layer = node.byteLayer,
        graph.nodes[index].inputs.allSatisfy({ $0.quantization != nil })
      else { continue }
      graph.nodes[index].operation = layer.operation
      graph.nodes[index].parameters = layer.parameters.map(ParameterExpression.stored)
    }
    return graph
  }

  /// The values that can be bytes, each with the name that a ``QuantizationScheme`` has for it; the logits are floats.
  package var namedValues: [(name: String, value: Value)] {
    [(QuantizationScheme.image, input)]
      + nodes.filter { $0.output != output }.map { ($0.name, $0.output) }
  }
}

extension Node {
  /// This node with signed bytes as weights: its operator, and the parameters that it then has.
  ///
  /// `nil` where it has no such form.
  package var byteLayer: (operation: any Operator, parameters: [Parameter])? {
    guard case .product(let operation) = operation.byteForm(inputs.map(\.shape)),
      let weight = parameters.first?.tensors.first, weight.name == name + ".weight"
    else { return nil }
    let outputs: Shape = [weight.shape[0]]
    func parameter(_ name: String, _ shape: Shape, _ initial: InitialValue) -> Parameter {
      Parameter(name: name, shape: shape, role: .trainable, isAuxiliary: false, initial: initial)
    }
    var stored = [
      parameter(weight.name, weight.shape, weight.initial),
      parameter(name + QuantizedTensor.scaleSuffix, outputs, .constant(1)),
    ]
    if parameters.count > 1 { stored.append(parameter(name + ".bias", outputs, .constant(0))) }
    return (operation, stored)
  }

  /// Whether its operator computes it from the bytes among its inputs and output, see ``ByteForm``.
  var computesBytes: Bool {
    let quantizations = (inputs + [output]).map(\.quantization)
    switch operation.byteForm(inputs.map(\.shape)) {
    case .none: return false
    case .unchanged: return quantizations.allSatisfy { $0 == quantizations[0] }
    case .rounded: return quantizations.allSatisfy { $0 != nil }
    case .product: return hasByteWeights
    }
  }

  /// Whether ``Graph/quantized(by:)`` has given it signed bytes as weights.
  package var hasByteWeights: Bool {
    parameters.count > 1 && parameters[1].tensors.first?.name.hasSuffix(QuantizedTensor.scaleSuffix) ?? false
  }
}
