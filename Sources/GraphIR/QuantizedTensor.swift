import TensorCore

/// Names of the tensors that a weight file of a network in bytes has beside those of the network.
package enum QuantizedTensor {
  /// Instead of `.weight`: what a step of the weights stands for, for each output.
  package static let scaleSuffix = ".weight_scale"
  /// Behind the name of a value: what a step of its bytes stands for.
  package static let valueScaleSuffix = ".output_scale"
  /// Behind the name of a value: the byte that stands for 0.
  package static let zeroPointSuffix = ".output_zero_point"
}

extension QuantizationScheme {
  /// The tensors that hold the quantizations of values, in the order of their names.
  package var valueParameters: [Parameter] {
    values.keys.sorted().flatMap { name in
      [QuantizedTensor.valueScaleSuffix, QuantizedTensor.zeroPointSuffix].map { suffix in
        Parameter(name: name + suffix, shape: [1], role: .buffer, isAuxiliary: false)
      }
    }
  }
}
