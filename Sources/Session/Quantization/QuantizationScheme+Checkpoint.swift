import GraphIR
import TensorCore
import Weights

extension QuantizationScheme {
  /// The scheme that a weight file holds; `nil` for a file of floats.
  ///
  /// Throws ``CheckpointError`` for a scale that is not finite and above 0, a zero point that is no byte, weights that are
  /// not signed bytes, and a quantity of another shape than `[1]`.
  init?(_ checkpoint: Checkpoint) throws(CheckpointError) {
    var scales: [(value: String, tensor: TensorEntry)] = []
    var layers: Set<String> = []
    var tensors: [String: TensorEntry] = [:]
    for tensor in checkpoint.tensors { tensors[tensor.name] = tensor }
    for tensor in checkpoint.tensors {
      if let value = tensor.name.without(suffix: QuantizedTensor.valueScaleSuffix) {
        scales.append((value, tensor))
      } else if let layer = tensor.name.without(suffix: QuantizedTensor.scaleSuffix),
        let weight = tensors[layer + ".weight"]
      {
        guard weight.elementType == .int8 else {
          throw checkpoint.unusable(.notBytes(tensor: Label(weight.name), type: weight.elementType))
        }
        layers.insert(layer)
      }
    }
    if scales.isEmpty { return nil }
    var values: [String: Quantization] = [:]
    for (value, tensor) in scales {
      let scale = try checkpoint.number(tensor)
      guard scale.isFinite, scale > 0 else {
        throw checkpoint.unusable(.scale(tensor: Label(tensor.name), index: 0, value: scale))
      }
      let name = value + QuantizedTensor.zeroPointSuffix
      guard let zero = tensors[name] else {
        throw checkpoint.unusable(.zeroPoint(tensor: Label(name), value: nil))
      }
      let byte = try checkpoint.number(zero)
      guard let zeroPoint = UInt8(exactly: byte) else {
        throw checkpoint.unusable(.zeroPoint(tensor: Label(name), value: byte))
      }
      values[value] = Quantization(scale: scale, zeroPoint: zeroPoint)
    }
    self.init(values: values, layers: layers)
  }
}

extension Checkpoint {
  fileprivate func unusable(_ defect: CheckpointDefect) -> CheckpointError { .unusable(path: path, defect) }

  /// The only element of a tensor of shape `[1]`.
  fileprivate func number(_ tensor: TensorEntry) throws(CheckpointError) -> Float {
    guard tensor.shape == [1] else {
      throw unusable(.notSingle(tensor: Label(tensor.name), shape: tensor.shape))
    }
    var number: Float = 0
    try unsafe withUnsafeMutablePointer(to: &number) { pointer throws(CheckpointError) in
      try unsafe read(tensor, into: UnsafeMutableBufferPointer(start: pointer, count: 1))
    }
    return number
  }
}

extension String {
  fileprivate func without(suffix: String) -> String? {
    hasSuffix(suffix) ? String(dropLast(suffix.count)) : nil
  }
}
