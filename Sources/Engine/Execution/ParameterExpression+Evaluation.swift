import GraphIR
import TensorCore

extension ParameterExpression {
  /// Elements of the result.
  var count: Int {
    switch self {
    case .stored(let parameter), .multiplied(let parameter, _): parameter.shape.count
    case .scaled(let weight, _): weight.shape.count
    case .shifted(_, let norm), .normScale(let norm), .normShift(let norm): norm.scale.shape.count
    }
  }

  /// Computes the result, in double where batch norm is folded in.
  ///
  /// `result` has as many elements as it. Throws what `source` throws.
  package func evaluate(
    from source: any ParameterSource, into result: UnsafeMutableBufferPointer<Float>
  ) throws {
    switch self {
    case .stored(let parameter):
      try source.fill(parameter, result)
    case .scaled(let weight, let norm):
      try source.fill(weight, result)
      let scale = try norm.channelScales(from: source)
      let perChannel = result.count / scale.count
      for (channel, factor) in scale.enumerated() {
        for index in channel * perChannel..<(channel + 1) * perChannel {
          result[index] = Float(Double(result[index]) * factor)
        }
      }
    case .multiplied(let parameter, let factor):
      try source.fill(parameter, result)
      switch factor {
      case .constant(let factor):
        for index in result.indices { result[index] = Float(Double(result[index]) * factor) }
      case .channels(let scale):
        let scale = try scale.values(from: source)
        let perChannel = result.count / scale.count
        for index in result.indices { result[index] *= scale[index / perChannel] }
      }
    case .shifted(let bias, let norm):
      let scale = try norm.channelScales(from: source)
      let shift = try norm.shift.values(from: source)
      let mean = try norm.mean.values(from: source)
      let own = try bias?.values(from: source)
      for channel in result.indices {
        let value = Double(own?[channel] ?? 0) - Double(mean[channel])
        result[channel] = Float(Double(shift[channel]) + value * scale[channel])
      }
    case .normScale(let norm):
      for (channel, factor) in try norm.channelScales(from: source).enumerated() {
        result[channel] = Float(factor)
      }
    case .normShift(let norm):
      let scale = try norm.channelScales(from: source)
      let shift = try norm.shift.values(from: source)
      let mean = try norm.mean.values(from: source)
      for channel in result.indices {
        result[channel] = Float(Double(shift[channel]) - Double(mean[channel]) * scale[channel])
      }
    }
  }
}

extension NormParameters {
  /// γ/√(σ² + ε) of each channel.
  fileprivate func channelScales(from source: any ParameterSource) throws -> [Double] {
    zip(try scale.values(from: source), try variance.values(from: source)).map {
      Double($0) / (Double($1) + epsilon).squareRoot()
    }
  }
}

extension Parameter {
  /// Its elements.
  ///
  /// Throws what `source` throws.
  func values(from source: any ParameterSource) throws -> [Float] {
    try [Float](unsafeUninitializedCapacity: shape.count) { buffer, initialized in
      buffer.initialize(repeating: 0)
      try source.fill(self, UnsafeMutableBufferPointer(rebasing: buffer[..<shape.count]))
      initialized = shape.count
    }
  }
}
