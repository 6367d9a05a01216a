import Engine
import GraphIR
import ONNXSchema
import TensorCore

/// A parameter in an ONNX file, without its values.
package struct ONNXTensor: Sendable {
  /// What its elements are.
  package enum Content: Sendable {
    /// Float32.
    case floats(ParameterExpression)
    /// The upper halves of float32.
    case bfloats(Parameter)
    /// Signed bytes.
    case bytes(Parameter)
    /// Scales of products: those of the weights times that of the input, float32.
    case productScales(weights: Parameter, input: Float)
    /// A bias in the steps of the products, int32.
    case productBias(Parameter, weights: Parameter, input: Float)
  }

  /// Its name in the file.
  package let name: String
  /// Its shape in the file.
  package let shape: Shape
  /// What its elements are.
  package let content: Content

  /// The type of its elements in ONNX.
  var type: Onnx_TensorProto.DataType {
    switch content {
    case .floats, .productScales: .float
    case .bfloats: .bfloat16
    case .bytes: .int8
    case .productBias: .int32
    }
  }

  /// Bytes of its elements.
  var byteCount: Int {
    switch content {
    case .floats, .productScales, .productBias: 4 * shape.count
    case .bfloats: 2 * shape.count
    case .bytes: shape.count
    }
  }

  /// Its elements, little-endian.
  ///
  /// Throws what `source` throws.
  func elements(from source: any ParameterSource) throws -> [UInt8] {
    switch content {
    case .floats(let expression):
      var values = [Float](repeating: 0, count: shape.count)
      try unsafe values.withUnsafeMutableBufferPointer {
        try unsafe expression.evaluate(from: source, into: $0)
      }
      return unsafe values.withUnsafeBytes { unsafe Array($0) }
    case .bfloats(let parameter):
      let halves = try source.values(of: parameter).map { UInt16($0.bitPattern >> 16) }
      return unsafe halves.withUnsafeBytes { unsafe Array($0) }
    case .bytes(let parameter):
      return try source.values(of: parameter).map { UInt8(bitPattern: Int8($0)) }
    case .productScales(let weights, let input):
      let scales = try source.values(of: weights).map { $0 * input }
      return unsafe scales.withUnsafeBytes { unsafe Array($0) }
    case .productBias(let bias, let weights, let input):
      let steps = try source.steps(of: bias, weights, input).map { Int32($0) }
      return unsafe steps.withUnsafeBytes { unsafe Array($0) }
    }
  }
}

extension ParameterSource {
  /// The values of a parameter.
  fileprivate func values(of parameter: Parameter) throws -> [Float] {
    var values = [Float](repeating: 0, count: parameter.shape.count)
    try unsafe values.withUnsafeMutableBufferPointer { try unsafe fill(parameter, $0) }
    return values
  }

  /// A bias in the steps of products of `weights`, which holds their scales, with an input of scale `input`; rounded.
  fileprivate func steps(of bias: Parameter, _ weights: Parameter, _ input: Float) throws -> [Double] {
    try zip(values(of: bias), values(of: weights)).map { bias, scale in
      (Double(bias) / Double(scale * input)).rounded()
    }
  }

  /// Whether a bias can be int32 in these steps: one beside weights that are nearly zero may be too large.
  func fitsSteps(_ bias: Parameter, _ weights: Parameter, _ input: Float) throws -> Bool {
    try steps(of: bias, weights, input).allSatisfy { abs($0) < 0x1p31 }
  }
}
