/// How the values of a feature map are stored.
package enum ValueFormat: Hashable, Sendable {
  /// IEEE 754 binary32.
  case float32
  /// The upper half of a float32, rounded to nearest, ties to even.
  case bfloat16
  /// Bytes that stand for real numbers.
  case bytes(Quantization)

  /// Bytes of a value.
  @inlinable package var size: Int {
    switch self {
    case .float32: 4
    case .bfloat16: 2
    case .bytes: 1
    }
  }

  /// What bytes stand for; `nil` where values are no bytes.
  package var quantization: Quantization? {
    if case .bytes(let quantization) = self { quantization } else { nil }
  }
}
