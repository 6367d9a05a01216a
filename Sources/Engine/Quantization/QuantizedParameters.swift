import GraphIR
import TensorCore

/// The parameters of a network in bytes, made from those of the network in float32.
///
/// Weights are symmetric with a scale for each output: the largest of its weights, with the batch norm behind them folded in,
/// is 127 or -127. Krishnamoorthi, arXiv:1806.08342, section 2.
package struct QuantizedParameters: ParameterSource {
  private var weights: [String: [Int8]] = [:]
  private var floats: [String: [Float]] = [:]
  private let source: any ParameterSource

  /// Rounds the weights of the layers that `network` has in its scheme.
  ///
  /// Throws what `source` throws.
  package init(of network: Graph, from source: any ParameterSource) throws {
    self.source = source
    let layers = network.quantization?.layers ?? []
    for node in network.optimizedForBytes.nodes where layers.contains(node.name) {
      guard let parameters = node.byteLayer?.parameters else { continue }
      let folded = try node.parameters.map { expression in
        try [Float](unsafeUninitializedCapacity: expression.count) { buffer, initialized in
          buffer.initialize(repeating: 0)
          try expression.evaluate(
            from: source, into: UnsafeMutableBufferPointer(rebasing: buffer[..<expression.count]))
          initialized = expression.count
        }
      }
      let outputs = parameters[1].shape.count
      let depth = folded[0].count / max(outputs, 1)
      var scales = [Float](repeating: 1, count: outputs)
      var bytes = [Int8](repeating: 0, count: folded[0].count)
      for output in 0..<outputs {
        let row = output * depth..<(output + 1) * depth
        let largest = folded[0][row].reduce(0) { max($0, abs($1)) }
        // A row of zeros has any scale.
        if largest >= .leastNormalMagnitude { scales[output] = largest / 127 }
        for index in row {
          bytes[index] = Int8(max(min((folded[0][index] / scales[output]).rounded(), 127), -127))
        }
      }
      weights[parameters[0].name] = bytes
      floats[parameters[1].name] = scales
      if parameters.count > 2 { floats[parameters[2].name] = folded[1] }
    }
  }

  /// The signed bytes of a parameter; `nil` where it is floats.
  package func bytes(of parameter: Parameter) -> [Int8]? { weights[parameter.name] }

  package func fill(_ parameter: Parameter, _ destination: UnsafeMutableBufferPointer<Float>) throws {
    if let bytes = weights[parameter.name] {
      for index in destination.indices { destination[index] = Float(bytes[index]) }
    } else if let values = floats[parameter.name] {
      _ = destination.update(fromContentsOf: values)
    } else {
      try source.fill(parameter, destination)
    }
  }
}
